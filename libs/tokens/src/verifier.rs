use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::{Coded, ErrorKind};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{AccessClaims, JwksError, JwksSource, LEEWAY, MAX_TOKEN, TYPE};

/// Keys are asked for again when they are this old.
const FRESH: Duration = Duration::from_mins(5);
/// An unknown key id makes us ask again, but no more often than this.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(10);
/// While there are no keys at all, they are asked for no more often than this.
const NO_KEYS_PAUSE: Duration = Duration::from_secs(1);
/// Without new keys for this long, nothing is believed any more.
const STALE: Duration = Duration::from_hours(24);

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is not a valid access token of this system. Which rule it breaks is not told.
    #[error("the access token is missing, malformed, expired or not for this service")]
    Invalid,
    /// There are no keys to verify it with.
    #[error("sign-in cannot be checked at the moment")]
    NoKeys(#[from] JwksError),
}

impl Coded for Refused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid => ErrorKind::Unauthenticated,
            Self::NoKeys(_) => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "unauthenticated",
            Self::NoKeys(_) => "temporarily-unavailable",
        }
    }
}

/// Verifies access tokens, strictly: size, three parts, header, key, signature, claims.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    source: Box<dyn JwksSource>,
    validation: Validation,
    keys: ArcSwapOption<Keys>,
    /// When keys were last asked for, whatever the answer; also lets one ask at a time.
    asked: Mutex<Option<Instant>>,
}

struct Keys {
    set: JwkSet,
    at: Instant,
}

/// The only members that a header may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

impl Verifier {
    /// Believes tokens that `issuer` made for `audience`.
    pub fn new(source: impl JwksSource + 'static, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        Self(Arc::new(Inner {
            source: Box::new(source),
            validation,
            keys: ArcSwapOption::empty(),
            asked: Mutex::new(None),
        }))
    }

    /// Makes sure that there are keys to verify tokens with, so that the first request need
    /// not wait for them.
    pub async fn has_keys(&self) -> Result<(), JwksError> {
        if self.0.keys.load().is_some() {
            return Ok(());
        }
        let mut asked = self.0.asked.lock().await;
        self.0.fetch(&mut asked).await.map(|_| ())
    }

    /// What the token says, if it is to be believed.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, Refused> {
        let header = strict_header(token).ok_or(Refused::Invalid)?;
        let key = self.key(&header.kid).await?;
        let token = jsonwebtoken::decode::<AccessClaims>(token, &key, &self.0.validation);
        token
            .map(|token| token.claims)
            .map_err(|_| Refused::Invalid)
    }

    async fn key(&self, key_id: &str) -> Result<DecodingKey, Refused> {
        let known = self.0.keys.load_full();
        if let Some(keys) = known.filter(|keys| keys.at.elapsed() < FRESH)
            && let Some(jwk) = keys.set.find(key_id)
        {
            return DecodingKey::from_jwk(jwk).map_err(|_| Refused::Invalid);
        }
        let keys = self.refreshed(key_id).await?;
        let jwk = keys.set.find(key_id).ok_or(Refused::Invalid)?;
        DecodingKey::from_jwk(jwk).map_err(|_| Refused::Invalid)
    }

    /// New keys, or those that are known if new ones cannot or need not be had.
    async fn refreshed(&self, key_id: &str) -> Result<Arc<Keys>, Refused> {
        let mut asked = self.0.asked.lock().await;
        let known = self.0.keys.load_full();
        if let Some(keys) = &known {
            let found = keys.set.find(key_id).is_some() && keys.at.elapsed() < FRESH;
            let too_soon = asked.is_some_and(|at| at.elapsed() < UNKNOWN_KEY_PAUSE);
            let stale = keys.at.elapsed() >= STALE;
            if found || too_soon && !stale {
                return Ok(keys.clone());
            }
            if too_soon {
                return Err(JwksError::AskedJustNow.into());
            }
        } else if asked.is_some_and(|at| at.elapsed() < NO_KEYS_PAUSE) {
            return Err(JwksError::AskedJustNow.into());
        }
        match (self.0.fetch(&mut asked).await, known) {
            (Err(error), Some(keys)) if keys.at.elapsed() < STALE => {
                tracing::warn!(error.message = %error, "keys not refreshed");
                Ok(keys)
            }
            (fetched, _) => Ok(fetched?),
        }
    }
}

impl Inner {
    /// New keys, which are kept.
    async fn fetch(&self, asked: &mut Option<Instant>) -> Result<Arc<Keys>, JwksError> {
        let fetched = self.source.fetch().await;
        let at = Instant::now();
        *asked = Some(at);
        let keys = Arc::new(Keys { set: fetched?, at });
        self.keys.store(Some(keys.clone()));
        Ok(keys)
    }
}

/// The header, if the token has the one shape that ours have. Looked at before any key:
/// it names the key, and nothing in it is believed but that.
fn strict_header(token: &str) -> Option<StrictHeader> {
    if token.len() > MAX_TOKEN || token.split('.').count() != 3 {
        return None;
    }
    let header = BASE64_URL_SAFE_NO_PAD
        .decode(token.split('.').next()?)
        .ok()?;
    let header: StrictHeader = serde_json::from_slice(&header).ok()?;
    (header.alg == "EdDSA" && header.typ == TYPE).then_some(header)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;

    struct Away;

    #[async_trait]
    impl JwksSource for Away {
        async fn fetch(&self) -> Result<JwkSet, JwksError> {
            Err(Box::new(tonic::Status::unavailable("away")).into())
        }
    }

    /// Does not answer the first time.
    #[derive(Default)]
    struct Late(AtomicUsize);

    #[async_trait]
    impl JwksSource for Late {
        async fn fetch(&self) -> Result<JwkSet, JwksError> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                1 => Ok(JwkSet { keys: Vec::new() }),
                _ => Away.fetch().await,
            }
        }
    }

    #[tokio::test]
    async fn keys_are_asked_for_until_there_are_some_and_then_kept() {
        let verifier = Verifier::new(Late::default(), "issuer", "audience");
        assert!(verifier.has_keys().await.is_err());
        assert!(verifier.has_keys().await.is_ok());
        assert!(verifier.has_keys().await.is_ok(), "it is not asked again");
    }

    /// Asks thrice for keys that were had so long ago; answers how often they were believed.
    async fn believed(age: Duration) -> usize {
        let verifier = Verifier::new(Away, "issuer", "audience");
        let keys = Keys {
            set: JwkSet { keys: Vec::new() },
            at: Instant::now().checked_sub(age).unwrap(),
        };
        verifier.0.keys.store(Some(Arc::new(keys)));
        let mut believed = 0;
        for _ in 0..3 {
            believed += usize::from(verifier.refreshed("key").await.is_ok());
        }
        believed
    }

    #[tokio::test]
    async fn keys_outlive_an_outage_of_their_source_for_a_day() {
        assert_eq!(believed(STALE / 2).await, 3);
        assert_eq!(believed(STALE).await, 0);
    }
}
