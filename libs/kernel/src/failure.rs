/// What went wrong, as a caller sees it. Each edge maps this once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not understood at all, or refused as wrong without more to say. HTTP 400.
    Malformed,
    /// The caller did not prove who it is. HTTP 401.
    Unauthenticated,
    /// The caller may not do this. HTTP 403.
    Forbidden,
    /// The thing asked for is not there, or not the caller's. HTTP 404.
    NotFound,
    /// It clashes with the state of something that exists. HTTP 409.
    Conflict,
    /// It was there, and never will be again. HTTP 410.
    Gone,
    /// The caller acts on an outdated version. HTTP 412.
    Outdated,
    /// The request can never succeed as sent. HTTP 422.
    Invalid,
    /// The caller must say which version it acts on. HTTP 428.
    PreconditionRequired,
    /// Too much at once; later is fine. HTTP 429.
    RateLimited,
    /// A fault of ours. HTTP 500.
    Internal,
    /// A dependency is down; trying again may help. HTTP 503.
    Unavailable,
}

/// A failure with a stable, documented code.
pub trait Coded: std::error::Error {
    /// The kind, which decides status and retry.
    fn kind(&self) -> ErrorKind;

    /// The code clients may match on; never changes once released. Kebab-case for
    /// a whole request, `snake_case` for a single value.
    fn code(&self) -> &'static str;

    /// After how many seconds trying again makes sense, if that is known.
    fn retry_after(&self) -> Option<u32> {
        None
    }
}
