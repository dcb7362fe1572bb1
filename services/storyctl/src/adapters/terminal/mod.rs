//! What the operator sees, and how long he waits.

mod tables;

use std::io::Write as _;
use std::time::Duration;

use async_trait::async_trait;

use crate::application::ports::{Screen, Waiting};
use crate::domain::{Finding, JobQueue};

/// Standard output.
pub struct Terminal;

const MOMENT: Duration = Duration::from_millis(250);

/// A line; nobody may be listening any more, which is no reason to fail.
fn line(text: &str) {
    let _unheard = writeln!(std::io::stdout(), "{}", text.trim_end());
}

impl Terminal {
    /// Shows what was found out, and what it comes to.
    pub fn findings(findings: &[Finding]) {
        line(&tables::of_findings(findings));
    }

    /// Shows how queues stand.
    pub fn queues(queues: &[JobQueue]) {
        line(&tables::of_queues(queues));
    }
}

impl Screen for Terminal {
    fn done(&self, what: &str, result: &str) {
        line(&format!("ok  {what:<34} {result}"));
    }

    fn line(&self, text: &str) {
        line(text);
    }
}

#[async_trait]
impl Waiting for Terminal {
    async fn moment(&self) {
        tokio::time::sleep(MOMENT).await;
    }
}

/// Why it came to nothing.
pub fn failure(text: &str) {
    let _unheard = writeln!(std::io::stderr(), "storyctl: {text}");
}
