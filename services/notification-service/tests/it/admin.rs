//! What operators ask.

use contracts::admin::DescribeRequest;
use contracts::streams::NOTIFICATION_BULK;
use sqlx::PgPool;
use testkit::{Answer, Stage, eventually};
use tonic::Code;
use uuid::Uuid;

use crate::stand::{As, PATIENCE, Stand};

/// How an operator learns that the mail server is at fault.
#[sqlx::test]
async fn operators_are_told_what_the_mail_server_says(pool: PgPool) {
    let stand = Stand::start(pool).await;
    let story = Uuid::from_u128(1);
    stand.knows_story(story, "mira@example.org");
    stand.sink.next(Answer::Refuse {
        at: Stage::Rcpt,
        code: 554,
        text: "5.7.1 no",
    });
    stand.client(As::Story).story(1, story).await;
    let queue = eventually(PATIENCE, async || {
        let told = stand.admin(As::Operator).describe(DescribeRequest {}).await;
        let queue = told.unwrap().into_inner().queues.pop()?;
        (queue.dead == Some(1)).then_some(queue)
    })
    .await;
    assert_eq!(queue.stream, NOTIFICATION_BULK);
    assert_eq!((queue.troubles[0].jobs, queue.troubles[0].dead), (1, 1));
    let error = &queue.troubles[0].error;
    assert!(!error.contains("mira"), "{error}");
    for who in [As::Story, As::Auth] {
        let refused = stand.admin(who).describe(DescribeRequest {}).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }
    stand.stop().await;
}
