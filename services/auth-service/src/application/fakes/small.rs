use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::Clock;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::application::ports::{AccessTokens, Chance, Grant, Unsigned};

/// Stands still until it is told to go on.
#[derive(Default)]
pub struct FakeClock(AtomicU64);

impl FakeClock {
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-05-01 12:00 UTC) + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Counts, so that it never gives the same bytes twice.
#[derive(Default)]
pub struct FakeChance(AtomicU64);

impl Chance for FakeChance {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let endless = count.iter().cycle();
        bytes
            .iter_mut()
            .zip(endless)
            .for_each(|(to, from)| *to = *from);
    }
}

/// Signs nothing.
pub struct FakeAccessTokens;

impl AccessTokens for FakeAccessTokens {
    fn sign(&self, grant: &Grant) -> Result<String, Unsigned> {
        Ok(format!("access token {}", grant.token))
    }

    fn life(&self) -> Duration {
        Duration::from_mins(5)
    }
}
