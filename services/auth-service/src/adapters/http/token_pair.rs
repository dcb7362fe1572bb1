use serde::Serialize;
use uuid::Uuid;

use super::refresh_token;
use crate::application::TokenPair;

/// A token pair as clients get it.
#[derive(Serialize)]
pub struct TokenPairView {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
    refresh_expires_in: u64,
    session_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<bool>,
}

impl From<TokenPair> for TokenPairView {
    fn from(pair: TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            token_type: "Bearer",
            expires_in: pair.expires_in.as_secs(),
            refresh_token: refresh_token::write(&pair.refresh_token),
            refresh_expires_in: pair.refresh_expires_in.as_secs(),
            session_id: pair.session.0,
            reused: pair.reused.then_some(true),
        }
    }
}
