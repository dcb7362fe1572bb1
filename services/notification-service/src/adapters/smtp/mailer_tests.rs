use std::sync::Arc;

use kernel::SystemClock;
use settings::Secret;
use testkit::{Answer, MailSink, Stage};

use super::SmtpMailer;
use crate::application::contracts::mailer as contract;
use crate::application::contracts::mailer::{letter, refusal};
use crate::application::ports::{Mailer as _, SendError};
use crate::domain::{MailDomain, Sender};
use crate::settings::{Smtp, Tls};

pub(super) fn settings(port: u16) -> Smtp {
    let keys = format!(
        "host = '127.0.0.1'\nport = {port}\ntls = 'none'\nca = ''\nuser = ''\npassword = ''\n\
         connect_timeout_ms = 1000\ncommand_timeout_ms = 300\nletter_timeout_ms = 300\n\
         idle_connections = 4\nidle_timeout_ms = 60000"
    );
    settings::load_from("TEST", &keys, []).unwrap()
}

pub(super) fn mailer_with(smtp: &Smtp) -> SmtpMailer {
    let sender = Sender::parse("Storyloom <stories@example.org>").unwrap();
    let domain = MailDomain::parse("mail.example.org").unwrap();
    SmtpMailer::new(smtp, sender, domain, Arc::new(SystemClock)).unwrap()
}

fn mailer(sink: &MailSink) -> SmtpMailer {
    mailer_with(&settings(sink.smtp_port()))
}

fn refuse(at: Stage, code: u16) -> Answer {
    let text = "said with mira@example.org";
    Answer::Refuse { at, code, text }
}

#[tokio::test]
async fn a_letter_is_handed_over_not_before_it_is_told_to() {
    let sink = MailSink::start().await;
    let taken = async || {
        sink.mails()
            .into_iter()
            .map(|mail| mail.message_id.clone())
            .collect()
    };
    contract::a_letter_is_handed_over_not_before_it_is_told_to(&mailer(&sink), taken).await;
}

#[tokio::test]
async fn an_absent_server_judges_nothing() {
    let mut sink = MailSink::start().await;
    let mailer = mailer(&sink);
    sink.down().await;
    contract::an_absent_server_judges_nothing(&mailer).await;
    sink.up().await;
    mailer
        .offer(&letter())
        .await
        .unwrap()
        .hand_over()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_last_talk_says_how_the_server_is() {
    let mut sink = MailSink::start().await;
    let mailer = mailer(&sink);
    let state = mailer.state();
    assert!(state.check().is_ok());
    sink.down().await;
    refusal(&mailer).await;
    let told = state.check().unwrap_err();
    assert!(!told.contains('@'), "{told}");
    sink.up().await;
    sink.next(refuse(Stage::Rcpt, 550));
    refusal(&mailer).await;
    assert!(state.check().is_ok(), "it judged a mail");
    sink.next(Answer::Stall(Stage::End));
    refusal(&mailer).await;
    assert!(state.check().is_err());
    let offer = mailer.offer(&letter()).await.unwrap();
    offer.hand_over().await.unwrap();
    assert!(state.check().is_ok());
}

#[tokio::test]
async fn not_now_is_not_never() {
    let sink = MailSink::start().await;
    for (at, reply) in [
        (Stage::From, 451),
        (Stage::Rcpt, 450),
        (Stage::Data, 421),
        (Stage::End, 452),
    ] {
        sink.next(refuse(at, reply));
        contract::not_now_is_not_never(&mailer(&sink), reply).await;
    }
}

#[tokio::test]
async fn never_is_never() {
    let sink = MailSink::start().await;
    for (at, reply) in [
        (Stage::From, 553),
        (Stage::Rcpt, 550),
        (Stage::Data, 554),
        (Stage::End, 552),
    ] {
        sink.next(refuse(at, reply));
        contract::never_is_never(&mailer(&sink), reply).await;
    }
}

#[tokio::test]
async fn silence_after_the_letter_is_no_answer() {
    let sink = MailSink::start().await;
    for answer in [Answer::DropAfterData, Answer::Stall(Stage::End)] {
        sink.next(answer);
        contract::silence_after_the_letter_is_no_answer(&mailer(&sink)).await;
    }
}

#[tokio::test]
async fn silence_before_the_letter_judges_nothing() {
    let sink = MailSink::start().await;
    for at in [
        Stage::Connect,
        Stage::Hello,
        Stage::From,
        Stage::Rcpt,
        Stage::Data,
    ] {
        sink.next(Answer::Stall(at));
        contract::an_absent_server_judges_nothing(&mailer(&sink)).await;
    }
}

#[tokio::test]
async fn a_server_that_refuses_us_judges_nothing() {
    let sink = MailSink::start().await;
    for (at, reply) in [
        (Stage::Connect, 554),
        (Stage::Hello, 421),
        (Stage::From, 530),
    ] {
        sink.next(refuse(at, reply));
        contract::an_absent_server_judges_nothing(&mailer(&sink)).await;
    }
    let signing_in = Smtp {
        user: "storyloom".to_owned(),
        password: Secret::new("wrong".to_owned()),
        ..settings(sink.smtp_port())
    };
    sink.next(refuse(Stage::Auth, 535));
    contract::an_absent_server_judges_nothing(&mailer_with(&signing_in)).await;
}

/// Mailtrap's sandbox answers so to the second mail within a second.
#[tokio::test]
async fn a_server_that_wants_us_slower_judges_nothing() {
    let sink = MailSink::start().await;
    for (at, code, text) in [
        (
            Stage::End,
            550,
            "5.7.0 Requested action not taken: too many emails per second",
        ),
        (
            Stage::Rcpt,
            421,
            "4.7.0 Too many connections, come back later",
        ),
    ] {
        sink.next(Answer::Refuse { at, code, text });
        contract::an_absent_server_judges_nothing(&mailer(&sink)).await;
    }
}

#[tokio::test]
async fn nothing_is_sent_in_clear_when_tls_is_wanted() {
    let sink = MailSink::start().await;
    for tls in [Tls::Starttls, Tls::Implicit] {
        let smtp = Smtp {
            tls,
            ..settings(sink.smtp_port())
        };
        let error = refusal(&mailer_with(&smtp)).await;
        let SendError::Unavailable(away) = error else {
            panic!("{error}");
        };
        let cause = away.cause.to_string();
        assert!(cause.contains("not what the settings say"), "{cause}");
    }
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn a_connection_is_used_again_unless_it_went_away() {
    let mut sink = MailSink::start().await;
    let mailer = mailer(&sink);
    for _ in 0..3 {
        mailer
            .offer(&letter())
            .await
            .unwrap()
            .hand_over()
            .await
            .unwrap();
    }
    assert_eq!(sink.conversations(), 1);
    sink.down().await;
    sink.up().await;
    mailer
        .offer(&letter())
        .await
        .unwrap()
        .hand_over()
        .await
        .unwrap();
    assert_eq!(sink.mails().len(), 4);
}

/// Servers like to repeat addresses; logs and rows must not.
#[tokio::test]
async fn what_the_server_said_is_not_repeated() {
    let sink = MailSink::start().await;
    for (at, reply) in [(Stage::Connect, 554), (Stage::Rcpt, 550), (Stage::End, 451)] {
        sink.next(refuse(at, reply));
        let error = refusal(&mailer(&sink)).await;
        assert!(!format!("{error:?}").contains("mira"), "{error:?}");
        assert!(!error.to_string().contains("mira"), "{error}");
        assert!(matches!(
            error,
            SendError::Unavailable(_) | SendError::Never(550) | SendError::NotNow(451)
        ));
    }
}
