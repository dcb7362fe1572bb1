use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Coded, ErrorKind};

use super::CodeMailed;
use super::ports::{Chance, Codes, Registrations, Renewal, Renewed, Unavailable};
use crate::domain::{CodeKeys, CodeRules, Nonce, Registration, RegistrationId};

/// The code did not arrive; a new one is mailed, and the old one is worth nothing.
#[derive(Clone)]
pub struct ResendCode {
    registrations: Arc<dyn Registrations>,
    codes: Arc<dyn Codes>,
    keys: CodeKeys,
    rules: CodeRules,
    chance: Arc<dyn Chance>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum ResendCodeError {
    #[error("it is too early to mail the code again")]
    TooEarly(Duration),
    #[error("the registration has expired or was used; register again")]
    Over,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ResendCodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooEarly(_) => ErrorKind::RateLimited,
            Self::Over => ErrorKind::Gone,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooEarly(_) => "rate-limited",
            Self::Over => "code-expired",
            Self::Unavailable(cause) => cause.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooEarly(wait) => u32::try_from(wait.as_secs().saturating_add(1)).ok(),
            Self::Over | Self::Unavailable(_) => None,
        }
    }
}

impl ResendCode {
    pub fn new(
        registrations: Arc<dyn Registrations>,
        codes: Arc<dyn Codes>,
        (keys, rules): (CodeKeys, CodeRules),
        (chance, clock): (Arc<dyn Chance>, Arc<dyn Clock>),
    ) -> Self {
        Self {
            registrations,
            codes,
            keys,
            rules,
            chance,
            clock,
        }
    }

    #[tracing::instrument(skip_all, fields(registration.id = %id.0))]
    pub async fn run(&self, id: RegistrationId) -> Result<CodeMailed, ResendCodeError> {
        let mut nonce = Nonce([0; 16]);
        self.chance.fill(&mut nonce.0);
        let renewal = Renewal {
            id,
            nonce,
            at: self.clock.now(),
            rules: self.rules,
        };
        match self.registrations.renew(&renewal).await? {
            Renewed::Done(registration) => self.replace_hash(&registration).await,
            Renewed::TooEarly(wait) => return Err(ResendCodeError::TooEarly(wait)),
            Renewed::Over => return Err(ResendCodeError::Over),
        }
        Ok(CodeMailed {
            registration: id,
            expires_in: self.rules.life,
            resend_after: self.rules.resend_after,
        })
    }

    /// Whoever verifies puts the hash right in any case, so this may fail.
    async fn replace_hash(&self, registration: &Registration) {
        let hash = registration.expected(&self.keys);
        let replaced = self.codes.replace(registration.id, hash, self.rules.life);
        if let Err(error) = replaced.await {
            tracing::warn!(error.message = %error, "code hash not replaced");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::World;
    use crate::domain::Mail;

    #[tokio::test]
    async fn the_code_is_mailed_again_after_a_while() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let early = world.resend_use_case().run(id).await;
        assert!(matches!(early, Err(ResendCodeError::TooEarly(_))));
        assert_eq!(early.unwrap_err().retry_after(), Some(61));

        world.clock.advance(60);
        world.resend_use_case().run(id).await.unwrap();
        assert_eq!(world.accounts.mails(), vec![Mail::VerifyEmail(id); 2]);
    }

    #[tokio::test]
    async fn only_so_often_a_day() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        for _ in 0..5 {
            world.clock.advance(60);
            world.resend_use_case().run(id).await.unwrap();
        }
        world.clock.advance(60);
        let sixth = world.resend_use_case().run(id).await;
        assert!(matches!(sixth, Err(ResendCodeError::TooEarly(wait)) if wait.as_secs() > 80_000));
    }

    #[tokio::test]
    async fn the_old_code_dies_and_the_tries_remain() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let old = world.code(id);
        world.verify(id, &world.wrong_code(id)).await.unwrap_err();
        world.clock.advance(60);
        world.resend_use_case().run(id).await.unwrap();

        let refused = world.verify(id, &old).await.unwrap_err();
        assert_eq!(refused.attempts_left(), Some(3));
        world.verify(id, &world.code(id)).await.unwrap();
    }

    #[tokio::test]
    async fn redis_need_not_be_there() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        world.clock.advance(60);
        world.codes.go_away();
        world.resend_use_case().run(id).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_over_is_not_revived() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        world.clock.advance(600);
        let over = world.resend_use_case().run(id).await;
        assert!(matches!(over, Err(ResendCodeError::Over)));
    }
}
