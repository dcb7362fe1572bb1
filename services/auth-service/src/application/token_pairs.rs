use std::sync::Arc;
use std::time::Duration;

use kernel::{Ids, SessionId, UserId};
use time::OffsetDateTime;

use super::ports::{AccessTokens, Chance, Grant, Unsigned};
use crate::domain::{Device, NewSession, RefreshKeys, RefreshToken, Seed, SessionRules};

/// What a client gets when it signs in or refreshes.
#[derive(Debug, Clone)]
pub struct TokenPair {
    pub access_token: String,
    pub expires_in: Duration,
    pub refresh_token: RefreshToken,
    pub refresh_expires_in: Duration,
    pub session: SessionId,
    /// Whether the refresh token was given out before.
    pub reused: bool,
}

/// Makes token pairs; shared by the use cases that hand them out.
#[derive(Clone)]
pub struct TokenPairs {
    pub(super) keys: RefreshKeys,
    pub(super) rules: SessionRules,
    access: Arc<dyn AccessTokens>,
    chance: Arc<dyn Chance>,
    ids: Arc<dyn Ids>,
}

/// The refresh token of a pair and what it belongs to.
pub(super) struct Issue {
    pub user: UserId,
    pub session: SessionId,
    pub refresh_token: RefreshToken,
    pub expires_at: OffsetDateTime,
    pub signed_in_at: OffsetDateTime,
    pub at: OffsetDateTime,
}

impl TokenPairs {
    /// Pairs whose refresh tokens are signed with the current key and live by `rules`.
    pub fn new(
        keys: RefreshKeys,
        rules: SessionRules,
        access: Arc<dyn AccessTokens>,
        (chance, ids): (Arc<dyn Chance>, Arc<dyn Ids>),
    ) -> Self {
        Self {
            keys,
            rules,
            access,
            chance,
            ids,
        }
    }

    /// A new session, still to be kept, and its first refresh token.
    pub(super) fn begin(&self, device: Device, at: OffsetDateTime) -> (NewSession, RefreshToken) {
        let mut seed = Seed([0; 32]);
        self.chance.fill(&mut seed.0);
        let id = SessionId(self.ids.next());
        NewSession::begin((id, seed), &self.keys.current, &self.rules, device, at)
    }

    /// The pair for a session that was just kept.
    pub(super) fn first(
        &self,
        user: UserId,
        session: &NewSession,
        refresh_token: RefreshToken,
    ) -> Result<TokenPair, Unsigned> {
        self.issue(Issue {
            user,
            session: session.id,
            refresh_token,
            expires_at: session.expires_at,
            signed_in_at: session.at,
            at: session.at,
        })
    }

    /// A pair with a fresh access token.
    pub(super) fn issue(&self, issue: Issue) -> Result<TokenPair, Unsigned> {
        let access_token = self.access.sign(&Grant {
            token: self.ids.next(),
            user: issue.user,
            session: issue.session,
            at: issue.at,
            signed_in_at: issue.signed_in_at,
        })?;
        Ok(TokenPair {
            access_token,
            expires_in: self.access.life(),
            refresh_token: issue.refresh_token,
            refresh_expires_in: Duration::try_from(issue.expires_at - issue.at).unwrap_or_default(),
            session: issue.session,
            reused: false,
        })
    }
}
