//! Every problem code there is, with its page.

use axum::http::StatusCode;
use kernel::ErrorKind;

/// A kind of problem that clients may match on.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable, kebab-case.
    pub name: &'static str,
    /// The HTTP status it always comes with.
    pub status: StatusCode,
    /// What went wrong, in a few words.
    pub title: &'static str,
    /// What it means and what a client can do about it.
    pub about: &'static str,
}

macro_rules! codes {
    ($($constant:ident $name:literal $status:ident $title:literal $about:literal)*) => {
        $(
            #[doc = $title]
            pub static $constant: Code = Code {
                name: $name,
                status: StatusCode::$status,
                title: $title,
                about: $about,
            };
        )*
        /// All of them.
        pub static ALL: &[&Code] = &[$(&$constant),*];
    };
}

codes! {
    MALFORMED_JSON "malformed-json" BAD_REQUEST "The body is not JSON"
        "The body could not be read as JSON (RFC 8259): a bracket or a quotation mark is missing, the text is not UTF-8, or it is nested too deeply. Check what is sent; `detail` says where reading stopped."
    INVALID_CODE "invalid-code" BAD_REQUEST "The code is wrong"
        "The code does not belong to this registration. `attempts_left` says how many tries remain; after the last one the code is void. Compare with the newest mail: a code that was sent again replaces the one before."
    UNAUTHENTICATED "unauthenticated" UNAUTHORIZED "Not signed in"
        "The request needs a valid access token in `Authorization: Bearer …`. The token is missing, malformed or expired. Refresh it, or sign in again."
    INVALID_CREDENTIALS "invalid-credentials" UNAUTHORIZED "Address or password is wrong"
        "There is no account with this address and this password. Which of the two is wrong is not told, on purpose."
    INVALID_REFRESH_TOKEN "invalid-refresh-token" UNAUTHORIZED "The refresh token is not valid"
        "The refresh token is unknown, expired, revoked, or was used before. Sign in again. If a token was used twice, its session has ended and the owner of the account was told by mail."
    FORBIDDEN "forbidden" FORBIDDEN "Not allowed"
        "The account is known but may not do this."
    NOT_FOUND "not-found" NOT_FOUND "Not found"
        "There is nothing at this address, or nothing that belongs to you."
    METHOD_NOT_ALLOWED "method-not-allowed" METHOD_NOT_ALLOWED "This address does not take the method"
        "The address exists but not with this method. The `Allow` header lists those that it takes."
    NOT_ACCEPTABLE "not-acceptable" NOT_ACCEPTABLE "No such representation"
        "None of the media types in `Accept` can be made here. Most answers are `application/json`; the content of a story is also `text/plain`, `text/markdown` and `text/html`."
    REQUEST_TIMEOUT "request-timeout" REQUEST_TIMEOUT "The body took too long to arrive"
        "The body must have arrived ten seconds after the head of the request. Send it again, over a better connection if need be."
    CONFLICT "conflict" CONFLICT "It clashes with the present state"
        "The thing is in a state that does not allow this, such as a finished story that is to be cancelled, or the same request is still being worked on. Read its state again."
    STORY_NOT_READY "story-not-ready" CONFLICT "The story is not written yet"
        "The content is there once `status` is `ready` or `delivered`. Follow `/v1/stories/{id}/events`, or ask again after a moment."
    CODE_EXPIRED "code-expired" GONE "The code is void"
        "The code has expired, was used, or was tried too often. Register again to get a new one."
    PRECONDITION_FAILED "precondition-failed" PRECONDITION_FAILED "Somebody changed it meanwhile"
        "`If-Match` or `If-None-Match` does not fit the present version. Get it again, apply the change to what it is now, and send it with the new `ETag`."
    BODY_TOO_LARGE "body-too-large" PAYLOAD_TOO_LARGE "The body is too large"
        "Bodies may have up to 16 KiB for accounts and up to 64 KiB for stories."
    URI_TOO_LONG "uri-too-long" URI_TOO_LONG "The address is too long"
        "Path and query together may have up to 8 KiB. No address of this API is nearly as long."
    UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE "The body is not declared as JSON"
        "Bodies need `Content-Type: application/json`; a PATCH may also have `application/merge-patch+json`."
    VALIDATION_FAILED "validation-failed" UNPROCESSABLE_ENTITY "A value is not allowed"
        "The JSON is well formed, but something in it is not allowed. `errors` lists all of it: `pointer` says where (RFC 6901; a query parameter is `?name`), `code` what, `detail` in words."
    WEAK_PASSWORD "weak-password" UNPROCESSABLE_ENTITY "The password is too easy to guess"
        "Passwords have 12 to 128 characters and withstand guessing: no common words or patterns, nothing from the address or the name. There are no rules about digits or symbols. `errors` says what was found."
    IDEMPOTENCY_KEY_REUSED "idempotency-key-reused" UNPROCESSABLE_ENTITY "The key was used for another request"
        "This `Idempotency-Key` came with a different body before. Use a new key for a new request."
    PRECONDITION_REQUIRED "precondition-required" PRECONDITION_REQUIRED "Say which version is meant"
        "The change needs `If-Match` with the `ETag` of what it is based on, so that nobody's change is lost; the first preferences need `If-None-Match: *`."
    RATE_LIMITED "rate-limited" TOO_MANY_REQUESTS "Too many requests"
        "Wait for as many seconds as `Retry-After` says. `RateLimit` and `RateLimit-Policy` tell what is left and what the limit is."
    QUOTA_EXCEEDED "quota-exceeded" TOO_MANY_REQUESTS "The day's stories are used up"
        "The account has asked for as many stories as it may in a day. `Retry-After` says when there will be more."
    INTERNAL_ERROR "internal-error" INTERNAL_SERVER_ERROR "A fault on our side"
        "Something went wrong that should not. It has been logged under `request_id`; quote it when you report the fault."
    TEMPORARILY_UNAVAILABLE "temporarily-unavailable" SERVICE_UNAVAILABLE "Not possible at the moment"
        "Something that is needed is away or very busy. Nothing was lost. Try again after `Retry-After` seconds, with the same `Idempotency-Key` where there was one."
}

/// The code of that name.
pub fn find(name: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.name == name)
}

/// The code that says no more than the kind does.
pub(crate) fn of_kind(kind: ErrorKind) -> &'static Code {
    match kind {
        ErrorKind::Malformed => &MALFORMED_JSON,
        ErrorKind::Unauthenticated => &UNAUTHENTICATED,
        ErrorKind::Forbidden => &FORBIDDEN,
        ErrorKind::NotFound => &NOT_FOUND,
        ErrorKind::Conflict => &CONFLICT,
        ErrorKind::Gone => &CODE_EXPIRED,
        ErrorKind::Outdated => &PRECONDITION_FAILED,
        ErrorKind::Invalid => &VALIDATION_FAILED,
        ErrorKind::PreconditionRequired => &PRECONDITION_REQUIRED,
        ErrorKind::RateLimited => &RATE_LIMITED,
        ErrorKind::Internal => &INTERNAL_ERROR,
        ErrorKind::Unavailable => &TEMPORARILY_UNAVAILABLE,
    }
}
