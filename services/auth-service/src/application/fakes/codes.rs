use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::application::ports::{Attempt, Codes, Try, Unavailable, contract};
use crate::domain::{CodeHash, RegistrationId};

/// Keeps hashes and tries, for ever.
#[derive(Default)]
pub struct FakeCodes(Mutex<State>);

#[derive(Default)]
struct State {
    hashes: HashMap<RegistrationId, CodeHash>,
    tries: HashMap<RegistrationId, u32>,
    away: bool,
}

impl FakeCodes {
    pub fn go_away(&self) {
        self.state().away = true;
    }

    pub fn lose_everything(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn there(&self) -> Result<MutexGuard<'_, State>, Unavailable> {
        let state = self.state();
        if state.away {
            return Err(Unavailable("away".into()));
        }
        Ok(state)
    }
}

#[async_trait]
impl Codes for FakeCodes {
    async fn keep(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        _: Duration,
    ) -> Result<(), Unavailable> {
        self.there()?.hashes.entry(flow).or_insert(hash);
        Ok(())
    }

    async fn replace(
        &self,
        flow: RegistrationId,
        hash: CodeHash,
        _: Duration,
    ) -> Result<(), Unavailable> {
        self.there()?.hashes.insert(flow, hash);
        Ok(())
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Try, Unavailable> {
        let mut state = self.there()?;
        state.hashes.insert(attempt.flow, attempt.expected);
        let tries = state.tries.entry(attempt.flow).or_default();
        if *tries == attempt.most {
            return Ok(Try::Exhausted);
        }
        if attempt.expected == attempt.presented {
            return Ok(Try::Right(attempt.most - *tries));
        }
        *tries += 1;
        Ok(Try::Wrong(attempt.most - *tries))
    }

    async fn forget(&self, flow: RegistrationId) -> Result<(), Unavailable> {
        let mut state = self.there()?;
        state.hashes.remove(&flow);
        state.tries.remove(&flow);
        Ok(())
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    contract::codes(&FakeCodes::default()).await;
}
