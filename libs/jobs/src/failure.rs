use std::fmt;
use std::time::Duration;

use kernel::{Coded, ErrorKind};
use time::OffsetDateTime;

/// How long a caller that was rate-limited waits if it was not told.
const DEFAULT_SNOOZE: Duration = Duration::from_secs(30);

/// Why a job failed: a stable code and a sentence, both fit for logs and operators.
/// Must hold no address, token, code or text of a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    code: &'static str,
    reason: String,
}

impl Cause {
    /// The longest reason that is kept, in characters.
    const MAX: usize = 500;

    /// A cause with a kebab-case code.
    pub fn new(code: &'static str, reason: impl fmt::Display) -> Self {
        let printable = |c: &char| !c.is_control();
        let reason = reason.to_string();
        let reason = reason.chars().filter(printable).take(Self::MAX).collect();
        Self { code, reason }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.reason)
    }
}

impl<E: Coded> From<&E> for Cause {
    fn from(error: &E) -> Self {
        Self::new(error.code(), error)
    }
}

/// What becomes of a job that failed. Void if its fence is no longer the newest.
#[derive(Debug, Clone)]
pub enum Failure {
    /// It may work next time: again after a growing wait, at most as often as the settings say.
    Retry(Cause),
    /// Something it needs is down: again after a growing wait. Uses no attempt.
    Unavailable(Cause),
    /// It was told to come back later: again after `after`. Uses no attempt.
    Snooze {
        /// Why.
        cause: Cause,
        /// Not before this has passed.
        after: Duration,
    },
    /// A mail server puts it off (SMTP 4xx): again after 5, 15, 30 minutes, then every 1 to 4
    /// hours, for at most four days. Uses no attempt.
    Greylisted {
        /// Why.
        cause: Cause,
        /// A job that could only run again after this is dead now.
        give_up_at: Option<OffsetDateTime>,
    },
    /// It will never work: a dead letter.
    Reject(Cause),
    /// It stopped because its token was cancelled: cancelled if that was asked for, else handed
    /// back with no attempt used.
    Cancelled,
    /// Another claim holds the job by now, or it is done: nothing is to be written.
    Superseded,
}

impl Failure {
    /// Why, if there is more to say than its class.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Retry(cause)
            | Self::Unavailable(cause)
            | Self::Snooze { cause, .. }
            | Self::Greylisted { cause, .. }
            | Self::Reject(cause) => Some(cause),
            Self::Cancelled | Self::Superseded => None,
        }
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        let cause = Cause::from(&error);
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable(cause),
            ErrorKind::RateLimited => Self::Snooze {
                cause,
                after: error.retry_after().map_or(DEFAULT_SNOOZE, |seconds| {
                    Duration::from_secs(seconds.into())
                }),
            },
            // Ours to mend (a token, a bug): the next release may do it.
            ErrorKind::Internal | ErrorKind::Unauthenticated | ErrorKind::Forbidden => {
                Self::Retry(cause)
            }
            ErrorKind::Malformed
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Gone
            | ErrorKind::Outdated
            | ErrorKind::Invalid
            | ErrorKind::PreconditionRequired => Self::Reject(cause),
        }
    }
}
