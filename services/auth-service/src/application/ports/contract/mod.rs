//! What every adapter promises: run against the fakes and against the real things.

mod codes;
mod passwords;
mod registrations;
mod sessions;
mod users;

pub use codes::codes;
pub use passwords::passwords;
pub use registrations::registrations;
pub use sessions::sessions;
pub use users::users;

use std::time::Duration;

use kernel::{EmailAddress, SessionId, UserId};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::{Completed, Completion, Registrations, Sessions, Users};
use crate::domain::{
    CodeRules, Device, DisplayName, Locale, Mail, NewRegistration, NewSession, Nonce, PasswordHash,
    RefreshKey, RefreshToken, RegistrationId, Seed, SessionRules,
};

/// The ports that share one store, and the mails that it queued, oldest first.
pub struct Accounts<'a, M> {
    pub registrations: &'a dyn Registrations,
    pub users: &'a dyn Users,
    pub sessions: &'a dyn Sessions,
    pub mails: M,
}

const START: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);

const CODE_RULES: CodeRules = CodeRules {
    life: Duration::from_mins(10),
    tries: 5,
    resend_after: Duration::from_mins(1),
    resends_a_day: 5,
};

const SESSION_RULES: SessionRules = SessionRules {
    idle: Duration::from_secs(1000),
    absolute: Duration::from_secs(5000),
    grace: Duration::from_secs(10),
    most: 3,
};

fn after(seconds: u64) -> OffsetDateTime {
    START + Duration::from_secs(seconds)
}

fn email(address: &str) -> EmailAddress {
    EmailAddress::parse(address).unwrap()
}

fn id(number: u128) -> RegistrationId {
    RegistrationId(Uuid::from_u128(number))
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn new_registration(number: u128, address: &str) -> NewRegistration {
    NewRegistration {
        id: id(number),
        email: email(address),
        password: PasswordHash("a hash".to_owned()),
        display_name: Some(DisplayName::parse("Mira").unwrap()),
        locale: Locale::parse("pt-BR").unwrap(),
        nonce: Nonce([1; 16]),
        at: START,
        expires_at: START + CODE_RULES.life,
    }
}

fn new_session(number: u128, at: OffsetDateTime) -> (NewSession, RefreshToken) {
    let names = (SessionId(Uuid::from_u128(number)), Seed([3; 32]));
    let device = Device {
        name: Some(DisplayName::parse("Tablet").unwrap()),
        user_agent: Some("a browser".to_owned()),
        ip: Some("2001:db8::1".parse().unwrap()),
    };
    NewSession::begin(names, &RefreshKey::new(b"key"), &SESSION_RULES, device, at)
}

fn completion(number: u128, user_number: u128) -> Completion {
    Completion {
        id: id(number),
        nonce: Nonce([1; 16]),
        user: user(user_number),
        session: new_session(user_number, START).0,
    }
}

impl<M: AsyncFn() -> Vec<Mail>> Accounts<'_, M> {
    /// A user of that number and address, with a session of the same number.
    async fn sign_up(&self, number: u128, address: &str) -> UserId {
        let new = new_registration(number, address);
        self.registrations.open(&new, None).await.unwrap();
        let completed = self
            .registrations
            .complete(&completion(number, number))
            .await;
        assert_eq!(completed.unwrap(), Completed::Won);
        user(number)
    }
}
