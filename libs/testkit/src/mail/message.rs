use mail_parser::{Address, MessageParser};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What the sink calls it.
    pub id: String,
    /// Its `Message-ID`, without the angle brackets.
    pub message_id: String,
    /// The address that it says to be from.
    pub from: Mailbox,
    /// To whom it says to be.
    pub to: Vec<Mailbox>,
    /// To whom it was delivered: the recipients of the envelope.
    pub recipients: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
    /// When it came.
    pub created: OffsetDateTime,
    /// All of it.
    pub raw: String,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// `local@domain`.
    pub address: String,
}

impl Mail {
    /// Reads a mail; what it lacks stays empty.
    pub(super) fn parse(raw: &[u8], recipients: Vec<String>) -> Self {
        let message = MessageParser::default().parse(raw).unwrap_or_default();
        let text = |it: Option<std::borrow::Cow<'_, str>>| it.unwrap_or_default().into_owned();
        Self {
            id: Uuid::new_v4().simple().to_string(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            from: mailboxes(message.from())
                .into_iter()
                .next()
                .unwrap_or_default(),
            to: mailboxes(message.to()),
            recipients,
            subject: message.subject().unwrap_or_default().to_owned(),
            text: text(message.body_text(0)),
            html: text(message.body_html(0)),
            created: OffsetDateTime::now_utc(),
            raw: String::from_utf8_lossy(raw).into_owned(),
            headers: headers(&message),
        }
    }

    /// A header, by a name of any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Which kind of mail it is: `X-Storyloom-Template`.
    pub fn template(&self) -> Option<&str> {
        self.header("X-Storyloom-Template")
    }

    /// The code that stands alone on a line of the plain part.
    pub fn code(&self) -> Option<&str> {
        let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|it| it.is_ascii_digit());
        self.text.lines().map(str::trim).find(is_code)
    }

    /// Whether it went to this address.
    pub fn is_to(&self, address: &str) -> bool {
        let same = |it: &str| it.eq_ignore_ascii_case(address);
        self.recipients.iter().any(|it| same(it)) || self.to.iter().any(|it| same(&it.address))
    }

    pub(super) fn created_text(&self) -> String {
        self.created.format(&Rfc3339).unwrap_or_default()
    }
}

fn mailboxes(addresses: Option<&Address<'_>>) -> Vec<Mailbox> {
    let addresses = addresses.into_iter().flat_map(Address::iter);
    let mailbox = |it: &mail_parser::Addr<'_>| Mailbox {
        name: it.name().unwrap_or_default().to_owned(),
        address: it.address().unwrap_or_default().to_owned(),
    };
    addresses.map(mailbox).collect()
}

fn headers(message: &mail_parser::Message<'_>) -> Vec<(String, String)> {
    let unfolded = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let raw = message.headers_raw();
    raw.map(|(name, value)| (name.to_owned(), unfolded(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From: Storyloom <stories@storyloom.example>\r\nTo: mira@example.org\r\n\
        Subject: =?utf-8?q?Your_c=C3=B6de?=\r\nMessage-ID: <a1@storyloom.example>\r\n\
        X-Storyloom-Template: verify_email\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        Your code:\r\n\r\n12345678\r\n\r\nIt holds for ten minutes.\r\n";

    #[test]
    fn a_mail_is_read() {
        let mail = Mail::parse(RAW.as_bytes(), vec!["Mira@example.org".to_owned()]);
        assert_eq!(mail.from.address, "stories@storyloom.example");
        assert_eq!(mail.subject, "Your cöde");
        assert_eq!(mail.message_id, "a1@storyloom.example");
        assert_eq!(mail.template(), Some("verify_email"));
        assert_eq!(mail.code(), Some("12345678"));
        assert!(mail.is_to("mira@EXAMPLE.org"));
    }
}
