//! The Helm chart, as the real Helm renders it, held to what is promised of it.

mod helm;
mod objects;
mod once;
mod policy;
mod ports;
mod renderings;
mod rules;
mod schemas;
mod settings;
mod stand_in;
mod values;

use std::path::PathBuf;

use helm::Helm;
pub use values::table::write;

use crate::checks::{Outcome, Report};
use crate::{console, tree};

/// What the names of objects begin with, where a set of values does not say otherwise.
const FULL_NAME: &str = "tale-storyloom";
/// The package that does what is done once, but for migrations.
const STORYCTL: &str = "storyctl";

/// The chart.
pub fn folder() -> PathBuf {
    tree::root().join("charts/storyloom")
}

/// Every check of the chart.
pub async fn check(report: &mut Report) {
    report.check("chart: table of values", values::table::check());
    report.check("chart: every value described", values::described::check());
    let helm = match Helm::find().await {
        Ok(Some(helm)) => helm,
        Ok(None) => return report.check("chart", Ok(skipped("helm cannot be had"))),
        Err(error) => return report.check("chart", Err(error)),
    };
    report.check(
        "chart: a typo is refused",
        values::typos::check(&helm).await,
    );
    report.check(
        "chart: contradictions",
        values::refusals::check(&helm).await,
    );
    report.check("chart: lint", renderings::lint(&helm).await);
    let renderings = match renderings::all(&helm).await {
        Ok(renderings) => renderings,
        Err(error) => return report.check("chart: rendered", Err(error)),
    };
    report.check("chart: rules for objects", rules::check(&renderings));
    report.check("chart: parts", rules::parts::check(&renderings));
    report.check("chart: changes", rules::changes::check(&helm).await);
    report.check("chart: settings listed", values::config::check(&renderings));
    report.check(
        "chart: schemas of Kubernetes",
        schemas::check(&renderings).await,
    );
    report.check(
        "chart: schemas of KEDA",
        schemas::of_keda(&renderings).await,
    );
    report.check(
        "chart: schemas of others",
        schemas::of_others(&renderings).await,
    );
    report.check("chart: policy scan", policy::check(&helm).await);
    report.check("chart: settings load", settings::check(&renderings).await);
    report.check("chart: what runs once", once::check(&renderings).await);
    report.check("chart: ports and probes", ports::check(&renderings).await);
}

fn skipped(why: &str) -> Outcome {
    Outcome::Skipped(why.to_owned())
}

/// Fails with all faults, one a line; else says what was counted.
fn passed_unless(faults: &[String], counted: String) -> anyhow::Result<Outcome> {
    for fault in faults {
        console::note(fault);
    }
    anyhow::ensure!(faults.is_empty(), "{} faults", faults.len());
    Ok(Outcome::Passed(counted))
}
