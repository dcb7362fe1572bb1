use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use tokio::net::{TcpListener, UnixListener};
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Code, Status};
use tracing::{Instrument as _, field};

use super::guard::{self, ServiceGuard};

/// Where gRPC is served.
pub(crate) enum GrpcListener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket; removed at the end.
pub(crate) struct SocketFile(pub(crate) PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(error.message = %error, "socket was not there to be removed");
        }
    }
}

/// How often the other end is asked whether it lives, and how long it may take to say so.
const ALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// How long a connection from elsewhere is kept: callers that connect anew find new pods.
const CONNECTION_AGE: Duration = Duration::from_mins(5);
/// The longest that a call may take; callers set less by `grpc-timeout`.
const CALL_WITHIN: Duration = Duration::from_secs(30);

/// Serves until `stop` fires, then until the calls under way are answered.
pub(crate) async fn serve(
    listener: GrpcListener,
    routes: Routes,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let mut server = Server::builder()
        .timeout(CALL_WITHIN)
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(ALIVE.0))
        .http2_keepalive_timeout(Some(ALIVE.1));
    match listener {
        GrpcListener::Tcp(listener) => {
            let incoming = TcpListenerStream::new(listener);
            server
                .max_connection_age(CONNECTION_AGE)
                .add_routes(routes)
                .serve_with_incoming_shutdown(incoming, stop.cancelled())
                .await
        }
        GrpcListener::Unix(listener, _file) => {
            let incoming = UnixListenerStream::new(listener);
            server
                .add_routes(routes)
                .serve_with_incoming_shutdown(incoming, stop.cancelled())
                .await
        }
    }
}

/// What is counted of gRPC calls. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct GrpcMetrics {
    calls: IntCounterVec,
    durations: HistogramVec,
}

impl GrpcMetrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let calls = Opts::new("grpc_calls_total", "Calls answered.");
        let durations = HistogramOpts::new("grpc_call_duration_seconds", "Time until an answer.");
        let metrics = Self {
            calls: IntCounterVec::new(calls, &["method", "code"])?,
            durations: HistogramVec::new(durations, &["method"])?,
        };
        registry.register(Box::new(metrics.calls.clone()))?;
        registry.register(Box::new(metrics.durations.clone()))?;
        Ok(metrics)
    }

    fn count(&self, method: &str, code: Code, took: Duration) {
        // Callers may invent methods, so those are counted as one.
        let method = if code == Code::Unimplemented {
            "*"
        } else {
            method
        };
        let number = i32::from(code).to_string();
        self.calls.with_label_values(&[method, &number]).inc();
        let duration = self.durations.with_label_values(&[method]);
        duration.observe(took.as_secs_f64());
    }
}

/// Puts the guard and the log in front of the routes.
pub(crate) fn wrap(routes: Routes, guard: ServiceGuard, metrics: GrpcMetrics) -> Routes {
    let guarded = routes
        .into_axum_router()
        .layer(from_fn_with_state(Arc::new(guard), guard::admit))
        .layer(from_fn_with_state(metrics, observe));
    Routes::from(guarded)
}

/// Middleware: goes on with the caller's trace, and tells about the call.
async fn observe(State(metrics): State<GrpcMetrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.uri().path().to_owned();
    let span = tracing::info_span!(
        "grpc call",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = field::Empty,
        method
    );
    let traceparent = request.headers().get("traceparent");
    if let Some(traceparent) = traceparent.and_then(|value| value.to_str().ok()) {
        telemetry::adopt(&span, traceparent);
    }
    let response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    let code = code_of(response.headers());
    metrics.count(&method, code, took);
    span.in_scope(|| tell(code, took));
    response
}

fn tell(code: Code, took: Duration) {
    let duration = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    let status = i32::from(code);
    if code == Code::Ok {
        tracing::debug!(event.duration = duration, status, "call answered");
    } else {
        tracing::info!(event.duration = duration, status, "call answered");
    }
}

/// The status of an answer; good, as long as the headers do not tell otherwise.
fn code_of(headers: &HeaderMap) -> Code {
    Status::from_header_map(headers).map_or(Code::Ok, |status| status.code())
}
