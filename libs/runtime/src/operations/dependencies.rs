use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kernel::{Clock as _, SystemClock};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);
const AT_MOST: Duration = Duration::from_secs(1);

/// What it means when a dependency is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Hardly anything works without it: the process reports itself as down.
    Needed,
    /// Much works without it.
    Useful,
}

/// Whether something is reachable; the error says why it is not.
pub(crate) type Check = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// What the process depends on, and how that was when it was last looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependencies(Arc<Mutex<BTreeMap<&'static str, Dependency>>>);

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Dependency {
    state: State,
    needed: bool,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    latency_ms: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Up,
    Down,
}

/// How the dependencies are, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Overall {
    Up,
    Degraded,
    Down,
}

impl Dependencies {
    /// Lists one, as down until it has been looked at.
    pub(crate) fn list(&self, name: &'static str, need: Need) {
        let dependency = Dependency {
            state: State::Down,
            needed: need == Need::Needed,
            since: SystemClock.now(),
            latency_ms: None,
        };
        self.locked(|all| all.insert(name, dependency));
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> BTreeMap<&'static str, Dependency> {
        self.locked(|all| all.clone())
    }

    /// Which of them are up.
    pub(crate) fn up(&self) -> Vec<(&'static str, bool)> {
        let up = |(name, it): (&&'static str, &Dependency)| (*name, it.state == State::Up);
        self.locked(|all| all.iter().map(up).collect())
    }

    /// `Down` if one that is needed is down, `Degraded` if any other is.
    pub(crate) fn overall(&self) -> Overall {
        self.locked(|all| {
            let down = |it: &&Dependency| it.state == State::Down;
            let needed = |it: &Dependency| it.needed;
            match all.values().filter(down).map(needed).max() {
                None => Overall::Up,
                Some(false) => Overall::Degraded,
                Some(true) => Overall::Down,
            }
        })
    }

    /// Looks at one each second until told to stop.
    pub(crate) async fn watch(self, name: &'static str, check: Check, stop: CancellationToken) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = false;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let began = Instant::now();
            let answer = timeout(AT_MOST, check()).await;
            let found = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
            self.note(name, &found, began.elapsed(), known);
            known = true;
        }
    }

    fn note(&self, name: &'static str, found: &Result<(), String>, took: Duration, known: bool) {
        let state = if found.is_ok() {
            State::Up
        } else {
            State::Down
        };
        let changed = self.locked(|all| {
            let dependency = all.get_mut(name)?;
            let changed = dependency.state != state;
            if changed {
                dependency.state = state;
                dependency.since = SystemClock.now();
            }
            let milliseconds = (took.as_secs_f64() * 1e6).round() / 1e3;
            dependency.latency_ms = found.is_ok().then_some(milliseconds);
            Some(changed)
        });
        match found {
            Err(why) if changed == Some(true) || !known => {
                tracing::warn!(
                    dependency = name,
                    error.message = why,
                    "dependency went down"
                );
            }
            Ok(()) if changed == Some(true) && known => {
                tracing::info!(dependency = name, "dependency came back");
            }
            _ => {}
        }
    }

    fn locked<T>(&self, look: impl FnOnce(&mut BTreeMap<&'static str, Dependency>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Any fallible question as a [`Check`].
pub(crate) fn check<F, E>(question: impl Fn() -> F + Send + Sync + 'static) -> Check
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display,
{
    Box::new(move || {
        let asked = question();
        Box::pin(async move { asked.await.map_err(|error| error.to_string()) })
    })
}
