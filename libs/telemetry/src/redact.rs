//! Values that must never be logged are known by the names of their keys.

/// What stands in place of such a value.
pub(crate) const REDACTED: &str = "[redacted]";

const SECRET: &[&str] = &[
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "email",
    "emails",
    "jwt",
    "nonce",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pepper",
    "pin",
    "secret",
    "secrets",
    "token",
    "tokens",
];

/// In front of `code` or `codes`, these make it harmless.
const CODED: &[&str] = &[
    "error",
    "exit",
    "grpc",
    "problem",
    "smtp",
    "status",
    "violation",
];

/// Whether a key with this name may hold something secret or personal.
pub(crate) fn is_secret(name: &str) -> bool {
    let words = words(name);
    let addressed = words.last().is_some_and(|last| last == "mail");
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    let secret = |(before, word): (&str, &String)| match word.as_str() {
        "code" | "codes" => !CODED.contains(&before),
        word => SECRET.contains(&word),
    };
    addressed || before.zip(&words).any(secret)
}

/// `accessToken`, `access_token` and `access.token` are all two words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in name.chars() {
        let apart = !character.is_ascii_alphanumeric();
        if (apart || (lower && character.is_ascii_uppercase()))
            && words.last().is_some_and(|word| !word.is_empty())
        {
            words.push(String::new());
        }
        lower = character.is_ascii_lowercase();
        if let (false, Some(word)) = (apart, words.last_mut()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "password",
            "new_password",
            "user.password",
            "access_token",
            "accessToken",
            "http.request.headers.authorization",
            "Authorization",
            "code",
            "otp_code",
            "verification.code",
            "secret",
            "client-secret",
            "email",
            "user.email",
            "email_canonical",
            "set-cookie",
            "user.mail",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "error.code",
            "status_code",
            "http.response.status_code",
            "exit_code",
            "story_id",
            "decoded",
            "tokenizer",
            "codec",
            "attempts",
            "mail.id",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
