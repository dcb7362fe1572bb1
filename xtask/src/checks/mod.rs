//! What `test` runs, and its parts.

mod audit;
mod databases;
mod links;
mod queries;
mod report;
mod run;
mod testing;

use std::process::ExitCode;

pub use audit::audit;
use databases::Databases;
pub use report::{Outcome, Report};

use crate::{chart, console, inner_loop, install};

/// Everything.
pub async fn test() -> anyhow::Result<ExitCode> {
    install::missing_programs().await?;
    let databases = Databases::start().await?;
    let mut report = Report::default();
    report.check("format", run::format().await);
    report.check("links", links::check());
    report.check("queries", queries::check(&databases).await);
    report.check("lints", run::lints().await);
    report.check("documentation", run::documentation().await);
    report.check("licences, versions, sources", audit::dependencies().await);
    report.check("advisories", audit::advisories().await);
    report.check("Dockerfile", run::dockerfile().await);
    report.check("skaffold.yaml", inner_loop::skaffold().await);
    report.check("Tiltfile", inner_loop::tiltfile().await);
    report.check("cluster for development", inner_loop::manifests());
    report.check(
        "unit, integration and architecture",
        testing::most(&databases).await,
    );
    chart::check(&mut report).await;
    report.check("end to end", testing::end_to_end().await);
    Ok(report.close())
}

/// Only the chart, or its table of values is written anew.
pub async fn chart(write: bool) -> anyhow::Result<ExitCode> {
    if write {
        chart::write()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    chart::check(&mut report).await;
    Ok(report.close())
}

/// Only the linter.
pub async fn lint() -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    report.check("format", run::format().await);
    report.check("lints", run::lints().await);
    Ok(report.close())
}

/// Formats all code.
pub async fn fmt() -> anyhow::Result<ExitCode> {
    run::cargo(&["fmt", "--all"]).await?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what `.sqlx` says anew, or only looks whether it is so.
pub async fn sqlx(only_check: bool) -> anyhow::Result<ExitCode> {
    install::missing_programs().await?;
    let databases = Databases::start().await?;
    if only_check {
        let mut report = Report::default();
        report.check("queries", queries::check(&databases).await);
        return Ok(report.close());
    }
    let count = queries::write(&databases).await?;
    console::line(&format!("{count} queries are in .sqlx"));
    Ok(ExitCode::SUCCESS)
}
