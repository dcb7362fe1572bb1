use kernel::{Coded, EmailAddress, ErrorKind};

/// Who our mails are from: `Name <address>`, or an address alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: EmailAddress,
}

/// A text names no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as Storyloom <stories@example.org>")]
pub struct SenderError;

impl Coded for SenderError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "malformed"
    }
}

impl Sender {
    /// Parses outside input; the only way to get a sender.
    pub fn parse(input: &str) -> Result<Self, SenderError> {
        let (name, address) = match input.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').ok_or(SenderError)?,
            None => ("", input),
        };
        let name = name.trim().trim_matches('"');
        if name.chars().any(char::is_control) {
            return Err(SenderError);
        }
        Ok(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: EmailAddress::parse(address).map_err(|_| SenderError)?,
        })
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address.
    pub const fn address(&self) -> &EmailAddress {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, name: Option<&str>) {
        let sender = Sender::parse(input).unwrap();
        assert_eq!(sender.name(), name);
        assert_eq!(sender.address().as_str(), "stories@example.org");
    }

    #[test]
    fn a_sender_has_an_address_and_maybe_a_name() {
        check("stories@example.org", None);
        check("<stories@example.org>", None);
        check("Storyloom <stories@example.org>", Some("Storyloom"));
        check("\"Story, loom\" <stories@example.org>", Some("Story, loom"));
    }

    #[test]
    fn what_has_no_address_is_refused() {
        for input in [
            "",
            "Storyloom",
            "Storyloom <>",
            "stories@",
            "a\r\nb <a@example.org>",
            "x>",
        ] {
            assert_eq!(Sender::parse(input), Err(SenderError), "{input:?}");
        }
    }
}
