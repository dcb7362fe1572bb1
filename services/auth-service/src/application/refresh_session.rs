use std::net::IpAddr;
use std::sync::Arc;

use kernel::{Clock, Coded, ErrorKind};
use time::OffsetDateTime;

use super::ports::{Rotation, Sessions, Unavailable, Unsigned};
use super::token_pairs::Issue;
use super::{TokenPair, TokenPairs};
use crate::domain::{Judgement, RefreshToken, Session};

/// A client exchanges its refresh token for the next one and a fresh access token.
#[derive(Clone)]
pub struct RefreshSession {
    sessions: Arc<dyn Sessions>,
    pairs: TokenPairs,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum RefreshSessionError {
    #[error("the refresh token is unknown, expired, revoked or was used before")]
    InvalidToken,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
}

impl Coded for RefreshSessionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidToken => ErrorKind::Unauthenticated,
            Self::Unavailable(cause) => cause.kind(),
            Self::Unsigned(cause) => cause.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid-refresh-token",
            Self::Unavailable(cause) => cause.code(),
            Self::Unsigned(cause) => cause.code(),
        }
    }
}

impl RefreshSession {
    /// How often a session is looked at again because another request was faster. One
    /// more is enough; the rest is for the unforeseen.
    const LOOKS: u32 = 4;

    pub fn new(sessions: Arc<dyn Sessions>, pairs: TokenPairs, clock: Arc<dyn Clock>) -> Self {
        Self {
            sessions,
            pairs,
            clock,
        }
    }

    #[tracing::instrument(skip_all, fields(session.id = %token.session().0))]
    pub async fn run(
        &self,
        token: &RefreshToken,
        ip: Option<IpAddr>,
    ) -> Result<TokenPair, RefreshSessionError> {
        for _ in 0..Self::LOOKS {
            let Some(session) = self.sessions.find(token.session()).await? else {
                return Err(refused("unknown session"));
            };
            let now = self.clock.now();
            match session.judge(token, &self.pairs.keys, &self.pairs.rules, now) {
                Judgement::Rotate(successor, until) => {
                    let rotation = self.rotation(&session, token, (&successor, until), (now, ip));
                    if self.sessions.rotate(&rotation).await? {
                        let issue = issue(&session, successor, (until, now));
                        return Ok(self.pairs.issue(issue)?);
                    }
                }
                Judgement::Repeat(successor) => {
                    let issue = issue(&session, successor, (session.expires_at, now));
                    let pair = self.pairs.issue(issue)?;
                    return Ok(TokenPair {
                        reused: true,
                        ..pair
                    });
                }
                Judgement::Replayed => {
                    let ended = self.sessions.end_replayed(session.id, ip, now).await?;
                    log_replay(&session, ended);
                    return Err(RefreshSessionError::InvalidToken);
                }
                Judgement::Refuse(reason) => return Err(refused(reason)),
            }
        }
        Err(refused("outrun"))
    }

    fn rotation(
        &self,
        session: &Session,
        token: &RefreshToken,
        (successor, until): (&RefreshToken, OffsetDateTime),
        (at, ip): (OffsetDateTime, Option<IpAddr>),
    ) -> Rotation {
        Rotation {
            session: session.id,
            from: (token.generation(), token.hash()),
            to: (successor.hash(), self.pairs.keys.current.id()),
            at,
            expires_at: until,
            ip,
        }
    }
}

fn issue(
    session: &Session,
    refresh_token: RefreshToken,
    (expires_at, at): (OffsetDateTime, OffsetDateTime),
) -> Issue {
    Issue {
        user: session.user,
        session: session.id,
        refresh_token,
        expires_at,
        signed_in_at: session.created_at,
        at,
    }
}

fn refused(reason: &'static str) -> RefreshSessionError {
    tracing::info!(
        event.kind = "event",
        event.category = "session",
        event.action = "refresh",
        event.outcome = "failure",
        event.reason = reason,
        "refresh refused"
    );
    RefreshSessionError::InvalidToken
}

fn log_replay(session: &Session, ended: bool) {
    tracing::warn!(
        event.kind = "event",
        event.category = "session",
        event.action = "refresh-reuse",
        event.outcome = "failure",
        user.id = %session.user.0,
        session.ended = ended,
        "refresh token was used twice"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::World;
    use crate::domain::Mail;

    #[tokio::test]
    async fn each_token_gets_its_successor_once() {
        let (world, pair) = World::signed_in().await;
        let second = world.refresh(&pair.refresh_token).await.unwrap();
        let again = world.refresh(&pair.refresh_token).await.unwrap();
        assert!(!second.reused && again.reused);
        assert_eq!(second.refresh_token, again.refresh_token);
        let third = world.refresh(&second.refresh_token).await.unwrap();
        assert_ne!(second.refresh_token, third.refresh_token);
    }

    #[tokio::test]
    async fn a_token_used_again_after_the_grace_ends_the_session_and_tells_the_user() {
        let (world, pair) = World::signed_in().await;
        let second = world.refresh(&pair.refresh_token).await.unwrap();
        world.clock.advance(11);
        world.refresh(&pair.refresh_token).await.unwrap_err();
        world.refresh(&second.refresh_token).await.unwrap_err();
        world.refresh(&pair.refresh_token).await.unwrap_err();
        let notice = Mail::SecurityNotice(world.user("mira@example.org").await);
        let notices = world
            .accounts
            .mails()
            .into_iter()
            .filter(|mail| *mail == notice);
        assert_eq!(notices.count(), 1);
    }

    #[tokio::test]
    async fn a_token_two_generations_old_ends_the_session_at_once() {
        let (world, pair) = World::signed_in().await;
        let second = world.refresh(&pair.refresh_token).await.unwrap();
        let third = world.refresh(&second.refresh_token).await.unwrap();
        world.refresh(&pair.refresh_token).await.unwrap_err();
        world.refresh(&third.refresh_token).await.unwrap_err();
    }

    #[tokio::test]
    async fn a_forged_token_changes_nothing() {
        let (world, pair) = World::signed_in().await;
        let mut bytes = pair.refresh_token.to_bytes();
        bytes[RefreshToken::LENGTH - 1] ^= 1;
        let forged = RefreshToken::from_bytes(&bytes).unwrap();
        world.refresh(&forged).await.unwrap_err();
        world.refresh(&pair.refresh_token).await.unwrap();
    }

    #[tokio::test]
    async fn a_disabled_user_refreshes_no_more() {
        let (world, pair) = World::signed_in().await;
        world.accounts.disable(world.user("mira@example.org").await);
        world.refresh(&pair.refresh_token).await.unwrap_err();
    }

    #[tokio::test]
    async fn an_idle_session_ends() {
        let (world, pair) = World::signed_in().await;
        world.clock.advance(14 * 86_400);
        world.refresh(&pair.refresh_token).await.unwrap_err();
    }

    #[tokio::test]
    async fn whatever_the_order_no_more_than_one_generation_lives() {
        let (world, pair) = World::signed_in().await;
        let second = world.refresh(&pair.refresh_token).await.unwrap();
        let third = world.refresh(&second.refresh_token).await.unwrap();
        world.clock.advance(11);
        let live = [&pair, &second, &third].map(|pair| &pair.refresh_token);
        let mut answers = 0;
        for token in live.into_iter().rev() {
            answers += u32::from(world.refresh(token).await.is_ok());
        }
        assert_eq!(answers, 1);
    }
}
