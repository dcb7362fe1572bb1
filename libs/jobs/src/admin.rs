//! What operators ask of the queues of a service, over gRPC.

use contracts::admin::jobs_admin_server::{JobsAdmin, JobsAdminServer};
use contracts::admin::{self as wire, DescribeRequest, DescribeResponse};
use tonic::{Request, Response, Status};

use crate::Queue;

/// Answers operators.
#[derive(Clone)]
pub struct Admin {
    queues: Vec<Queue>,
}

impl Admin {
    /// The method that tells how queues stand, for who guards it.
    pub const DESCRIBE: &'static str = "/storyloom.admin.v1.JobsAdmin/Describe";

    /// Tells of these queues.
    pub fn new(queues: Vec<Queue>) -> Self {
        Self { queues }
    }

    /// The gRPC service, which must be guarded.
    pub fn server(self) -> JobsAdminServer<Self> {
        JobsAdminServer::new(self)
    }
}

#[tonic::async_trait]
impl JobsAdmin for Admin {
    async fn describe(
        &self,
        _: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        let mut queues = Vec::new();
        for queue in &self.queues {
            queues.push(describe(queue).await);
        }
        Ok(Response::new(DescribeResponse { queues }))
    }
}

async fn describe(queue: &Queue) -> wire::Queue {
    let stats = queue.stats().await;
    let count = |number: Option<i64>| number.and_then(|it| u64::try_from(it).ok());
    wire::Queue {
        stream: stats.stream,
        lag: stats.lag,
        pending: stats.pending,
        oldest_ms: count(stats.oldest_ms),
        ready: count(stats.ready),
        queued: count(stats.queued),
        running: count(stats.running),
        parked: count(stats.parked),
        dead: count(stats.dead),
        slots: count(stats.slots),
        // Where PostgreSQL does not answer, the numbers are absent as well.
        paused_for: paused_for(queue).await.unwrap_or_default(),
        troubles: troubles(queue).await.unwrap_or_default(),
    }
}

async fn paused_for(queue: &Queue) -> Result<String, sqlx::Error> {
    let reason = sqlx::query_scalar!(
        "select reason from queue_states where queue = $1",
        queue.spec.lane,
    );
    Ok(reason
        .fetch_optional(&queue.pool)
        .await?
        .unwrap_or_default())
}

async fn troubles(queue: &Queue) -> Result<Vec<wire::Trouble>, sqlx::Error> {
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let rows = sqlx::query_file!("queries/troubles.sql", queue.spec.lane)
        .map(|row| wire::Trouble {
            error: row.error,
            jobs: count(row.jobs),
            dead: count(row.dead),
        })
        .fetch_all(&queue.pool);
    rows.await
}
