use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Coded, EmailAddress, ErrorKind, Ids};
use time::OffsetDateTime;

use super::ports::{
    Answer, Chance, Once, Opened, PasswordRefused, Passwords, Registrations, Unavailable,
};
use crate::domain::{
    CodeRules, DisplayName, Fingerprint, KnownWords, Locale, NewRegistration, Nonce, Password,
    RegistrationId,
};

/// Somebody wants an account; a code goes to the address. Whether the address has an
/// account already cannot be told from outside: the same work, the same answer.
#[derive(Clone)]
pub struct Register {
    registrations: Arc<dyn Registrations>,
    passwords: Arc<dyn Passwords>,
    chance: Arc<dyn Chance>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    rules: CodeRules,
}

/// The account that is wanted.
#[derive(Debug, Clone)]
pub struct Wish {
    pub email: EmailAddress,
    pub password: Password,
    pub display_name: Option<DisplayName>,
    pub locale: Locale,
}

/// A code is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeMailed {
    pub registration: RegistrationId,
    pub expires_in: Duration,
    /// After how long it may be mailed again.
    pub resend_after: Duration,
}

/// A request that may be sent again under the same name.
#[derive(Debug, Clone)]
pub struct Repeatable {
    pub owner: String,
    pub route: &'static str,
    pub key: String,
    pub fingerprint: Fingerprint,
    /// How the answer is written down.
    pub answer: fn(&CodeMailed) -> Answer,
}

/// What is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Registered {
    Now(CodeMailed),
    /// What the same request was answered before.
    Before(Answer),
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("this key came with another request before")]
    KeyReused,
    #[error("the same request is still at work")]
    StillRunning,
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Coded for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::KeyReused => ErrorKind::Invalid,
            Self::StillRunning => ErrorKind::Conflict,
            Self::Password(cause) => cause.kind(),
            Self::Unavailable(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::KeyReused => "idempotency-key-reused",
            Self::StillRunning => "conflict",
            Self::Password(cause) => cause.code(),
            Self::Unavailable(cause) => cause.code(),
        }
    }
}

impl Register {
    /// For how long a repeated request gets the first one's answer.
    const REPEATABLE: Duration = Duration::from_hours(24);

    pub fn new(
        registrations: Arc<dyn Registrations>,
        passwords: Arc<dyn Passwords>,
        chance: Arc<dyn Chance>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
        rules: CodeRules,
    ) -> Self {
        Self {
            registrations,
            passwords,
            chance,
            clock,
            ids,
            rules,
        }
    }

    #[tracing::instrument(skip_all)]
    pub async fn run(
        &self,
        wish: Wish,
        repeatable: Option<Repeatable>,
    ) -> Result<Registered, RegisterError> {
        let known = KnownWords::about(&wish.email, wish.display_name.as_ref());
        let password = self.passwords.choose(&wish.password, &known).await?;
        let mut nonce = Nonce([0; 16]);
        self.chance.fill(&mut nonce.0);
        let at = self.clock.now();
        let new = NewRegistration {
            id: RegistrationId(self.ids.next()),
            email: wish.email,
            password,
            display_name: wish.display_name,
            locale: wish.locale,
            nonce,
            at,
            expires_at: at + self.rules.life,
        };
        let mailed = CodeMailed {
            registration: new.id,
            expires_in: self.rules.life,
            resend_after: self.rules.resend_after,
        };
        let once = repeatable.map(|it| once(it, &mailed, at));
        match self.registrations.open(&new, once.as_ref()).await? {
            Opened::Now => {
                log_registration(new.id);
                Ok(Registered::Now(mailed))
            }
            Opened::Before(answer) => Ok(Registered::Before(answer)),
            Opened::KeyReused => Err(RegisterError::KeyReused),
            Opened::StillRunning => Err(RegisterError::StillRunning),
        }
    }
}

fn once(repeatable: Repeatable, mailed: &CodeMailed, at: OffsetDateTime) -> Once {
    Once {
        owner: repeatable.owner,
        route: repeatable.route,
        key: repeatable.key,
        fingerprint: repeatable.fingerprint,
        answer: (repeatable.answer)(mailed),
        expires_at: at + Register::REPEATABLE,
    }
}

fn log_registration(id: RegistrationId) {
    tracing::info!(
        event.kind = "event",
        event.category = "iam",
        event.action = "register",
        event.outcome = "success",
        registration.id = %id.0,
        "registration opened"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{CODE_RULES, World};
    use crate::domain::Mail;

    fn repeatable(body: &[u8]) -> Repeatable {
        let key = crate::domain::FingerprintKey::derive(b"secret").unwrap();
        Repeatable {
            owner: "192.0.2.1".to_owned(),
            route: "register",
            key: "k".to_owned(),
            fingerprint: key.of(body),
            answer: |mailed| Answer {
                status: 202,
                headers: Vec::new(),
                body: mailed.registration.0.as_bytes().to_vec(),
            },
        }
    }

    #[tokio::test]
    async fn a_code_is_mailed_to_an_unknown_address() {
        let world = World::default();
        let Registered::Now(mailed) = world.register("mira@example.org").await else {
            panic!("not answered before");
        };
        assert_eq!(mailed.expires_in, CODE_RULES.life);
        let expected = vec![Mail::VerifyEmail(mailed.registration)];
        assert_eq!(world.accounts.mails(), expected);
    }

    #[tokio::test]
    async fn the_owner_of_a_known_address_is_told_instead() {
        let world = World::default();
        let user = world.sign_up("mira@example.org").await;
        world.register("Mira@Example.org").await;
        assert_eq!(
            world.accounts.mails().last(),
            Some(&Mail::AccountExists(user))
        );
    }

    #[tokio::test]
    async fn a_repeated_request_is_answered_as_the_first() {
        let world = World::default();
        let register = async |body: &[u8]| {
            let wish = World::wish("mira@example.org");
            world
                .register_use_case()
                .run(wish, Some(repeatable(body)))
                .await
        };
        let Ok(Registered::Now(first)) = register(b"a").await else {
            panic!("the first is new");
        };
        let Ok(Registered::Before(answer)) = register(b"a").await else {
            panic!("the second is not");
        };
        assert_eq!(answer.body, first.registration.0.as_bytes());
        assert!(matches!(
            register(b"b").await,
            Err(RegisterError::KeyReused)
        ));
        assert_eq!(world.accounts.mails().len(), 1);
    }

    #[tokio::test]
    async fn nothing_is_kept_while_passwords_cannot_be_hashed() {
        let world = World::default();
        world.passwords.be_busy();
        let wish = World::wish("mira@example.org");
        let refused = world.register_use_case().run(wish, None).await.unwrap_err();
        assert_eq!(refused.code(), "temporarily-unavailable");
        assert_eq!(world.accounts.mails(), []);
    }
}
