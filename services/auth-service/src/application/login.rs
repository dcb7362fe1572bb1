use std::sync::Arc;

use kernel::{Clock, Coded, EmailAddress, ErrorKind, UserId};

use super::ports::{
    Credentials, PasswordRefused, Passwords, Sessions, Unavailable, Unsigned, Users, Verdict,
};
use super::{TokenPair, TokenPairs};
use crate::domain::{Device, Password, PasswordHash};

/// Somebody signs in by address and password. Why it failed cannot be told from outside,
/// nor from the time it took.
#[derive(Clone)]
pub struct Login {
    users: Arc<dyn Users>,
    sessions: Arc<dyn Sessions>,
    passwords: Arc<dyn Passwords>,
    pairs: TokenPairs,
    clock: Arc<dyn Clock>,
}

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub email: EmailAddress,
    pub password: Password,
    pub device: Device,
}

#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
}

impl Coded for LoginError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidCredentials => ErrorKind::Unauthenticated,
            Self::Password(cause) => cause.kind(),
            Self::Unavailable(cause) => cause.kind(),
            Self::Unsigned(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid-credentials",
            Self::Password(cause) => cause.code(),
            Self::Unavailable(cause) => cause.code(),
            Self::Unsigned(cause) => cause.code(),
        }
    }
}

impl Login {
    pub fn new(
        users: Arc<dyn Users>,
        sessions: Arc<dyn Sessions>,
        passwords: Arc<dyn Passwords>,
        pairs: TokenPairs,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            users,
            sessions,
            passwords,
            pairs,
            clock,
        }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(&self, sign_in: SignIn) -> Result<TokenPair, LoginError> {
        let found = self.users.credentials(&sign_in.email).await?;
        let kept = found.as_ref().and_then(|it| it.password.as_ref());
        let verdict = self.passwords.verify(&sign_in.password, kept).await?;
        let user = found.as_ref().map(|it| it.user);
        let Some(credentials) = found.filter(|it| it.active && verdict != Verdict::Wrong) else {
            log_login(user, "failure");
            return Err(LoginError::InvalidCredentials);
        };
        if verdict == Verdict::RightButOutdated {
            self.rehash(&credentials, &sign_in.password).await;
        }
        let (session, refresh_token) = self.pairs.begin(sign_in.device, self.clock.now());
        if !self.sessions.open(credentials.user, &session).await? {
            log_login(user, "failure");
            return Err(LoginError::InvalidCredentials);
        }
        log_login(user, "success");
        Ok(self
            .pairs
            .first(credentials.user, &session, refresh_token)?)
    }

    /// The sign-in does not depend on it; the next one tries again.
    async fn rehash(&self, credentials: &Credentials, password: &Password) {
        let Some(old) = &credentials.password else {
            return;
        };
        let rehashed = async {
            let new: PasswordHash = self.passwords.hash(password).await?;
            self.users.rehash(credentials.user, old, &new).await?;
            Ok::<_, LoginError>(())
        };
        if let Err(error) = rehashed.await {
            tracing::warn!(user.id = %credentials.user.0, error.message = %error, "password not rehashed");
        }
    }
}

fn log_login(user: Option<UserId>, outcome: &'static str) {
    tracing::info!(
        event.kind = "event",
        event.category = "authentication",
        event.action = "login",
        event.outcome = outcome,
        user.id = user.map(|user| tracing::field::display(user.0)),
        "sign-in tried"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{SESSION_RULES, World};

    #[tokio::test]
    async fn address_and_password_open_a_session() {
        let world = World::default();
        world.sign_up("mira@example.org").await;
        let first = world.login("Mira@example.org").await.unwrap();
        let second = world.login("mira@example.org").await.unwrap();
        assert_ne!(first.session, second.session);
    }

    #[tokio::test]
    async fn every_failure_is_the_same() {
        let world = World::default();
        let user = world.sign_up("mira@example.org").await;
        let unknown = world.login("otto@example.org").await.unwrap_err();
        let wrong = world
            .login_with("mira@example.org", "another password")
            .await
            .unwrap_err();
        world.accounts.disable(user);
        let disabled = world.login("mira@example.org").await.unwrap_err();
        for error in [unknown, wrong, disabled] {
            assert_eq!(error.code(), "invalid-credentials");
        }
        assert_eq!(world.passwords.verified(), 3, "each did the same work");
    }

    #[tokio::test]
    async fn an_outdated_hash_is_made_anew() {
        let world = World::default();
        let user = world.sign_up("mira@example.org").await;
        world.passwords.change_rules();
        let before = world.accounts.password(user);
        world.login("mira@example.org").await.unwrap();
        assert_ne!(world.accounts.password(user), before);
        world.login("mira@example.org").await.unwrap();
    }

    #[tokio::test]
    async fn the_oldest_session_ends_for_one_too_many() {
        let world = World::default();
        world.sign_up("mira@example.org").await;
        let oldest = world.login("mira@example.org").await.unwrap();
        for _ in 0..SESSION_RULES.most {
            world.clock.advance(1);
            world.login("mira@example.org").await.unwrap();
        }
        world.refresh(&oldest.refresh_token).await.unwrap_err();
    }
}
