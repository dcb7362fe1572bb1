use std::error::Error;
use std::iter::successors;

use async_trait::async_trait;
use jobs::{Cause, Failure, Handler, Job};
use kernel::{Coded as _, DeliveryId, Fence};
use tokio_util::sync::CancellationToken;

use crate::application::{SendMail, SendMailError};

/// Job `send_mail`; its key is the id of the delivery.
pub struct SendMailHandler {
    send_mail: SendMail,
}

impl SendMailHandler {
    pub const fn new(send_mail: SendMail) -> Self {
        Self { send_mail }
    }
}

#[async_trait]
impl Handler for SendMailHandler {
    /// Looks at `cancel` only before it starts: a letter on its way is better ended than
    /// torn off, and what takes too long is dropped by the pool.
    async fn handle(
        &self,
        job: Job,
        fence: Fence,
        cancel: CancellationToken,
    ) -> Result<(), Failure> {
        if cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let sent = self.send_mail.run(DeliveryId(job.key), &fence).await;
        sent.map_err(failure)
    }
}

fn failure(error: SendMailError) -> Failure {
    match error {
        SendMailError::Superseded => Failure::Superseded,
        // A mail with a code needs no date here: auth-service tells when its time is over.
        SendMailError::NotNow(_) => Failure::Greylisted {
            cause: Cause::from(&error),
            give_up_at: None,
        },
        SendMailError::Unavailable(_) => Failure::Unavailable(whole_cause(&error)),
        SendMailError::Unanswered(_) => Failure::Retry(whole_cause(&error)),
        other => other.into(),
    }
}

/// The error and what caused it; who looks after the system needs both.
fn whole_cause(error: &SendMailError) -> Cause {
    let chain = successors(Some(error as &dyn Error), |error| (*error).source());
    let texts: Vec<_> = chain.map(ToString::to_string).collect();
    Cause::new(error.code(), texts.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ports::Unavailable;

    #[test]
    fn each_error_has_its_class() {
        let away = SendMailError::Unavailable(Unavailable {
            what: "the mail server",
            cause: "nobody there".into(),
        });
        assert!(matches!(failure(away), Failure::Unavailable(_)));
        let not_now = failure(SendMailError::NotNow(450));
        assert!(matches!(not_now, Failure::Greylisted { .. }));
        assert!(matches!(
            failure(SendMailError::Never(550)),
            Failure::Reject(_)
        ));
        assert!(matches!(
            failure(SendMailError::Unusable("x")),
            Failure::Reject(_)
        ));
        let unanswered = SendMailError::Unanswered("the line went dead".into());
        assert!(matches!(failure(unanswered), Failure::Retry(_)));
        assert!(matches!(
            failure(SendMailError::Superseded),
            Failure::Superseded
        ));
    }
}
