use std::time::Duration;

use kernel::{EmailAddress, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Challenge, Code, CodeHash, CodeKeys, DisplayName, Locale, PasswordHash};

/// Names one registration: an address that is to be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegistrationId(pub Uuid);

/// The chance that a code is derived from; a new one makes the code before it worthless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub [u8; 16]);

/// What holds for codes.
#[derive(Debug, Clone, Copy)]
pub struct CodeRules {
    /// How long a code is good.
    pub life: Duration,
    /// How many wrong codes end a registration.
    pub tries: u32,
    /// How long to wait before the code is mailed again.
    pub resend_after: Duration,
    /// How often codes are mailed again to one address within a day.
    pub resends_a_day: u32,
}

/// A registration that is about to be kept.
#[derive(Debug, Clone)]
pub struct NewRegistration {
    pub id: RegistrationId,
    pub email: EmailAddress,
    pub password: PasswordHash,
    pub display_name: Option<DisplayName>,
    pub locale: Locale,
    pub nonce: Nonce,
    pub at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// A registration as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub id: RegistrationId,
    pub email: EmailAddress,
    pub display_name: Option<DisplayName>,
    pub locale: Locale,
    pub nonce: Nonce,
    /// The account that the address already had: then this is a decoy.
    pub account: Option<UserId>,
    pub expires_at: OffsetDateTime,
    pub used: bool,
    pub locked: bool,
}

impl Registration {
    /// What its codes are for; part of each, and of the keys in Redis.
    pub const PURPOSE: &str = "register";

    /// For how long its code is still good; `None` when it is used, locked or expired.
    pub fn remaining(&self, now: OffsetDateTime) -> Option<Duration> {
        let remaining = Duration::try_from(self.expires_at - now).ok()?;
        (!self.used && !self.locked && !remaining.is_zero()).then_some(remaining)
    }

    /// The code that proves the address; a decoy has none.
    pub fn code(&self, keys: &CodeKeys) -> Option<Code> {
        self.account.is_none().then(|| self.challenge().code(keys))
    }

    /// What the right code hashes to. For a decoy nothing does.
    pub fn expected(&self, keys: &CodeKeys) -> CodeHash {
        let challenge = self.challenge();
        let right = challenge.hash(keys, &challenge.code(keys));
        match self.account {
            None => right,
            Some(_) => challenge.unanswerable(keys),
        }
    }

    /// What the code that somebody typed hashes to.
    pub fn presented(&self, keys: &CodeKeys, code: &Code) -> CodeHash {
        self.challenge().hash(keys, code)
    }

    fn challenge(&self) -> Challenge {
        let address = self.email.canonical();
        Challenge::new(Self::PURPOSE, self.id.0, &self.nonce.0, address)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);

    fn registration() -> Registration {
        Registration {
            id: RegistrationId(Uuid::from_u128(1)),
            email: EmailAddress::parse("Mira@Example.org").unwrap(),
            display_name: None,
            locale: Locale::default(),
            nonce: Nonce([7; 16]),
            account: None,
            expires_at: NOW + Duration::from_mins(10),
            used: false,
            locked: false,
        }
    }

    #[test]
    fn the_code_answers_its_own_registration_only() {
        let keys = CodeKeys::derive(b"secret").unwrap();
        let code = registration().code(&keys).unwrap();
        let expected = registration().expected(&keys);
        assert_eq!(registration().presented(&keys, &code), expected);

        let resent = Registration {
            nonce: Nonce([8; 16]),
            ..registration()
        };
        assert_ne!(resent.presented(&keys, &code), resent.expected(&keys));
    }

    #[test]
    fn no_code_answers_a_decoy() {
        let keys = CodeKeys::derive(b"secret").unwrap();
        let code = registration().code(&keys).unwrap();
        let decoy = Registration {
            account: Some(UserId(Uuid::nil())),
            ..registration()
        };
        assert_eq!(decoy.code(&keys), None);
        assert_ne!(decoy.presented(&keys, &code), decoy.expected(&keys));
    }

    #[test]
    fn it_is_over_when_used_locked_or_expired() {
        assert_eq!(registration().remaining(NOW), Some(Duration::from_mins(10)));
        assert_eq!(
            registration().remaining(NOW + Duration::from_mins(10)),
            None
        );
        assert_eq!(
            Registration {
                used: true,
                ..registration()
            }
            .remaining(NOW),
            None
        );
        assert_eq!(
            Registration {
                locked: true,
                ..registration()
            }
            .remaining(NOW),
            None
        );
    }
}
