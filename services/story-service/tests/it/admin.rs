//! What operators ask.

use contracts::SERVICE_AUTHORIZATION;
use contracts::admin::DescribeRequest;
use contracts::admin::jobs_admin_client::JobsAdminClient;
use contracts::streams::STORY_INTERACTIVE;
use sqlx::PgPool;
use tonic::{Code, Request};

use crate::world::{NOTIFICATION_TOKEN, OPERATOR_TOKEN, World};

fn signed(token: &str) -> Request<DescribeRequest> {
    let mut request = Request::new(DescribeRequest {});
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert(SERVICE_AUTHORIZATION, bearer);
    request
}

#[sqlx::test]
async fn operators_are_told_how_jobs_stand_and_nobody_else(pool: PgPool) {
    let world = World::start(pool).await;
    let address = format!("http://{}", world.api.address("grpc").unwrap());
    let mut client = JobsAdminClient::connect(address).await.unwrap();
    let told = client.describe(signed(OPERATOR_TOKEN)).await.unwrap();
    let queues = told.into_inner().queues;
    assert_eq!(queues.len(), 1);
    assert_eq!(queues[0].stream, STORY_INTERACTIVE);
    assert_eq!(queues[0].dead, Some(0));
    for (token, code) in [
        (NOTIFICATION_TOKEN, Code::PermissionDenied),
        ("", Code::Unauthenticated),
    ] {
        let refused = client.describe(signed(token)).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    world.stop().await;
}
