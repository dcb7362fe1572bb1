use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an access token says. Neither address nor name: it is not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it: the public URL of the system.
    pub iss: String,
    /// The user.
    pub sub: Uuid,
    /// Which services it is for.
    pub aud: Audience,
    /// When it expires, in seconds since 1970.
    pub exp: u64,
    /// From when on it holds.
    pub nbf: u64,
    /// When it was issued.
    pub iat: u64,
    /// Names this token.
    pub jti: Uuid,
    /// The session it belongs to.
    pub sid: Uuid,
    /// The client software.
    pub client_id: String,
    /// What it allows, separated by spaces.
    pub scope: String,
    /// When the password was last given.
    pub auth_time: u64,
    /// How sure the sign-in was.
    pub acr: String,
    /// How the user signed in (RFC 8176).
    pub amr: Vec<String>,
}

/// The services that a token is for; always a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Audience(pub Vec<String>);
