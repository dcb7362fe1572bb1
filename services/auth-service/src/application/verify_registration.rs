use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Coded, ErrorKind, Ids, UserId};

use super::ports::{
    Attempt, Codes, Completed, Completion, Registrations, Try, Unavailable, Unsigned,
};
use super::{TokenPair, TokenPairs};
use crate::domain::{Code, CodeKeys, CodeRules, Device, Registration, RegistrationId};

/// Somebody proves an address with its code and becomes a user, signed in.
#[derive(Clone)]
pub struct VerifyRegistration {
    registrations: Arc<dyn Registrations>,
    codes: Arc<dyn Codes>,
    keys: CodeKeys,
    rules: CodeRules,
    pairs: TokenPairs,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyRegistrationError {
    #[error("the code is wrong")]
    InvalidCode { attempts_left: u32 },
    #[error("the code has expired, was used or was tried too often")]
    Over,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
}

impl VerifyRegistrationError {
    /// How many tries are left after a wrong one.
    pub fn attempts_left(&self) -> Option<u32> {
        match self {
            Self::InvalidCode { attempts_left } => Some(*attempts_left),
            Self::Over | Self::Unavailable(_) | Self::Unsigned(_) => None,
        }
    }
}

impl Coded for VerifyRegistrationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidCode { .. } => ErrorKind::Malformed,
            Self::Over => ErrorKind::Gone,
            Self::Unavailable(cause) => cause.kind(),
            Self::Unsigned(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidCode { .. } => "invalid-code",
            Self::Over => "code-expired",
            Self::Unavailable(cause) => cause.code(),
            Self::Unsigned(cause) => cause.code(),
        }
    }
}

impl VerifyRegistration {
    pub fn new(
        registrations: Arc<dyn Registrations>,
        codes: Arc<dyn Codes>,
        (keys, rules): (CodeKeys, CodeRules),
        pairs: TokenPairs,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Self {
        Self {
            registrations,
            codes,
            keys,
            rules,
            pairs,
            clock,
            ids,
        }
    }

    #[tracing::instrument(skip_all, fields(registration.id = %id.0))]
    pub async fn run(
        &self,
        id: RegistrationId,
        code: &Code,
        device: Device,
    ) -> Result<TokenPair, VerifyRegistrationError> {
        let found = self.registrations.find(id).await?;
        let registration = found.ok_or(VerifyRegistrationError::Over)?;
        let life = registration.remaining(self.clock.now());
        let life = life.ok_or(VerifyRegistrationError::Over)?;
        let outcome = match self.attempt(&registration, life, code).await {
            Ok(left) => self.complete(&registration, left, device).await,
            Err(error) => Err(error),
        };
        let success = outcome.is_ok();
        tracing::info!(
            event.kind = "event",
            event.category = "authentication",
            event.action = "verify-email",
            event.outcome = if success { "success" } else { "failure" },
            event.reason = outcome.as_ref().err().map(Coded::code),
            "code tried"
        );
        outcome
    }

    /// Tries the code; answers how many tries are left.
    async fn attempt(
        &self,
        registration: &Registration,
        life: Duration,
        code: &Code,
    ) -> Result<u32, VerifyRegistrationError> {
        let attempt = Attempt {
            flow: registration.id,
            expected: registration.expected(&self.keys),
            presented: registration.presented(&self.keys, code),
            life,
            most: self.rules.tries,
        };
        match self.codes.attempt(&attempt).await? {
            Try::Right(left) => Ok(left),
            Try::Exhausted => Err(VerifyRegistrationError::Over),
            Try::Wrong(attempts_left) => {
                if attempts_left == 0 {
                    let now = self.clock.now();
                    self.registrations.lock(registration.id, now).await?;
                }
                Err(VerifyRegistrationError::InvalidCode { attempts_left })
            }
        }
    }

    /// Redis said that the code is right; who gets the account is decided in PostgreSQL.
    async fn complete(
        &self,
        registration: &Registration,
        attempts_left: u32,
        device: Device,
    ) -> Result<TokenPair, VerifyRegistrationError> {
        let (session, refresh_token) = self.pairs.begin(device, self.clock.now());
        let completion = Completion {
            id: registration.id,
            nonce: registration.nonce,
            user: UserId(self.ids.next()),
            session,
        };
        match self.registrations.complete(&completion).await? {
            Completed::Won => {}
            Completed::Lost => return Err(VerifyRegistrationError::Over),
            Completed::Outdated => {
                return Err(VerifyRegistrationError::InvalidCode { attempts_left });
            }
        }
        // A crash before this loses nothing: the keys expire.
        if let Err(error) = self.codes.forget(registration.id).await {
            tracing::warn!(error.message = %error, "code hash not forgotten");
        }
        tracing::info!(user.id = %completion.user.0, "user created");
        let pair = self
            .pairs
            .first(completion.user, &completion.session, refresh_token)?;
        Ok(pair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{SESSION_RULES, World};

    #[tokio::test]
    async fn the_code_makes_a_user_who_is_signed_in() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let pair = world.verify(id, &world.code(id)).await.unwrap();
        assert_eq!(pair.refresh_expires_in, SESSION_RULES.idle);
        assert!(!pair.reused);
        world.login("mira@example.org").await.unwrap();
    }

    #[tokio::test]
    async fn a_code_works_once() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let code = world.code(id);
        world.verify(id, &code).await.unwrap();
        let twice = world.verify(id, &code).await;
        assert!(matches!(twice, Err(VerifyRegistrationError::Over)));
    }

    #[tokio::test]
    async fn the_fifth_wrong_code_ends_it_even_if_the_counter_is_lost() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        for left in (0..5).rev() {
            let refused = world.verify(id, &world.wrong_code(id)).await.unwrap_err();
            assert_eq!(refused.attempts_left(), Some(left));
        }
        world.codes.lose_everything();
        let right = world.verify(id, &world.code(id)).await;
        assert!(matches!(right, Err(VerifyRegistrationError::Over)));
    }

