use kernel::{EmailAddress, ErrorKind};
use tonic::{Code, Status};

use crate::application::ports::{LookUpError, Unavailable};

/// What a refusal of another service means for the mail.
pub fn refusal(who: &'static str, status: Status) -> LookUpError {
    match problem::grpc::kind_of(&status) {
        ErrorKind::NotFound => LookUpError::Gone,
        ErrorKind::Gone => LookUpError::Over,
        ErrorKind::Invalid => LookUpError::Unusable(who),
        _ => away(who, status).into(),
    }
}

/// The other service is away, or does not let us in.
pub fn away(who: &'static str, status: Status) -> Unavailable {
    if matches!(
        status.code(),
        Code::Unauthenticated | Code::PermissionDenied
    ) {
        tracing::error!(
            event.action = "peer-refused-us",
            event.outcome = "failure",
            error.message = format!("{who} does not accept our service token"),
            "mails wait"
        );
    }
    Unavailable {
        what: who,
        cause: status.into(),
    }
}

/// The address in an answer.
pub fn address(who: &'static str, text: &str) -> Result<EmailAddress, LookUpError> {
    EmailAddress::parse(text).map_err(|_| LookUpError::Unusable(who))
}
