//! The main job, performed as a client would.

mod inbox;
mod options;
mod progress;
mod steps;

use std::process::ExitCode;

use testkit::http::Client;

pub use inbox::Inbox;
pub use options::StoryOptions;

use crate::cargo::Profile;
use crate::platform::{Manifest, Platform, usual};
use crate::{console, tree};

/// Performs the main job; starts the platform for it if none is running.
pub async fn run(options: &StoryOptions) -> anyhow::Result<ExitCode> {
    if let Some(running) = Manifest::of_running(&tree::dev()) {
        let id = perform(options, &running).await?;
        console::line(&format!("Also at {}/view/{id}", running.inbox));
        return Ok(ExitCode::SUCCESS);
    }
    console::line("The platform is not up; starting it for this story.");
    let mut platform = Platform::start(usual(Profile::Dev)?).await?;
    let manifest = platform.manifest();
    console::line("");
    tokio::select! {
        done = perform(options, &manifest) => drop(done?),
        ended = platform.supervise() => ended?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The job itself; answers what the inbox calls the story's mail.
async fn perform(options: &StoryOptions, platform: &Manifest) -> anyhow::Result<String> {
    let front = Client::new(platform.front.as_str());
    let inbox = Inbox::new(&platform.inbox);
    let reader = steps::sign_up(&front, &inbox, options).await?;
    steps::set_preferences(&front, &reader, options).await?;
    let story = steps::ask(&front, &reader, options).await?;
    steps::follow(&front, &reader, &story).await?;
    let mail = steps::receive(&inbox, &reader).await?;
    console::line("");
    console::line(&format!("From: {}", mail.from));
    console::line(&format!("To: {}", mail.to));
    console::line(&format!("Subject: {}", mail.subject));
    console::line("");
    console::line(mail.text.trim_end());
    console::line("");
    Ok(mail.id)
}
