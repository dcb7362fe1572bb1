use sqlx::PgPool;
use testkit::{Authority, Demands, Login, MailSink, MailTls, eventually_true};
use uuid::Uuid;

use crate::stand::{As, PATIENCE, Stand};

const STORY: Uuid = Uuid::from_u128(7);
const TO: &str = "mira@example.org";
const LOGIN: Login = Login {
    name: "storyloom",
    password: "hush-hush",
};

/// A story is to be sent to a server called localhost that wants STARTTLS and a sign-in;
/// only the settings are missing.
async fn stand(pool: PgPool, authority: &Authority) -> Stand {
    let demands = Demands {
        tls: MailTls::StartTls(authority.identity("localhost")),
        login: Some(LOGIN),
    };
    let mut stand = Stand::bare(pool).await;
    stand.mails_go_to("localhost", MailSink::demanding(demands).await);
    stand.set("SMTP__TLS", "starttls");
    stand.set("SMTP__USER", LOGIN.name);
    stand.start_api().await;
    stand.knows_story(STORY, TO);
    stand.client(As::Story).story(1, STORY).await;
    stand
}

impl Stand {
    /// The mail was tried more than once, and no try counts.
    async fn mail_waits(&self) {
        eventually_true("a second try", PATIENCE, async || {
            let tried =
                "select count(*) from jobs, deliveries where unavailable > 1 and attempts = 0";
            let tried: i64 = sqlx::query_scalar(tried)
                .fetch_one(&self.pool)
                .await
                .unwrap();
            tried == 1
        })
        .await;
        assert!(self.sink.mails().is_empty());
    }
}

#[sqlx::test]
async fn a_mail_waits_until_the_server_is_trusted(pool: PgPool) {
    let authority = Authority::new();
    let mut stand = stand(pool, &authority).await;
    stand.set("SMTP__PASSWORD", LOGIN.password);
    stand.set("SMTP__CA", &Authority::new().pem());
    stand.start_worker().await;
    stand.mail_waits().await;

    stand.stop_worker().await;
    stand.set("SMTP__CA", &authority.pem());
    stand.start_worker().await;
    stand.sink.wait_for(TO, "story").await;
    stand.stop().await;
}

#[sqlx::test]
async fn a_mail_waits_until_the_password_is_right(pool: PgPool) {
    let authority = Authority::new();
    let mut stand = stand(pool, &authority).await;
    stand.set("SMTP__CA", &authority.pem());
    stand.set("SMTP__PASSWORD", "hush");
    stand.start_worker().await;
    stand.mail_waits().await;

    stand.stop_worker().await;
    stand.set("SMTP__PASSWORD", LOGIN.password);
    stand.start_worker().await;
    stand.sink.wait_for(TO, "story").await;
    stand.stop().await;
}