    #[tokio::test]
    async fn wrong_codes_right_behind_the_right_one_do_not_beat_it() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let right = world.code(id);
        let registration = world.accounts.find(id).await.unwrap().unwrap();
        let life = registration.remaining(world.clock.now()).unwrap();
        let verify = world.verify_use_case();
        let left = verify.attempt(&registration, life, &right).await.unwrap();
        for _ in 0..4 {
            world.verify(id, &world.wrong_code(id)).await.unwrap_err();
        }
        let device = Device::default();
        verify.complete(&registration, left, device).await.unwrap();
    }

    #[tokio::test]
    async fn a_decoy_looks_alike_to_the_end() {
        let world = World::default();
        world.sign_up("mira@example.org").await;
        let id = world.registration("mira@example.org").await;
        for left in (0..5).rev() {
            let refused = world.verify(id, &world.wrong_code(id)).await.unwrap_err();
            assert_eq!(refused.attempts_left(), Some(left));
        }
        let over = world.verify(id, &world.wrong_code(id)).await;
        assert!(matches!(over, Err(VerifyRegistrationError::Over)));
    }

    #[tokio::test]
    async fn one_address_is_one_account() {
        let world = World::default();
        let first = world.registration("mira@example.org").await;
        let second = world.registration("mira@example.org").await;
        world.verify(second, &world.code(second)).await.unwrap();
        let late = world.verify(first, &world.code(first)).await;
        assert!(matches!(late, Err(VerifyRegistrationError::Over)));
    }

    #[tokio::test]
    async fn nobody_is_verified_while_tries_cannot_be_counted() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        world.codes.go_away();
        let refused = world.verify(id, &world.code(id)).await.unwrap_err();
        assert_eq!(refused.code(), "temporarily-unavailable");
    }

    #[tokio::test]
    async fn an_expired_code_is_void() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let code = world.code(id);
        world.clock.advance(600);
        let late = world.verify(id, &code).await;
        assert!(matches!(late, Err(VerifyRegistrationError::Over)));
    }
}
