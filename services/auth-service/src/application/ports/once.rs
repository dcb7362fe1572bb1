use time::OffsetDateTime;

use crate::domain::Fingerprint;

/// A request that may be sent again, to be kept with what is answered to it.
#[derive(Debug, Clone)]
pub struct Once {
    /// Whose request it is.
    pub owner: String,
    /// What is asked for.
    pub route: &'static str,
    /// The caller's name for the request.
    pub key: String,
    /// Tells the request from others of the same name.
    pub fingerprint: Fingerprint,
    /// What is answered, now and then.
    pub answer: Answer,
    /// Until when it is kept.
    pub expires_at: OffsetDateTime,
}

/// An answer as it left the service. Use cases do not look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}
