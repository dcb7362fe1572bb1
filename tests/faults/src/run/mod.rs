//! Runs scenarios and tells how they went.

mod one;
mod table;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use tokio::time::Instant;

pub use self::one::{Outcome, one};
pub use self::table::table;
use crate::scenario::{SCENARIOS, Scenario};

/// How long, and with which seeds.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The first seed; a run more takes the next one. By default a new one every time
    #[arg(long)]
    seed: Option<u64>,
    /// No run begins after this
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// How long the nemesis of a run strikes
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many runs go on at once, each in a world of its own
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Only this scenario; by default the seed decides
    #[arg(long)]
    scenario: Option<String>,
}

/// Runs until the time is over; fails if any run had a complaint.
pub async fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let first = options
        .seed
        .unwrap_or_else(|| rand::random_range(1..1_000_000));
    say(&format!("first seed {first}"))?;
    let program = std::env::current_exe()?;
    for (name, why) in SCENARIOS
        .iter()
        .filter_map(|it| Some((it.name, it.missing()?)))
    {
        say(&format!("skipped {name}: {why}"))?;
    }
    let end = Instant::now() + Duration::from_mins(options.minutes);
    let only = options.scenario.as_deref();
    let only =
        only.map(|name| Scenario::named(name).with_context(|| format!("no scenario {name}")));
    let only = only.transpose()?;
    let seeds = (first..).take_while(|seed| *seed == first || Instant::now() < end);
    let length = Duration::from_secs(options.seconds);
    let runs = seeds.filter_map(|seed| Some((only.or_else(|| Scenario::of(seed))?, seed)));
    let program = program.as_path();
    let runs = runs.map(|(scenario, seed)| async move {
        let outcome = one(program, scenario, seed, length).await;
        outcome.with_context(|| format!("{}, seed {seed}, tells nothing", scenario.name))
    });
    let mut runs = futures::stream::iter(runs).buffer_unordered(options.at_once);
    let (mut outcomes, mut broken) = (Vec::new(), 0);
    while let Some(outcome) = runs.next().await {
        match outcome {
            Ok(outcome) => {
                say(&outcome.to_string())?;
                outcomes.push(outcome);
            }
            Err(error) => {
                say(&format!("BROKEN {error:#}"))?;
                broken += 1;
            }
        }
    }
    say(&table(&outcomes))?;
    let failed = broken > 0 || outcomes.iter().any(|it| !it.complaints.is_empty());
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
