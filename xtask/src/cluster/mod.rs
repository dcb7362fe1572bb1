//! `cargo xtask cluster`: the chart on a real cluster.

mod access;
mod flow;
mod images;
mod kube;
mod lasting;
mod load;
mod next;
mod origin;
mod release;
mod results;
mod scenarios;
mod stage;
mod test;

use std::process::ExitCode;

use access::Cluster;
use origin::Origin;

use crate::{console, environment};

/// What to do with the cluster.
#[derive(clap::Subcommand)]
pub enum ClusterCommand {
    /// Install this checkout and leave it running
    Up(ImageChoice),
    /// Run the scenarios, each in a namespace of its own that goes with it
    Test(TestOptions),
    /// Remove what `up` installed
    Down,
}

/// Which scenarios to run.
#[derive(clap::Args)]
pub struct TestOptions {
    /// The scenarios; without any, all of them
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    images: ImageChoice,
}

/// Which images to run.
#[derive(clap::Args)]
pub struct ImageChoice {
    /// Compile the images well rather than quickly
    #[arg(long)]
    release: bool,
    /// Take the images that are on the node already
    #[arg(long, conflicts_with = "release")]
    no_images: bool,
}

/// Does it, where there is a cluster to do it on.
pub async fn run(command: &ClusterCommand) -> anyhow::Result<ExitCode> {
    let kit = environment::text("STORYLOOM_CLUSTER");
    let context = environment::text("STORYLOOM_CONTEXT");
    let Some(origin) = Origin::choose(kit, context)? else {
        console::note(origin::NONE);
        if let ClusterCommand::Test(options) = command {
            let count = scenarios::wanted(&options.scenarios)?.len();
            console::line(&results::last_line(0, 0, count));
        }
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        ClusterCommand::Up(images) => lasting::up(origin, images).await,
        ClusterCommand::Test(options) => test::run(origin, options).await,
        ClusterCommand::Down => lasting::down(&Cluster::open(origin).await?).await,
    }
}
