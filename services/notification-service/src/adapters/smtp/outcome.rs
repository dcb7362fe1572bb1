use std::sync::{Arc, Mutex, PoisonError};

use crate::application::ports::SendError;

/// How the mail server was when it was last talked to. Cheap to clone; all clones tell the
/// same.
#[derive(Debug, Clone, Default)]
pub struct MailServerState(Arc<Mutex<Option<&'static str>>>);

impl MailServerState {
    /// What was wrong with the server the last time, if anything was. It says nothing of a
    /// mail; before the first one, nothing is held against the server.
    pub fn check(&self) -> Result<(), &'static str> {
        let trouble = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.map_or(Ok(()), Err)
    }

    /// Keeps what an answer says about the server. One that refuses a mail works.
    pub(super) fn note<T>(&self, answer: &Result<T, SendError>) {
        let trouble = match answer {
            Err(SendError::Unavailable(_)) => Some("it was away or refused us"),
            Err(SendError::Unanswered(_)) => Some("it did not answer after a letter"),
            // Was not talked to.
            Err(SendError::Unsendable(_)) => return,
            Ok(_) | Err(SendError::NotNow(_) | SendError::Never(_)) => None,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}
