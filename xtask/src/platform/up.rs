use std::process::ExitCode;

use super::{Options, Platform};
use crate::cargo::Profile;
use crate::{console, environment, tree};

/// How the platform is started.
#[derive(clap::Args)]
pub struct UpOptions {
    /// Build as for production
    #[arg(long)]
    release: bool,
}

/// Starts the platform and keeps it running until it is interrupted.
pub async fn up(options: &UpOptions) -> anyhow::Result<ExitCode> {
    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    let mut platform = Platform::start(usual(profile)?).await?;
    platform.announce();
    platform.supervise().await?;
    Ok(ExitCode::SUCCESS)
}

/// What `up` starts without being told otherwise.
pub fn usual(profile: Profile) -> anyhow::Result<Options> {
    let rate_limit = environment::rate_limit()?;
    if !rate_limit {
        console::note("rate limits are off (STORYLOOM_RATELIMIT=off)");
    }
    Ok(Options {
        folder: tree::dev(),
        profile,
        front: environment::port("STORYLOOM_PORT", 8080)?,
        inbox: environment::port("STORYLOOM_INBOX_PORT", 8025)?,
        rate_limit,
        careless: false,
    })
}
