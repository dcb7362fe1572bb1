//! Developer commands: `cargo xtask up | story | test | faults | lint | fmt | sqlx | audit |
//! chart | image | cluster | kind`.

mod cargo;
mod chart;
mod checks;
mod cluster;
mod console;
mod environment;
mod faults;
mod image;
mod inner_loop;
mod install;
mod kind;
mod platform;
mod story;
mod tools;
mod tree;

use std::process::ExitCode;
use std::task::Poll;

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// Storyloom's developer commands.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
enum Command {
    /// Start the whole system on this machine and keep it running until Ctrl-C
    Up(platform::UpOptions),
    /// Sign up, ask for a story, and read it as it arrived by mail
    Story(Box<story::StoryOptions>),
    /// Run every check and every test
    Test,
    /// Have faults happen to relays and workers, and look whether a job is lost or done twice
    Faults(faults::FaultsOptions),
    /// Run the linter, warnings are errors
    Lint,
    /// Format all code
    Fmt,
    /// Bring `.sqlx` up to date with the queries and migrations
    Sqlx {
        /// Change nothing; fail when it is not up to date
        #[arg(long)]
        check: bool,
    },
    /// Look for advisories, unfit licences and other faults of the dependencies
    Audit,
    /// Check the chart
    Chart {
        /// Check nothing; write the table of values in its README anew
        #[arg(long)]
        write: bool,
    },
    /// Make images of the services, without a container engine
    Image(image::ImageOptions),
    /// Try this checkout on a real Kubernetes cluster
    #[command(subcommand)]
    Cluster(cluster::ClusterCommand),
    /// Make a cluster for development with kind, or remove it
    Kind {
        #[command(subcommand)]
        action: kind::Action,
    },
}

/// What a shell expects of a program that a signal ended: 128 + `SIGINT`.
const INTERRUPTED: u8 = 130;

// One thread: children are told to end when the thread that started them does.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = Command::parse();
    // The usual end of `up`, which is why it is no failure.
    let if_interrupted = match command {
        Command::Up(_) => ExitCode::SUCCESS,
        _ => ExitCode::from(INTERRUPTED),
    };
    let outcome = tokio::select! {
        outcome = run(command) => outcome,
        () = interrupted() => {
            console::note("interrupted; everything that was started is stopped");
            return if_interrupted;
        }
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            console::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(options) => platform::up(&options).await,
        Command::Story(options) => story::run(&options).await,
        Command::Test => checks::test().await,
        Command::Faults(options) => faults::run(&options).await,
        Command::Lint => checks::lint().await,
        Command::Fmt => checks::fmt().await,
        Command::Sqlx { check } => checks::sqlx(check).await,
        Command::Audit => checks::audit().await,
        Command::Chart { write } => checks::chart(write).await,
        Command::Image(options) => image::run(&options).await,
        Command::Cluster(command) => cluster::run(&command).await,
        Command::Kind { action } => kind::run(&action).await,
    }
}

/// Whether this, typed in the checkout, would be one of the commands.
fn is_command(line: &str) -> anyhow::Result<()> {
    let words = line.strip_prefix("cargo xtask ");
    let words = words.with_context(|| format!("{line} is no command of this checkout"))?;
    Command::try_parse_from(std::iter::once("xtask").chain(words.split_whitespace()))?;
    Ok(())
}

/// Ends when Ctrl-C is pressed or `SIGTERM` or `SIGHUP` comes. What the dropped work had
/// started ends with it.
async fn interrupted() {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let mut signals: Vec<_> = kinds.into_iter().filter_map(|it| signal(it).ok()).collect();
    std::future::poll_fn(|context| {
        let mut received = signals.iter_mut().map(|it| it.poll_recv(context));
        let came = received.any(|it| it.is_ready());
        if came { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
