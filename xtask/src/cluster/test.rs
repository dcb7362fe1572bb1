use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::access::Cluster;
use super::origin::Origin;
use super::results::{self, Outcome};
use super::scenarios::{self, Scenario};
use super::stage::Stage;
use super::{TestOptions, images};
use crate::console;

/// How long one scenario may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// Runs scenarios one after the other and shows their figures.
pub async fn run(origin: Origin, options: &TestOptions) -> anyhow::Result<ExitCode> {
    let wanted = scenarios::wanted(&options.scenarios)?;
    let cluster = Rc::new(Cluster::open(origin).await?);
    images::bring(&cluster, &options.images).await?;
    let mut results = Vec::new();
    for scenario in wanted {
        console::line("");
        console::line(&format!("  {}", scenario.name));
        results.push(play(&cluster, scenario).await);
    }
    Ok(results::show(&results))
}

async fn play(cluster: &Rc<Cluster>, scenario: &Scenario) -> results::Result {
    let begun = Instant::now();
    let mut figures = Vec::new();
    let outcome = match Stage::open(cluster, scenario.name).await {
        Ok(stage) => {
            let outcome = act(&stage, scenario).await;
            figures = stage.figures();
            outcome
        }
        Err(error) => Err(error.context("the namespace could not be made")),
    };
    if let Err(error) = &outcome {
        console::failure(&format!("{}: {error:#}", scenario.name));
    }
    results::Result {
        name: scenario.name,
        took: begun.elapsed(),
        figures,
        outcome,
    }
}

async fn act(stage: &Stage, scenario: &Scenario) -> anyhow::Result<Outcome> {
    let acted = tokio::time::timeout(PATIENCE, (scenario.run)(stage)).await;
    let outcome = acted
        .with_context(|| format!("not within {PATIENCE:?}"))
        .flatten();
    if outcome.is_err() {
        // What is wrong may be plain to see, and soon the namespace is gone.
        let pods = stage.kubectl(&["get", "pods,jobs"]).await;
        console::line(&pods.unwrap_or_else(|error| format!("{error:#}")));
    }
    outcome
}
