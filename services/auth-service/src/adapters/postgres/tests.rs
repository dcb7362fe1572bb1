use std::sync::Arc;

use contracts::events::{MailRequested, mail_requested::Subject};
use contracts::notification::Template;
use jobs::Wake;
use kernel::{TimeOrderedIds, UserId};
use prost::Message as _;
use sqlx::PgPool;
use uuid::Uuid;

use super::{PgRegistrations, PgSessions, PgUsers};
use crate::application::ports::contract::{self, Accounts};
use crate::domain::{Mail, RegistrationId};

/// What lies in the outbox, oldest first.
async fn mails(pool: &PgPool) -> Vec<Mail> {
    let query = "select payload from outbox where topic = $1 order by created_at, id";
    let payloads: Vec<Vec<u8>> = sqlx::query_scalar(query)
        .bind(mails::TOPIC)
        .fetch_all(pool)
        .await
        .unwrap();
    payloads.iter().map(|payload| mail(payload)).collect()
}

fn mail(payload: &[u8]) -> Mail {
    let requested = MailRequested::decode(payload).unwrap();
    let id = |text: String| Uuid::try_parse(&text).unwrap();
    match (requested.template(), requested.subject.clone().unwrap()) {
        (Template::VerifyEmail, Subject::FlowId(flow)) => {
            Mail::VerifyEmail(RegistrationId(id(flow)))
        }
        (Template::AccountExists, Subject::UserId(user)) => Mail::AccountExists(UserId(id(user))),
        (Template::SecurityNotice, Subject::UserId(user)) => Mail::SecurityNotice(UserId(id(user))),
        other => panic!("unexpected mail: {other:?}"),
    }
}

macro_rules! keeps_the_contract {
    ($($name:ident)*) => {$(
        #[sqlx::test(migrations = "../../migrations/auth")]
        async fn $name(pool: PgPool) {
            let ids = Arc::new(TimeOrderedIds);
            let wake = Wake::default();
            contract::$name(Accounts {
                registrations: &PgRegistrations::new(pool.clone(), wake.clone(), ids.clone()),
                users: &PgUsers::new(pool.clone()),
                sessions: &PgSessions::new(pool.clone(), wake, ids),
                mails: async || mails(&pool).await,
            })
            .await;
        }
    )*};
}

keeps_the_contract!(registrations users sessions);
