//! The mail sink, spoken to over the wire.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value;
use testkit::http::Client;
use testkit::{Answer, MailSink, Stage};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

const MAIL: &str = "From: Storyloom <stories@storyloom.example>\r\nTo: mira@example.org\r\n\
    Subject: A story\r\nMessage-ID: <1@storyloom.example>\r\nX-Storyloom-Template: story\r\n\r\n\
    Once.\r\n..twice\r\n.\r\n";

struct Sender(BufReader<TcpStream>);

impl Sender {
    async fn connect(sink: &MailSink) -> Self {
        Self(BufReader::new(
            TcpStream::connect(sink.smtp_addr()).await.unwrap(),
        ))
    }

    /// Says something and answers the last line of what comes back; empty when it hung up.
    async fn say(&mut self, what: &str) -> String {
        self.0.write_all(what.as_bytes()).await.unwrap();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// One conversation; answers what came last.
    async fn send(sink: &MailSink) -> String {
        let mut sender = Self::connect(sink).await;
        let steps = [
            "",
            "EHLO a.example\r\n",
            "MAIL FROM:<s@a.example>\r\n",
            "RCPT TO:<mira@example.org>\r\n",
            "DATA\r\n",
            MAIL,
        ];
        let mut last = String::new();
        for step in steps {
            last = sender.say(step).await;
            if !last.starts_with(['2', '3']) {
                break;
            }
        }
        last.trim_end().to_owned()
    }
}

#[tokio::test]
async fn a_mail_is_kept_and_shown_as_mailpit_does() {
    let sink = MailSink::start().await;
    assert!(Sender::send(&sink).await.starts_with("250"));
    let mail = sink.wait_for("mira@example.org", "story").await;
    assert_eq!(mail.text, "Once.\r\n.twice\r\n");

    let client = Client::new(sink.http_url());
    let list = client
        .get("/api/v1/messages?limit=10")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(list["total"], 1);
    let found = "/api/v1/search?query=to:mira@example.org&limit=10";
    let found = client.get(found).send().await.expect(200).json();
    assert_eq!(found["messages"][0]["MessageID"], "1@storyloom.example");
    assert_eq!(found["messages"][0]["To"][0]["Address"], "mira@example.org");
    let id = found["messages"][0]["ID"].as_str().unwrap();
    let shown = client
        .get(&format!("/api/v1/message/{id}"))
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown["Text"], "Once.\r\n.twice\r\n");
    let headers = client
        .get(&format!("/api/v1/message/{id}/headers"))
        .send()
        .await
        .json();
    assert_eq!(
        headers["X-Storyloom-Template"],
        serde_json::json!(["story"])
    );
    let raw = client
        .get(&format!("/api/v1/message/{id}/raw"))
        .send()
        .await
        .expect(200);
    assert!(raw.text().starts_with("From: Storyloom"));
    client.get("/").send().await.expect(200);

    let nobody = client
        .get("/api/v1/search?query=to:otto@example.org")
        .send()
        .await
        .json();
    assert_eq!(nobody["messages"], Value::Array(Vec::new()));
    client.delete("/api/v1/messages").send().await.expect(200);
    assert!(sink.mails().is_empty());
    client
        .get(&format!("/api/v1/message/{id}"))
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn answers_follow_the_script() {
    let sink = MailSink::start().await;
    sink.next(Answer::Refuse {
        at: Stage::Rcpt,
        code: 450,
        text: "4.2.0 busy",
    });
    sink.next(Answer::Refuse {
        at: Stage::End,
        code: 554,
        text: "5.7.1 no",
    });
    sink.next(Answer::DropBeforeEnd);
    sink.next(Answer::DropAfterData);
    assert_eq!(Sender::send(&sink).await, "450 4.2.0 busy");
    assert_eq!(Sender::send(&sink).await, "554 5.7.1 no");
    assert_eq!(Sender::send(&sink).await, "");
    assert!(sink.mails().is_empty());
    assert_eq!(Sender::send(&sink).await, "");
    assert_eq!(sink.mails().len(), 1);
    assert!(Sender::send(&sink).await.starts_with("250"));
    assert_eq!(sink.conversations(), 5);
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections() {
    let mut sink = MailSink::start().await;
    sink.down().await;
    assert!(TcpStream::connect(sink.smtp_addr()).await.is_err());
    sink.up().await;
    assert!(Sender::send(&sink).await.starts_with("250"));
}
