use std::fmt;

use kernel::{Coded, DeliveryId, EmailAddress, ErrorKind};

/// What stands right of the `@` in our message ids: a host name that is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDomain(String);

/// Why a text is no mail domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a host name such as mail.example.org")]
pub struct MailDomainError;

impl Coded for MailDomainError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "malformed"
    }
}

impl MailDomain {
    const MAX: usize = 253;
    const LABEL_MAX: usize = 63;

    /// Parses outside input; the only way to get a mail domain.
    pub fn parse(input: &str) -> Result<Self, MailDomainError> {
        let labels = input.split('.').all(Self::is_label);
        if labels && input.len() <= Self::MAX {
            return Ok(Self(input.to_ascii_lowercase()));
        }
        Err(MailDomainError)
    }

    /// The domain of an address.
    pub fn of(address: &EmailAddress) -> Self {
        let parts = address.canonical().rsplit_once('@');
        let (_, domain) = parts.unwrap_or_default();
        Self(domain.to_owned())
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_label(label: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=Self::LABEL_MAX).contains(&label.len()) && label.bytes().all(plain)
    }
}

/// What mail programs know a mail by, without angle brackets.
///
/// It follows from the delivery, so a mail that has to be sent twice is known as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The message id of a delivery.
    pub fn new(delivery: DeliveryId, domain: &MailDomain) -> Self {
        Self(format!("{}@{}", delivery.0, domain.0))
    }

    /// One that was kept.
    pub const fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it was kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_message_id_follows_from_the_delivery() {
        let domain = MailDomain::parse("Mail.Example.org").unwrap();
        let id = MessageId::new(DeliveryId(Uuid::from_u128(1)), &domain);
        assert_eq!(
            id.as_str(),
            "00000000-0000-0000-0000-000000000001@mail.example.org"
        );
    }

    #[test]
    fn what_is_no_host_name_is_refused() {
        let long = "a.".repeat(127) + "a";
        for input in [
            "",
            "a..b",
            "a b",
            "a>b",
            "a\r\nb",
            "@",
            &long,
            &"a".repeat(64),
        ] {
            assert_eq!(MailDomain::parse(input), Err(MailDomainError), "{input:?}");
        }
    }
}
