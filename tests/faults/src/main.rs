//! `faults run | relay | worker`: the runs, and the processes that the nemesis plays with.

use std::process::ExitCode;

use clap::Parser;
use faults::player::{self, Place};
use faults::run::{self, Options};

/// Has faults happen to relays and workers, and looks whether a job was lost or done twice.
#[derive(Parser)]
enum Command {
    /// Run scenarios, one seed after the other, and print a table
    Run(Options),
    /// Be a relay until SIGTERM
    Relay(Place),
    /// Be a worker until SIGTERM
    Worker(Place),
}

// One thread: servers and processes end when the thread that started them does.
fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Run(options) => runtime(false)?.block_on(run::run(&options)),
        Command::Relay(place) => runtime(true)?.block_on(player::relay(&place)),
        Command::Worker(place) => runtime(true)?.block_on(player::worker(&place)),
    }
}

fn runtime(parallel: bool) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    let mut builder = if parallel {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    builder.worker_threads(2).enable_all().build()
}
