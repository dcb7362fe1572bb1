use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use lettre::transport::smtp::Error;

use crate::application::ports::{Cause, SendError, Unavailable};

/// What went wrong while we talked to a mail server. Of what the server said it holds the
/// number alone: servers like to repeat addresses.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("it answered {0}")]
    Reply(u16),
    #[error("it answered {0}: too many at once")]
    TooMany(u16),
    #[error("it did not answer in time")]
    Silence,
    #[error("it is not what the settings say: {0}")]
    Unfit(Cause),
    #[error("the connection broke: {0}")]
    Broken(Cause),
}

/// How far the conversation had got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody's mail yet: connecting, greeting, TLS, signing in.
    Opening,
    /// Whether it takes a mail from us for the address.
    Asking,
    /// The letter itself.
    Letter,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if let Some(code) = error.status() {
            let code = code.into();
            let too_many = error.source().is_some_and(speaks_of_too_many);
            return if too_many {
                Self::TooMany(code)
            } else {
                Self::Reply(code)
            };
        }
        if error.is_response() {
            return Self::Broken("it answered what is no SMTP".into());
        }
        if error.is_tls() || error.is_client() || speaks_no_tls(&error) {
            return Self::Unfit(error.into());
        }
        Self::Broken(error.into())
    }
}

impl Trouble {
    /// What it means for the mail.
    pub fn at(self, stage: Stage) -> SendError {
        if self.is_ours(stage) {
            tracing::error!(
                event.action = "mail-server-refused-us",
                event.outcome = "failure",
                error.message = %self,
                "the mail server does not accept what the settings say; mails wait"
            );
        }
        match (stage, self) {
            (Stage::Asking | Stage::Letter, Self::Reply(code)) if !signs_us_out(code) => {
                if code < 500 {
                    SendError::NotNow(code)
                } else {
                    SendError::Never(code)
                }
            }
            (Stage::Letter, trouble @ (Self::Silence | Self::Broken(_) | Self::Unfit(_))) => {
                SendError::Unanswered(trouble.into())
            }
            (_, trouble) => SendError::Unavailable(Unavailable {
                what: "the mail server",
                cause: trouble.into(),
            }),
        }
    }

    /// Whether an operator has to mend it: the settings, not the mail, are refused.
    fn is_ours(&self, stage: Stage) -> bool {
        match self {
            Self::Reply(code) => signs_us_out(*code) || stage == Stage::Opening && *code >= 500,
            Self::Unfit(_) => true,
            Self::TooMany(_) | Self::Silence | Self::Broken(_) => false,
        }
    }
}

/// Whether a reply is about our pace and not about the mail. Some servers, Mailtrap's
/// sandbox among them, say so with a 5xx.
fn speaks_of_too_many(reply: &(dyn StdError + 'static)) -> bool {
    const PHRASES: [&str; 4] = [
        "too many emails",
        "too many messages",
        "too many connections",
        "rate limit",
    ];
    let said = reply.to_string().to_ascii_lowercase();
    PHRASES.iter().any(|phrase| said.contains(phrase))
}

/// Whether the handshake failed: no TLS there, or a certificate that is not trusted.
fn speaks_no_tls(error: &Error) -> bool {
    let causes = successors(error.source(), |cause| (*cause).source());
    let io = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    io.map(io::Error::kind)
        .any(|kind| kind == io::ErrorKind::InvalidData)
}

/// Replies that want us to sign in, or to sign in better (RFC 4954 §6), or to encrypt.
const fn signs_us_out(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: u16, stage: Stage, expected: fn(&SendError) -> bool) {
        let error = Trouble::Reply(reply).at(stage);
        assert!(expected(&error), "{reply} at {stage:?}: {error:?}");
    }

    #[test]
    fn a_reply_to_a_mail_judges_the_mail() {
        for stage in [Stage::Asking, Stage::Letter] {
            check(421, stage, |error| matches!(error, SendError::NotNow(421)));
            check(451, stage, |error| matches!(error, SendError::NotNow(451)));
            check(550, stage, |error| matches!(error, SendError::Never(550)));
            check(552, stage, |error| matches!(error, SendError::Never(552)));
        }
    }

    #[test]
    fn a_reply_to_us_judges_no_mail() {
        for reply in [421, 454, 530, 534, 535, 554] {
            check(reply, Stage::Opening, |error| {
                matches!(error, SendError::Unavailable(_))
            });
        }
        for reply in [530, 534, 535, 538] {
            check(reply, Stage::Asking, |error| {
                matches!(error, SendError::Unavailable(_))
            });
        }
    }

    #[test]
    fn silence_is_no_answer_only_after_the_letter() {
        let unavailable = |stage| matches!(Trouble::Silence.at(stage), SendError::Unavailable(_));
        assert!(unavailable(Stage::Opening) && unavailable(Stage::Asking));
        assert!(matches!(
            Trouble::Silence.at(Stage::Letter),
            SendError::Unanswered(_)
        ));
    }
}
