use std::fmt;

use crate::{Coded, ErrorKind};

/// A mailbox: `local@domain`, ASCII, at most 254 characters (RFC 5321 §4.5.3.1).
///
/// Its debug form is masked, so that it never reaches a log in clear.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    display: String,
    canonical: String,
}

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// There is no `local@domain.tld` in it.
    #[error("must be an e-mail address such as name@example.org")]
    Malformed,
    /// Longer than any mailbox may be.
    #[error("must have at most {} characters", EmailAddress::MAX)]
    TooLong,
}

impl Coded for EmailAddressError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
        }
    }
}

impl EmailAddress {
    /// The most characters that an address may have.
    pub const MAX: usize = 254;
    const LOCAL_MAX: usize = 64;
    const LABEL_MAX: usize = 63;

    /// Parses outside input; the only way to get an address. Spaces around it are dropped.
    pub fn parse(input: &str) -> Result<Self, EmailAddressError> {
        let display = input.trim();
        if display.len() > Self::MAX {
            return Err(EmailAddressError::TooLong);
        }
        let parts = display.rsplit_once('@');
        let (local, domain) = parts.ok_or(EmailAddressError::Malformed)?;
        if !is_local(local) || !is_domain(domain) {
            return Err(EmailAddressError::Malformed);
        }
        Ok(Self {
            display: display.to_owned(),
            canonical: display.to_ascii_lowercase(),
        })
    }

    /// As it was given: what mails are sent to.
    pub fn as_str(&self) -> &str {
        &self.display
    }

    /// In lower case: equal for addresses that mean the same account.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Fit for eyes that need not know it: `m***@example.org`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.display.rsplit_once('@').unwrap_or_default();
        let first = local.chars().next().unwrap_or('*');
        format!("{first}***@{domain}")
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A dot-atom of RFC 5322 §3.2.3; quoted local parts are not taken.
fn is_local(local: &str) -> bool {
    let atom = |part: &str| !part.is_empty() && part.bytes().all(is_atom_byte);
    local.len() <= EmailAddress::LOCAL_MAX && local.split('.').all(atom)
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.') && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=EmailAddress::LABEL_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Result<&str, EmailAddressError>) {
        let parsed = EmailAddress::parse(input);
        let canonical = parsed.as_ref().map(EmailAddress::canonical);
        assert_eq!(canonical, expected.as_ref().copied());
    }

    #[test]
    fn case_does_not_matter() {
        check(" Mira@Example.ORG ", Ok("mira@example.org"));
    }

    #[test]
    fn tags_and_dots_are_kept() {
        check("m.i+story@a-b.example", Ok("m.i+story@a-b.example"));
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for input in [
            "",
            "mira",
            "@example.org",
            "mira@",
            "mira@localhost",
            "mi ra@example.org",
            "mira@@example.org",
            ".mira@example.org",
            "mira@-a.org",
            "mira@exa\u{0}mple.org",
            "mira\r\nBcc:x@example.org",
            "<mira@example.org>",
            "mira@example..org",
            "mïra@example.org",
        ] {
            check(input, Err(EmailAddressError::Malformed));
        }
    }

    #[test]
    fn length_is_bounded() {
        let long = format!("mira@{}.org", "a.".repeat(130));
        check(&long, Err(EmailAddressError::TooLong));
    }

    #[test]
    fn debug_shows_no_address() {
        let address = EmailAddress::parse("mira@example.org").unwrap();
        assert_eq!(format!("{address:?}"), "m***@example.org");
    }
}
