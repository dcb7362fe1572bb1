use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Login;

/// What a client says to sign in (RFC 4954), as far as it has said it.
pub(super) struct Offered {
    /// What is still to be asked, the next one last.
    questions: Vec<&'static str>,
    /// `LOGIN` says name and password one by one, `PLAIN` both behind a NUL each.
    words: Vec<Vec<u8>>,
}

impl Offered {
    /// `PLAIN` or `LOGIN`, with or without the first reply; nothing if it is neither.
    pub(super) fn new(how: &str) -> Option<Self> {
        let mut said = how.split_whitespace();
        let questions = match said.next()?.to_ascii_uppercase().as_str() {
            "PLAIN" => vec!["334 "],
            "LOGIN" => vec!["334 UGFzc3dvcmQ6", "334 VXNlcm5hbWU6"],
            _ => return None,
        };
        let mut offered = Self {
            questions,
            words: Vec::new(),
        };
        if let Some(initial) = said.next() {
            offered.questions.pop();
            offered.tell(initial);
        }
        Some(offered)
    }

    /// What to ask next.
    pub(super) fn question(&mut self) -> Option<&'static str> {
        self.questions.pop()
    }

    /// Takes a reply, in base64.
    pub(super) fn tell(&mut self, reply: &str) {
        let bytes = BASE64_STANDARD.decode(reply).unwrap_or_default();
        let parts = bytes.split(|byte| *byte == 0);
        self.words
            .extend(parts.filter(|it| !it.is_empty()).map(<[u8]>::to_vec));
    }

    /// Whether it was that name and password.
    pub(super) fn is(&self, login: &Login) -> bool {
        self.words == [login.name.as_bytes(), login.password.as_bytes()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(how: &str, replies: &[&str]) {
        let mut offered = Offered::new(how).unwrap();
        for reply in replies {
            assert!(offered.question().is_some(), "{how}");
            offered.tell(reply);
        }
        assert_eq!(offered.question(), None, "{how}");
        let login = |password| Login {
            name: "storyloom",
            password,
        };
        assert!(offered.is(&login("hush")), "{how}");
        assert!(!offered.is(&login("hush-hush")), "{how}");
    }

    #[test]
    fn name_and_password_are_told_in_any_of_four_ways() {
        check("PLAIN AHN0b3J5bG9vbQBodXNo", &[]);
        check("plain", &["AHN0b3J5bG9vbQBodXNo"]);
        check("LOGIN c3Rvcnlsb29t", &["aHVzaA=="]);
        check("LOGIN", &["c3Rvcnlsb29t", "aHVzaA=="]);
        assert!(Offered::new("CRAM-MD5").is_none());
    }
}
