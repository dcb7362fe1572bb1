use std::sync::Arc;

use kernel::{Clock, UserId};

use super::ports::{Ending, Sessions, Unavailable};

/// A user ends sessions. Doing so again changes nothing.
#[derive(Clone)]
pub struct LogOut {
    sessions: Arc<dyn Sessions>,
    clock: Arc<dyn Clock>,
}

impl LogOut {
    pub fn new(sessions: Arc<dyn Sessions>, clock: Arc<dyn Clock>) -> Self {
        Self { sessions, clock }
    }

    #[tracing::instrument(skip_all, fields(user.id = %user.0))]
    pub async fn run(&self, user: UserId, which: Ending) -> Result<(), Unavailable> {
        let ended = self.sessions.end(user, which, self.clock.now()).await?;
        tracing::info!(
            event.kind = "event",
            event.category = "session",
            event.action = "logout",
            event.outcome = "success",
            sessions.ended = ended,
            "sessions ended"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::World;

    #[tokio::test]
    async fn others_end_and_this_one_lives() {
        let (world, first) = World::signed_in().await;
        let second = world.login("mira@example.org").await.unwrap();
        let user = world.user("mira@example.org").await;
        let log_out = LogOut::new(world.accounts.clone(), world.clock.clone());
        for _ in 0..2 {
            log_out
                .run(user, Ending::Others(second.session))
                .await
                .unwrap();
        }
        world.refresh(&first.refresh_token).await.unwrap_err();
        world.refresh(&second.refresh_token).await.unwrap();
    }
}
