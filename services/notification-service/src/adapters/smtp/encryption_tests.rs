//! Mail servers that encrypt and want a sign-in.

use settings::Secret;
use testkit::{Authority, Demands, Login, MailSink, MailTls};

use super::SmtpMailer;
use super::mailer_tests::{mailer_with, settings};
use crate::application::contracts::mailer::{letter, refusal};
use crate::application::ports::{Mailer as _, SendError};
use crate::settings::{Smtp, Tls};

const LOGIN: Login = Login {
    name: "storyloom",
    password: "hush-hush",
};

/// A server called localhost, and settings that fit it.
async fn server(tls: Tls) -> (MailSink, Smtp) {
    let authority = Authority::new();
    let sink = MailSink::demanding(Demands {
        tls: match tls {
            Tls::None => MailTls::None,
            Tls::Starttls => MailTls::StartTls(authority.identity("localhost")),
            Tls::Implicit => MailTls::Implicit(authority.identity("localhost")),
        },
        login: Some(LOGIN),
    })
    .await;
    let smtp = Smtp {
        host: "localhost".to_owned(),
        tls,
        ca: authority.pem(),
        user: LOGIN.name.to_owned(),
        password: Secret::new(LOGIN.password.to_owned()),
        ..settings(sink.smtp_port())
    };
    (sink, smtp)
}

async fn send(mailer: &SmtpMailer) {
    let offer = mailer.offer(&letter()).await.unwrap();
    offer.hand_over().await.unwrap();
}

/// The mail waits, the cause is in the log, and the server has no mail.
async fn is_unavailable(sink: &MailSink, smtp: &Smtp, cause: &str) {
    let error = refusal(&mailer_with(smtp)).await;
    let SendError::Unavailable(away) = error else {
        panic!("{error}");
    };
    let said = away.cause.to_string();
    assert!(said.contains(cause), "{cause} is not in: {said}");
    assert!(sink.mails().is_empty());
}

/// Nobody signed in or offered a mail in clear. Behind a refused handshake there may be
/// bytes of it.
fn is_kept_to_itself(sink: &MailSink) {
    let heard = sink.heard_in_clear();
    let said = |word| heard.iter().any(|line| line.starts_with(word));
    assert!(
        !["AUTH", "MAIL", "RCPT", "DATA"].into_iter().any(said),
        "{heard:?}"
    );
}

#[tokio::test]
async fn starttls_signs_in_and_delivers_encrypted() {
    let (sink, smtp) = server(Tls::Starttls).await;
    send(&mailer_with(&smtp)).await;
    assert_eq!(sink.mails().len(), 1);
    let in_clear = ["EHLO mail.example.org", "STARTTLS"];
    assert_eq!(sink.heard_in_clear(), in_clear);
}

#[tokio::test]
async fn implicit_tls_signs_in_and_delivers_encrypted() {
    let (sink, smtp) = server(Tls::Implicit).await;
    send(&mailer_with(&smtp)).await;
    assert_eq!(sink.mails().len(), 1);
    assert!(sink.heard_in_clear().is_empty());
}

#[tokio::test]
async fn an_encrypted_connection_is_used_again() {
    for tls in [Tls::Starttls, Tls::Implicit] {
        let (sink, smtp) = server(tls).await;
        let mailer = mailer_with(&smtp);
        send(&mailer).await;
        send(&mailer).await;
        assert_eq!((sink.mails().len(), sink.conversations()), (2, 1));
    }
}

#[tokio::test]
async fn a_server_without_tls_learns_nothing() {
    let (sink, smtp) = server(Tls::None).await;
    let wanting = |tls| Smtp {
        tls,
        ..smtp.clone()
    };
    let cause = "not what the settings say";
    is_unavailable(&sink, &wanting(Tls::Starttls), cause).await;
    assert_eq!(sink.heard_in_clear(), ["EHLO mail.example.org"]);
    is_unavailable(&sink, &wanting(Tls::Implicit), cause).await;
    is_kept_to_itself(&sink);
}

#[tokio::test]
async fn a_server_that_nobody_trusted_vouches_for_learns_nothing() {
    for tls in [Tls::Starttls, Tls::Implicit] {
        let (sink, smtp) = server(tls).await;
        let smtp = Smtp {
            ca: Authority::new().pem(),
            ..smtp
        };
        is_unavailable(&sink, &smtp, "certificate").await;
        is_kept_to_itself(&sink);
    }
}

#[tokio::test]
async fn a_server_of_another_name_learns_nothing() {
    for tls in [Tls::Starttls, Tls::Implicit] {
        let (sink, smtp) = server(tls).await;
        let smtp = Smtp {
            host: "127.0.0.1".to_owned(),
            ..smtp
        };
        is_unavailable(&sink, &smtp, "not valid for name").await;
        is_kept_to_itself(&sink);
    }
}

#[tokio::test]
async fn a_wrong_password_judges_no_mail() {
    for tls in [Tls::Starttls, Tls::Implicit] {
        let (sink, smtp) = server(tls).await;
        let wrong = Smtp {
            password: Secret::new("hush".to_owned()),
            ..smtp.clone()
        };
        is_unavailable(&sink, &wrong, "it answered 535").await;
        let unsigned = Smtp {
            user: String::new(),
            ..smtp
        };
        is_unavailable(&sink, &unsigned, "it answered 530").await;
    }
}
