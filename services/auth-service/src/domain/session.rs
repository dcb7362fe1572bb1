use std::cmp::Ordering;
use std::net::IpAddr;
use std::time::Duration;

use kernel::{SessionId, UserId};
use time::OffsetDateTime;

use super::{DisplayName, KeyId, RefreshKey, RefreshKeys, RefreshToken, Seed, TokenHash};

/// How long sessions live, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct SessionRules {
    /// A session ends when it is not refreshed for this long.
    pub idle: Duration,
    /// A session ends at this age in any case.
    pub absolute: Duration,
    /// For how long after a refresh the token before it is answered with the same successor.
    pub grace: Duration,
    /// How many sessions a user may have; the oldest ends for a new one.
    pub most: u32,
}

/// What is known of the device that asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// What its owner calls it.
    pub name: Option<DisplayName>,
    /// What it says it is; cut to a sensible length.
    pub user_agent: Option<String>,
    /// Where it is in the network.
    pub ip: Option<IpAddr>,
}

/// A sign-in that is about to be kept.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub id: SessionId,
    pub seed: Seed,
    pub key: KeyId,
    pub token_hash: TokenHash,
    pub device: Device,
    pub at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    /// How many sessions the user may have, this one included.
    pub most: u32,
}

impl NewSession {
    /// The generation that a session begins with.
    pub const FIRST: u64 = 1;

    /// Begins a session: its row, and the first refresh token of it.
    pub fn begin(
        (id, seed): (SessionId, Seed),
        key: &RefreshKey,
        rules: &SessionRules,
        device: Device,
        at: OffsetDateTime,
    ) -> (Self, RefreshToken) {
        let token = key.token(id, &seed, Self::FIRST);
        let session = Self {
            id,
            seed,
            key: key.id(),
            token_hash: token.hash(),
            device,
            at,
            expires_at: expiry(rules, at, at),
            most: rules.most,
        };
        (session, token)
    }
}

/// A session as it is kept, with whether its user may still sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub seed: Seed,
    pub generation: u64,
    pub token_hash: TokenHash,
    pub created_at: OffsetDateTime,
    pub rotated_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub revoked: bool,
    pub user_active: bool,
}

/// What a refresh token is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is the present one: this is its successor, which lives until then.
    Rotate(RefreshToken, OffsetDateTime),
    /// It was replaced a moment ago: the same successor again.
    Repeat(RefreshToken),
    /// It was genuine once and is used again: somebody has a copy.
    Replayed,
    /// It is worth nothing, and says nothing about the session.
    Refuse(&'static str),
}

impl Session {
    /// Judges a token that says it belongs to this session.
    pub fn judge(
        &self,
        token: &RefreshToken,
        keys: &RefreshKeys,
        rules: &SessionRules,
        now: OffsetDateTime,
    ) -> Judgement {
        if !keys.made(token, &self.seed) {
            return Judgement::Refuse("not authentic");
        }
        if self.revoked {
            return Judgement::Refuse("session ended");
        }
        if self.expires_at <= now {
            return Judgement::Refuse("session expired");
        }
        if !self.user_active {
            return Judgement::Refuse("user not active");
        }
        let in_grace = now <= self.rotated_at + rules.grace;
        match token.generation().cmp(&self.generation) {
            Ordering::Equal if token.hash() == self.token_hash => {
                let next = self.generation.saturating_add(1);
                let successor = keys.current.token(self.id, &self.seed, next);
                Judgement::Rotate(successor, expiry(rules, self.created_at, now))
            }
            Ordering::Less
                if in_grace && token.generation().checked_add(1) == Some(self.generation) =>
            {
                let present = (self.generation, self.token_hash);
                let again = keys.again(self.id, &self.seed, present);
                again.map_or(Judgement::Refuse("not issued"), Judgement::Repeat)
            }
            Ordering::Less => Judgement::Replayed,
            Ordering::Equal | Ordering::Greater => Judgement::Refuse("not issued"),
        }
    }
}

