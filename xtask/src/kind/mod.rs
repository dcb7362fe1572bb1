//! `cargo xtask kind`: a cluster for development.

mod programs;
mod recipes;
mod registry;
#[cfg(test)]
mod tests;
mod up;

use std::process::ExitCode;

use programs::Programs;
pub use recipes::RECIPES;

/// What the cluster is called.
pub const CLUSTER: &str = "storyloom";
/// How kubectl calls it.
const CONTEXT: &str = "kind-storyloom";
/// The registry beside the cluster, as this machine and the nodes call it.
pub const REGISTRY: &str = "localhost:5001";

/// What to do with the cluster.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Make the cluster, its registry, and what Storyloom needs in it; again is no harm
    Up,
    /// Remove the cluster and its registry
    Down,
}

/// Does it.
pub async fn run(action: &Action) -> anyhow::Result<ExitCode> {
    let programs = Programs::here()?;
    match action {
        Action::Up => up::up(&programs).await?,
        Action::Down => up::down(&programs).await?,
    }
    Ok(ExitCode::SUCCESS)
}
