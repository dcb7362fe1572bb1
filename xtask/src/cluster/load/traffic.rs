use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::doors::{Door, Doors};
use super::{Reader, Tally};

/// What a reader does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Look,
    List,
    Ask,
    Renew,
}

/// Requests at a constant rate, until it is stopped. It does not wait for answers before it
/// goes on, as people do not wait for each other.
pub struct Traffic {
    stop: oneshot::Sender<()>,
    running: JoinSet<Tally>,
}

impl Traffic {
    /// Begins with all that readers do; they take turns.
    pub fn begin(doors: &Doors, readers: &[Arc<Reader>], per_second: u32) -> Self {
        Self::of(kind, doors, readers, per_second)
    }

    /// Begins with what may fail without consequences. A renewal whose answer is lost must be
    /// tried again within seconds, else it looks like theft.
    pub fn asking(doors: &Doors, readers: &[Arc<Reader>], per_second: u32) -> Self {
        Self::of(harmless, doors, readers, per_second)
    }

    fn of(kind: Kinds, doors: &Doors, readers: &[Arc<Reader>], per_second: u32) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (doors, readers) = (doors.clone(), readers.to_vec());
        let mut running = JoinSet::new();
        running.spawn(run(kind, doors, readers, per_second, stopped));
        Self { stop, running }
    }

    /// Ends, after the last answer; says how it went.
    pub async fn end(mut self) -> anyhow::Result<Tally> {
        let _ended = self.stop.send(());
        let tally = self.running.join_next().await;
        Ok(tally.context("the traffic was running")??)
    }
}

/// What the request with a number is.
type Kinds = fn(usize) -> Kind;

type Done = (String, Duration, anyhow::Result<Option<String>>);

async fn run(
    kind: Kinds,
    doors: Doors,
    readers: Vec<Arc<Reader>>,
    per_second: u32,
    mut stopped: oneshot::Receiver<()>,
) -> Tally {
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut tally, mut open) = (Tally::default(), JoinSet::<Done>::new());
    for number in 0_usize.. {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = &mut stopped => break,
        }
        let Some(reader) = readers.get(number % readers.len().max(1)) else {
            break;
        };
        let order = (kind(number), number.is_multiple_of(2));
        open.spawn(one(doors.clone(), reader.clone(), order, begun));
        while let Some(Ok((what, took, outcome))) = open.try_join_next() {
            tally.count(&what, took, outcome);
        }
    }
    while let Some(Ok((what, took, outcome))) = open.join_next().await {
        tally.count(&what, took, outcome);
    }
    tally
}

/// One request of a kind, on a kept connection or on a fresh one.
async fn one(
    doors: Doors,
    reader: Arc<Reader>,
    (kind, kept): (Kind, bool),
    origin: Instant,
) -> Done {
    let client = |door| {
        if kept {
            doors.kept(door)
        } else {
            doors.fresh(door)
        }
    };
    let begun = Instant::now();
    let outcome = match kind {
        Kind::Look => reader.look(&client(Door::Auth)).await.map(|()| None),
        Kind::Renew => reader.renew(&client(Door::Auth)).await.map(|()| None),
        Kind::List => reader.list(&client(Door::Story)).await.map(|()| None),
        Kind::Ask => reader.ask(&client(Door::Story)).await.map(Some),
    };
    let connection = if kept { "kept" } else { "fresh" };
    let at = (begun - origin).as_secs_f32();
    let what = format!("{kind:?} on a {connection} connection at {at:.1} s");
    (what, begun.elapsed(), outcome)
}

/// Of 25: two ask for a story, three renew their tokens. 25 is odd, so that each kind comes on
/// kept and on fresh connections.
fn kind(number: usize) -> Kind {
    match number % 25 {
        0 | 12 => Kind::Ask,
        4 | 13 | 21 => Kind::Renew,
        other if other.is_multiple_of(3) => Kind::List,
        _ => Kind::Look,
    }
}

fn harmless(number: usize) -> Kind {
    match kind(number) {
        Kind::Renew => Kind::Ask,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_share_on_both_connections() {
        let count = |wanted, rest| {
            (0..50)
                .filter(|it| kind(*it) == wanted && it % 2 == rest)
                .count()
        };
        for rest in [0, 1] {
            assert_eq!(count(Kind::Ask, rest), 2);
            assert_eq!(count(Kind::Renew, rest), 3);
            assert!(count(Kind::List, rest) >= 5);
            assert!(count(Kind::Look, rest) >= 10);
        }
    }
}