/// When a session ends that is used now.
fn expiry(rules: &SessionRules, created: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    (now + rules.idle).min(created + rules.absolute)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    const RULES: SessionRules = SessionRules {
        idle: Duration::from_hours(14 * 24),
        absolute: Duration::from_hours(90 * 24),
        grace: Duration::from_secs(10),
        most: 20,
    };
    const NOW: OffsetDateTime = datetime!(2026-05-01 12:00 UTC);

    fn key() -> RefreshKey {
        RefreshKey::new(b"key")
    }

    /// Those of one key, or with another beside it.
    fn keys(current: &[u8], other: Option<&[u8]>) -> RefreshKeys {
        RefreshKeys {
            current: RefreshKey::new(current),
            other: other.map(RefreshKey::new),
        }
    }

    fn session(generation: u64) -> Session {
        let id = SessionId(Uuid::from_u128(5));
        let seed = Seed([3; 32]);
        Session {
            id,
            user: UserId(Uuid::from_u128(6)),
            seed,
            generation,
            token_hash: key().token(id, &seed, generation).hash(),
            created_at: NOW,
            rotated_at: NOW,
            expires_at: NOW + RULES.idle,
            revoked: false,
            user_active: true,
        }
    }

    fn token(generation: u64) -> RefreshToken {
        key().token(session(1).id, &session(1).seed, generation)
    }

    #[track_caller]
    fn check(session: &Session, generation: u64, after: u64, expected: &Judgement) {
        let now = NOW + Duration::from_secs(after);
        assert_eq!(
            session.judge(&token(generation), &keys(b"key", None), &RULES, now),
            *expected
        );
    }

    #[test]
    fn the_present_token_gets_its_successor() {
        let until = NOW + Duration::from_mins(1) + RULES.idle;
        check(&session(7), 7, 60, &Judgement::Rotate(token(8), until));
    }

    #[test]
    fn the_one_before_gets_the_same_successor_within_the_grace() {
        check(&session(8), 7, 0, &Judgement::Repeat(token(8)));
        check(&session(8), 7, 10, &Judgement::Repeat(token(8)));
        check(&session(8), 7, 11, &Judgement::Replayed);
    }

    #[test]
    fn older_ones_are_replays_even_within_the_grace() {
        check(&session(8), 6, 0, &Judgement::Replayed);
        check(&session(8), 1, 0, &Judgement::Replayed);
    }

    #[test]
    fn what_was_never_issued_is_refused() {
        check(&session(7), 8, 0, &Judgement::Refuse("not issued"));
        check(&session(7), u64::MAX, 0, &Judgement::Refuse("not issued"));
    }

    #[test]
    fn nothing_is_worth_anything_when_the_session_is_over() {
        let revoked = Session {
            revoked: true,
            ..session(7)
        };
        let disabled = Session {
            user_active: false,
            ..session(7)
        };
        for generation in [6, 7] {
            check(&revoked, generation, 0, &Judgement::Refuse("session ended"));
            check(
                &disabled,
                generation,
                0,
                &Judgement::Refuse("user not active"),
            );
            check(
                &session(7),
                generation,
                14 * 86_400,
                &Judgement::Refuse("session expired"),
            );
        }
    }

    #[test]
    fn forged_tokens_are_refused_whatever_they_claim() {
        let other_key = RefreshKey::new(b"forger");
        for generation in [0, 6, 7, 8, u64::MAX] {
            let forged = other_key.token(session(7).id, &session(7).seed, generation);
            let judged = session(7).judge(&forged, &keys(b"key", None), &RULES, NOW);
            assert_eq!(judged, Judgement::Refuse("not authentic"));
        }
    }

    #[test]
    fn no_session_outlives_its_absolute_age() {
        let old = Session {
            created_at: NOW - Duration::from_hours(89 * 24),
            ..session(7)
        };
        check(
            &old,
            7,
            0,
            &Judgement::Rotate(token(8), NOW + Duration::from_hours(24)),
        );
    }

    #[test]
    fn a_token_of_the_other_key_is_replaced_by_one_of_the_current() {
        let keys = keys(b"next", Some(b"key"));
        let Judgement::Rotate(successor, _) = session(7).judge(&token(7), &keys, &RULES, NOW)
        else {
            panic!("it is believed");
        };
        assert!(keys.current.made(&successor, &session(7).seed));
        assert_eq!(successor.generation(), 8);
    }

    #[test]
    fn who_lost_a_successor_gets_the_same_whichever_key_made_it() {
        for keys in [keys(b"next", Some(b"key")), keys(b"key", Some(b"next"))] {
            let judged = session(7).judge(&token(6), &keys, &RULES, NOW);
            assert!(matches!(judged, Judgement::Repeat(again) if again == token(7)));
        }
    }
}
