use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Coded, ErrorKind};

use super::ports::{Codes, Registrations, Unavailable};
use crate::domain::{Code, CodeKeys, Registration, RegistrationId};

/// The mail worker asks for the code, at the moment it sends it.
#[derive(Clone)]
pub struct ShowVerification {
    registrations: Arc<dyn Registrations>,
    codes: Arc<dyn Codes>,
    keys: CodeKeys,
    clock: Arc<dyn Clock>,
}

/// What the mail with a code needs.
#[derive(Debug)]
pub struct Verification {
    pub registration: Registration,
    pub code: Code,
    pub expires_in: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum ShowVerificationError {
    #[error("no such registration")]
    NotFound,
    #[error("the registration has expired, was used or is locked")]
    Over,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for ShowVerificationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Over => ErrorKind::Gone,
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Over => "code-expired",
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl ShowVerification {
    pub fn new(
        registrations: Arc<dyn Registrations>,
        codes: Arc<dyn Codes>,
        keys: CodeKeys,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            registrations,
            codes,
            keys,
            clock,
        }
    }

    #[tracing::instrument(skip_all, fields(registration.id = %id.0))]
    pub async fn run(&self, id: RegistrationId) -> Result<Verification, ShowVerificationError> {
        let found = self.registrations.find(id).await?;
        let registration = found.ok_or(ShowVerificationError::NotFound)?;
        let life = registration.remaining(self.clock.now());
        let (Some(code), Some(expires_in)) = (registration.code(&self.keys), life) else {
            return Err(ShowVerificationError::Over);
        };
        let hash = registration.expected(&self.keys);
        // The mail is of use without it: whoever verifies keeps it where it is missing.
        if let Err(error) = self.codes.keep(id, hash, expires_in).await {
            tracing::warn!(error.message = %error, "code hash not kept");
        }
        Ok(Verification {
            registration,
            code,
            expires_in,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::World;

    #[tokio::test]
    async fn the_code_that_is_shown_is_the_one_that_works() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        let shown = world.show_verification().run(id).await.unwrap();
        assert_eq!(shown.expires_in, Duration::from_mins(10));
        world.verify(id, &shown.code).await.unwrap();
        let used = world.show_verification().run(id).await;
        assert!(matches!(used, Err(ShowVerificationError::Over)));
    }

    #[tokio::test]
    async fn a_decoy_has_no_code() {
        let world = World::default();
        world.sign_up("mira@example.org").await;
        let decoy = world.registration("mira@example.org").await;
        let refused = world.show_verification().run(decoy).await;
        assert!(matches!(refused, Err(ShowVerificationError::Over)));
    }

    #[tokio::test]
    async fn codes_can_be_mailed_while_redis_is_away() {
        let world = World::default();
        let id = world.registration("mira@example.org").await;
        world.codes.go_away();
        world.show_verification().run(id).await.unwrap();
    }
}
