use kernel::EmailAddress;
use time::macros::datetime;

use super::message::{Postmark, compose};
use crate::application::contracts::mailer::letter;
use crate::domain::{Content, Letter, MailDomain, Sender, StoryText};

fn wire(letter: &Letter) -> String {
    let sender = Sender::parse("Storyloom <stories@example.org>").unwrap();
    let domain = MailDomain::parse("mail.example.org").unwrap();
    let postmark = Postmark {
        sender: &sender,
        domain: &domain,
        now: datetime!(2026-02-03 04:05:06 UTC),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    };
    String::from_utf8(compose(letter, &postmark).ok().unwrap().formatted()).unwrap()
}

fn story(title: &str) -> Letter {
    let paragraphs = ["Once.".to_owned()];
    Letter {
        content: Content::Story(StoryText::new(title, "en", &paragraphs)),
        ..letter()
    }
}

/// The headers, folded lines joined.
fn headers(wire: &str) -> Vec<String> {
    let (head, _) = wire.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ");
    unfolded.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn every_mail_says_what_it_is() {
    let wire = wire(&letter());
    let headers = headers(&wire);
    for expected in [
        "From: Storyloom <stories@example.org>",
        "To: mira@example.org",
        "Subject: Your code for Storyloom",
        "Message-ID: <1@mail.example.org>",
        "Date: Tue, 03 Feb 2026 04:05:06 +0000",
        "Auto-Submitted: auto-generated",
        "X-Storyloom-Template: verify_email",
        "X-Storyloom-Trace: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "MIME-Version: 1.0",
    ] {
        assert!(
            headers.iter().any(|header| header == expected),
            "{expected} not in {headers:#?}"
        );
    }
    assert!(wire.contains("multipart/alternative"), "{wire}");
    assert!(!wire.contains("List-Id"), "{wire}");
}

#[test]
fn stories_are_a_list() {
    let headers = headers(&wire(&story("The Lamp")));
    let list = "List-Id: Stories <stories.mail.example.org>".to_owned();
    assert!(headers.contains(&list), "{headers:#?}");
    assert!(
        headers.contains(&"Subject: The Lamp".to_owned()),
        "{headers:#?}"
    );
}

#[test]
fn a_title_adds_no_header() {
    for title in [
        "x\r\nBcc: eve@example.org",
        "x\nBcc: eve@example.org",
        "x\r\n\r\nhello",
        "é\r\nBcc: e",
    ] {
        let wire = wire(&story(title));
        let injected = headers(&wire)
            .iter()
            .any(|header| header.starts_with("Bcc"));
        assert!(!injected, "{wire}");
    }
}

#[test]
fn a_mail_goes_over_any_wire() {
    let title = "Le château d’été 🏰 ".repeat(20);
    let wire = wire(&story(&title));
    assert!(wire.is_ascii());
    assert!(wire.lines().all(|line| line.len() <= 998), "{wire}");
}

#[test]
fn every_address_that_we_know_can_be_mailed() {
    for address in [
        "mira+tag@example.org",
        "o'neil@example.org",
        "a!#$%&'*+-/=?^_`{|}~z@a.example",
    ] {
        let to = EmailAddress::parse(address).unwrap();
        let wire = wire(&Letter { to, ..letter() });
        assert!(headers(&wire).contains(&format!("To: {address}")), "{wire}");
    }
}
