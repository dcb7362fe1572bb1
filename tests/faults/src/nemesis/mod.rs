//! What happens to the world: a seed decides what, to whom, and for how long.

mod crowds;
mod kind;
mod servers;
mod strike;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

pub use self::kind::Fault;
use crate::world::World;

/// A source of misfortune.
#[derive(Debug)]
pub struct Nemesis {
    rng: StdRng,
    /// How often it struck.
    pub strikes: usize,
}

impl Nemesis {
    /// One that does the same for the same seed.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            strikes: 0,
        }
    }

    /// Strikes with one of `faults` after the other for this long. Whatever it broke is whole
    /// again when it comes back.
    pub async fn rage(
        &mut self,
        world: &mut World,
        faults: &[Fault],
        length: Duration,
    ) -> anyhow::Result<()> {
        let end = Instant::now() + length;
        while Instant::now() < end {
            let fault = faults.get(self.rng.random_range(0..faults.len()));
            let Some(fault) = fault.copied() else {
                break;
            };
            world.revive()?;
            self.strike(world, fault).await?;
            self.strikes += 1;
            // Its own pause: what broke gets more or less time to mend.
            self.rest(100..1_500).await;
        }
        Ok(())
    }

    /// How long a fault lasts, or the peace after it, is what a nemesis decides: these sleeps
    /// wait for nothing.
    async fn rest(&mut self, millis: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.rng.random_range(millis))).await;
    }
}
