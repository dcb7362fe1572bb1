//! Access tokens as JWTs.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokens::{AccessClaims, Audience, Signer};

use crate::application::ports::{AccessTokens, Grant, Unsigned};

/// Signs access tokens for every service of the system.
pub struct JwtAccessTokens {
    signer: Signer,
    issuer: Arc<str>,
    life: Duration,
}

impl JwtAccessTokens {
    /// Which services take the tokens.
    const AUDIENCE: [&str; 3] = ["auth-service", "story-service", "notification-service"];
    /// The one kind of client that there is: people, through whatever they use.
    const CLIENT: &str = "storyloom";

    pub fn new(signer: Signer, issuer: Arc<str>, life: Duration) -> Self {
        Self {
            signer,
            issuer,
            life,
        }
    }
}

impl AccessTokens for JwtAccessTokens {
    fn sign(&self, grant: &Grant) -> Result<String, Unsigned> {
        let at = seconds(grant.at);
        let claims = AccessClaims {
            iss: self.issuer.to_string(),
            sub: grant.user.0,
            aud: Audience(Self::AUDIENCE.map(str::to_owned).to_vec()),
            exp: at.saturating_add(self.life.as_secs()),
            nbf: at,
            iat: at,
            jti: grant.token,
            sid: grant.session.0,
            client_id: Self::CLIENT.to_owned(),
            scope: String::new(),
            auth_time: seconds(grant.signed_in_at),
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
        };
        self.signer
            .sign(&claims)
            .map_err(|error| Unsigned(error.into()))
    }

    fn life(&self) -> Duration {
        self.life
    }
}

fn seconds(at: OffsetDateTime) -> u64 {
    u64::try_from(at.unix_timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kernel::{Clock as _, SessionId, SystemClock, UserId};
    use tokens::{SignedIn, StaticJwks, Verifier};
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn every_service_believes_the_token() {
        let signer = Signer::from_pem(&testkit::signing_key_pem()).unwrap();
        let jwks = signer.jwks();
        let life = Duration::from_mins(5);
        let tokens = JwtAccessTokens::new(signer, "http://localhost".into(), life);
        let grant = Grant {
            token: Uuid::from_u128(1),
            user: UserId(Uuid::from_u128(2)),
            session: SessionId(Uuid::from_u128(3)),
            at: SystemClock.now(),
            signed_in_at: SystemClock.now() - Duration::from_mins(1),
        };
        let token = tokens.sign(&grant).unwrap();
        for audience in JwtAccessTokens::AUDIENCE {
            let keys = StaticJwks(jwks.clone());
            let claims = Verifier::new(keys, "http://localhost", audience)
                .verify(&token)
                .await;
            let claims = claims.unwrap();
            assert_eq!(
                (claims.exp - claims.iat, claims.iat - claims.auth_time),
                (300, 60)
            );
            let signed_in = SignedIn::try_from(claims).unwrap();
            assert_eq!(
                (signed_in.user, signed_in.session),
                (grant.user, grant.session)
            );
        }
    }
}
