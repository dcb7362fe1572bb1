use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::books::Books;
use crate::check::check;
use crate::keda::{self, Watch};
use crate::nemesis::Nemesis;
use crate::producer::produce;
use crate::scenario::Scenario;
use crate::world::{Actor, Role, World};

/// How long everything may take to come to its end once the nemesis rests: a lease, the longest
/// job, and then some.
const SETTLES: Duration = Duration::from_mins(2);

/// What a worker gets done in a second at least, when many jobs wait.
const SPEED: u32 = 100;

/// The stream is trimmed by nodes of a hundred entries.
const LEFT_OVER: u64 = 250;

/// How a run went.
#[derive(Debug)]
pub struct Outcome {
    /// The name of the scenario.
    pub scenario: &'static str,
    /// What decided.
    pub seed: u64,
    /// How often the nemesis struck.
    pub strikes: usize,
    /// How many jobs were accepted.
    pub accepted: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many are dead.
    pub dead: usize,
    /// How many were cancelled.
    pub cancelled: usize,
    /// How many complaints are about lost work.
    pub lost: usize,
    /// How many complaints are about work done twice.
    pub double: usize,
    /// How many jobs began twice by one claim, in vain.
    pub in_vain: usize,
    /// How long everything took to come to its end.
    pub settled: Duration,
    /// What KEDA would have seen.
    pub watch: Watch,
    /// Everything that was wrong.
    pub complaints: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        let Self { scenario, seed, .. } = self;
        let verdict = if self.complaints.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        write!(
            f,
            "{verdict} {scenario}, seed {seed}: {} strikes, {} accepted, {} done, {} dead, \
             {} cancelled, settled in {:.1?}",
            self.strikes, self.accepted, self.done, self.dead, self.cancelled, self.settled,
        )?;
        for complaint in self.complaints.iter().take(SHOWN) {
            write!(f, "\n  {complaint}")?;
        }
        if !self.complaints.is_empty() {
            let count = self.complaints.len();
            write!(
                f,
                "\n  {count} complaints; again: cargo xtask faults --seed {seed} "
            )?;
            write!(f, "--scenario {scenario} --at-once 1 --minutes 1")?;
        }
        Ok(())
    }
}

/// Runs one scenario in a world of its own.
pub async fn one(
    program: &Path,
    scenario: &Scenario,
    seed: u64,
    length: Duration,
) -> anyhow::Result<Outcome> {
    let mut world = World::start(program, scenario.size()).await?;
    let mut nemesis = Nemesis::new(seed);
    let (ending, watching) = (CancellationToken::new(), CancellationToken::new());
    let (front, redis) = (world.front.port(), world.watch.port());
    let course = async {
        let rage = async {
            let raged = nemesis.rage(&mut world, scenario.faults, length).await;
            world.clear();
            ending.cancel();
            raged
        };
        let (raged, accepted) = tokio::join!(rage, produce(seed, front, &ending));
        let since = Instant::now();
        let over = settle(&mut world).await;
        watching.cancel();
        accepted.map(|accepted| (accepted, [raged, over], since.elapsed()))
    };
    let (course, watch) = tokio::join!(course, keda::watch(redis, &watching));
    let (accepted, phases, settled) = course?;
    let failed = phases.into_iter().filter_map(Result::err);
    let mut complaints: Vec<String> = failed.map(|it| format!("{it:#}")).collect();
    let watch = watch?;
    complaints.extend(seen(&watch));
    complaints.extend(close(&mut world).await);
    let mut outcome = balance(&world, accepted).await?;
    outcome.scenario = scenario.name;
    (outcome.seed, outcome.strikes) = (seed, nemesis.strikes);
    (outcome.settled, outcome.watch) = (settled, watch);
    outcome.complaints.splice(0..0, complaints);
    if !outcome.complaints.is_empty() {
        let logs = world.keep();
        outcome
            .complaints
            .push(format!("logs are in {}", logs.display()));
    }
    Ok(outcome)
}

/// Waits until every job is over and every entry acknowledged.
async fn settle(world: &mut World) -> anyhow::Result<()> {
    let crowd = u32::try_from(world.asked.len())? / SPEED;
    let patience = SETTLES + Duration::from_secs(crowd.into());
    let end = Instant::now() + patience;
    loop {
        world.revive()?;
        let left = left_over(world).await;
        if matches!(&left, Ok((0, look)) if look.lag == 0 && look.pending == 0) {
            return Ok(());
        }
        if Instant::now() > end {
            let (open, look) = left?;
            anyhow::bail!("after {patience:?} of peace {open} jobs are not over, {look:?}");
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// How many jobs are not over, and how the stream stands.
async fn left_over(world: &World) -> anyhow::Result<(i64, keda::Look)> {
    let open = sqlx::query_scalar(
        "select count(*) from jobs where state not in ('done', 'dead', 'cancelled')",
    );
    let open = open.fetch_one(&world.pool).await?;
    Ok((open, world.stream().await?.look))
}

fn seen(watch: &Watch) -> Vec<String> {
    let mut complaints = Vec::new();
    if watch.blind > keda::POLL {
        complaints.push(format!("KEDA was blind for {:.1?}", watch.blind));
    }
    if watch.phantom > keda::POLL {
        complaints.push(format!("KEDA saw phantoms for {:.1?}", watch.phantom));
    }
    if watch.looks == 0 {
        complaints.push("Redis was never looked at".to_owned());
    }
    complaints
}

/// Ends all processes, workers first, and looks what they leave in Redis.
async fn close(world: &mut World) -> Vec<String> {
    let mut complaints = Vec::new();
    for actor in world.actors.iter_mut().rev() {
        match actor.has_failed() {
            Ok(false) => {}
            Ok(true) => complaints.push(format!("a {} ended by itself", actor.role.name())),
            Err(error) => complaints.push(error.to_string()),
        }
        if let Err(error) = actor.stop().await {
            complaints.push(error.to_string());
        }
    }
    // The relays' own, and one of every worker that could not sign off.
    let workers = world.actors.iter().filter(|it| it.role == Role::Worker);
    let expected = 1 + workers.map(Actor::left).sum::<usize>();
    match world.stream().await {
        Ok(left) if left.consumers > expected => {
            complaints.push(format!("{} consumers are left", left.consumers));
        }
        Ok(left) if left.length > LEFT_OVER => {
            complaints.push(format!("{} entries are left", left.length));
        }
        Ok(_) => {}
        Err(error) => complaints.push(error.to_string()),
    }
    complaints
}

/// Checks the books.
async fn balance(world: &World, accepted: HashSet<Uuid>) -> anyhow::Result<Outcome> {
    let accepted = accepted.into_iter().chain(world.asked.iter().copied());
    let accepted = accepted.collect();
    let books = Books::read(&world.pool, accepted).await?;
    let found = check(&books);
    Ok(Outcome {
        scenario: "",
        seed: 0,
        strikes: 0,
        accepted: books.accepted.len(),
        done: books.count("done"),
        dead: books.count("dead"),
        cancelled: books.count("cancelled"),
        lost: found.iter().filter(|it| it.fault.is_loss()).count(),
        double: found.iter().filter(|it| it.fault.is_double()).count(),
        in_vain: found.iter().filter(|it| it.fault.is_harmless()).count(),
        settled: Duration::ZERO,
        watch: Watch::default(),
        complaints: found
            .iter()
            .filter(|it| !it.fault.is_harmless())
            .map(ToString::to_string)
            .collect(),
    })
}
