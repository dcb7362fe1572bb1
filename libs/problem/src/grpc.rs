//! Failures between services: kinds as gRPC status codes, and back.

use kernel::{Coded, ErrorKind};
use tonic::{Code, Status};

use crate::chain;

/// The status that tells a calling service of a failure.
pub fn status<E: Coded + 'static>(error: &E) -> Status {
    let kind = error.kind();
    if matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
        tracing::error!(
            error.code = error.code(),
            error.message = chain(error),
            "call failed"
        );
    }
    let message = match kind {
        ErrorKind::Internal => "something went wrong".to_owned(),
        _ => error.to_string(),
    };
    Status::new(code_of(kind), message)
}

/// The gRPC code of a kind.
pub fn code_of(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Malformed | ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Forbidden => Code::PermissionDenied,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Conflict | ErrorKind::Outdated => Code::Aborted,
        ErrorKind::Gone | ErrorKind::PreconditionRequired => Code::FailedPrecondition,
        ErrorKind::RateLimited => Code::ResourceExhausted,
        ErrorKind::Internal => Code::Internal,
        ErrorKind::Unavailable => Code::Unavailable,
    }
}

/// What a status means to the service that called. A caller that is not let in, or
/// speaks another version, may be understood after the next deployment: unavailable.
pub fn kind_of(status: &Status) -> ErrorKind {
    match status.code() {
        Code::InvalidArgument | Code::OutOfRange => ErrorKind::Invalid,
        Code::NotFound => ErrorKind::NotFound,
        Code::Aborted | Code::AlreadyExists => ErrorKind::Conflict,
        Code::FailedPrecondition => ErrorKind::Gone,
        Code::ResourceExhausted => ErrorKind::RateLimited,
        Code::Ok
        | Code::Internal
        | Code::Unknown
        | Code::DataLoss
        | Code::Cancelled
        | Code::Unauthenticated
        | Code::PermissionDenied
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Unavailable => ErrorKind::Unavailable,
    }
}
