//! One trace from the request to the job.

use async_trait::async_trait;
use jobs::{Failure, Handler, Job};
use kernel::Fence;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use uuid::Uuid;

use crate::bench::{Bench, stream};
use crate::handlers::save;

/// Tells in which trace it was called.
struct Tracing(PgPool, UnboundedSender<Option<String>>);

#[async_trait]
impl Handler for Tracing {
    async fn handle(&self, job: Job, fence: Fence, _: CancellationToken) -> Result<(), Failure> {
        self.1.send(telemetry::traceparent()).unwrap();
        save(&self.0, job.key, &fence).await
    }
}

fn trace_id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap()
}

#[sqlx::test(migrations = false)]
async fn the_trace_of_the_request_goes_on_in_the_job(_: PgPoolOptions, options: PgConnectOptions) {
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // For all tests of the binary: other threads may be the first to come by a span.
    tracing_subscriber::registry().with(layer).init();
    let bench = Bench::new(options).await;
    let _relay = bench.relay();
    let asking = async {
        let job = bench.enqueue(Uuid::new_v4()).await;
        (job, telemetry::traceparent().unwrap())
    };
    let (job, asked) = asking.instrument(tracing::info_span!("request")).await;
    bench.reaches(job, "queued").await;
    let entry = bench.cli(&["XRANGE", &stream(), "-", "+"]).await;
    assert!(entry.contains(trace_id(&asked)), "{entry}");
    let (told, mut traces) = unbounded_channel();
    let _worker = bench.worker(Tracing(bench.pool.clone(), told));
    let worked = traces.recv().await.unwrap().unwrap();
    assert_eq!(trace_id(&worked), trace_id(&asked));
    assert_ne!(worked, asked);
    bench.reaches(job, "done").await;
}
