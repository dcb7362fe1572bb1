use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use kernel::{SessionId, UserId};
use problem::Problem;
use time::OffsetDateTime;

use crate::{AccessClaims, Refused, Verifier};

/// Who asks: proven by the access token in `Authorization: Bearer …` (RFC 6750 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// The session of the user.
    pub session: SessionId,
    /// When the token expires.
    pub expires_at: OffsetDateTime,
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or(Refused::Invalid)?;
        let claims = Verifier::from_ref(state).verify(token).await?;
        Ok(Self::try_from(claims)?)
    }
}

impl TryFrom<AccessClaims> for SignedIn {
    type Error = Refused;

    fn try_from(claims: AccessClaims) -> Result<Self, Refused> {
        let expires = i64::try_from(claims.exp).map_err(|_| Refused::Invalid)?;
        Ok(Self {
            user: UserId(claims.sub),
            session: SessionId(claims.sid),
            expires_at: OffsetDateTime::from_unix_timestamp(expires)
                .map_err(|_| Refused::Invalid)?,
        })
    }
}

/// The one token in the one `Authorization` header; the scheme in any case.
fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
