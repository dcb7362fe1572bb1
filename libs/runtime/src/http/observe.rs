use std::net::IpAddr;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use problem::RequestId;
use prometheus::IntGauge;
use tracing::{Instrument as _, Span, field};

use super::ClientIp;
use super::metrics::HttpMetrics;
use super::serve::Peer;
use super::settings::TrustedProxies;

/// What is needed to tell about requests.
#[derive(Clone)]
pub(crate) struct Observer {
    pub(crate) trusted: TrustedProxies,
    pub(crate) metrics: HttpMetrics,
}

const REQUEST_ID: &str = "x-request-id";
/// Stands for every path that no route has.
const NOWHERE: &str = "*";

/// Middleware: names the request and the client, and tells about the request in the log,
/// in the trace and in the metrics.
pub(crate) async fn observe(
    State(observer): State<Observer>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = RequestId::accept(request.headers().get(REQUEST_ID));
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let client = peer.map_or(ClientIp::LOCAL, |peer: IpAddr| {
        ClientIp::find(peer, request.headers(), &observer.trusted)
    });
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);
    let route = route_of(&request);
    let method = request.method().clone();
    let span = span(&request, &route, &id, client);
    let flight = Flight::begin(observer.metrics.in_flight.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(flight);
    let took = began.elapsed();
    observer
        .metrics
        .count(&route, &method, response.status(), took);
    span.in_scope(|| tell(&response, took.as_nanos()));
    if let Ok(value) = HeaderValue::try_from(id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn route_of(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or(NOWHERE, MatchedPath::as_str).to_owned()
}

fn span(request: &Request, route: &str, id: &RequestId, client: ClientIp) -> Span {
    let headers = request.headers();
    let span = tracing::info_span!(
        "http request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = %request.method(),
        http.request.id = id.0,
        http.request.body.bytes = request.body().size_hint().exact().filter(|size| *size > 0),
        http.version = version(request),
        url.path = request.uri().path(),
        url.domain = text(headers, header::HOST.as_str()),
        labels.route = route,
        client.ip = %client.0,
        user_agent.original = text(headers, header::USER_AGENT.as_str()),
        user.id = field::Empty,
    );
    if let Some(traceparent) = text(headers, "traceparent") {
        telemetry::adopt(&span, traceparent);
    }
    span
}

fn tell(response: &Response, nanoseconds: u128) {
    let status = response.status();
    let duration = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
    let size = response.body().size_hint().exact();
    if status.is_server_error() {
        Span::current().record("otel.status_code", "ERROR");
    }
    tracing::info!(
        http.response.status_code = status.as_u16(),
        http.response.body.bytes = size,
        event.duration = duration,
        "request answered"
    );
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn version(request: &Request) -> &'static str {
    use axum::http::Version;
    match request.version() {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

/// Counts a request as being answered for as long as it lives, since a client that goes
/// away takes the future with it.
struct Flight(IntGauge);

impl Flight {
    fn begin(in_flight: IntGauge) -> Self {
        in_flight.inc();
        Self(in_flight)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
