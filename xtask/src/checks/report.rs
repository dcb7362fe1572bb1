use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::console;

/// How a check went.
pub enum Outcome {
    /// Well; what it counted.
    Passed(String),
    /// It could not run, and why.
    Skipped(String),
}

/// What came of all checks.
pub struct Report {
    lines: Vec<(String, Duration, anyhow::Result<Outcome>)>,
    since: Instant,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            since: Instant::now(),
        }
    }
}

impl Report {
    /// Takes note of a check that has just ended.
    pub fn check(&mut self, name: &str, outcome: anyhow::Result<Outcome>) {
        if let Err(error) = &outcome {
            console::failure(&format!("{name}: {error:#}"));
        }
        let took = self.since.elapsed();
        self.since = Instant::now();
        self.lines.push((name.to_owned(), took, outcome));
    }

    /// Shows the table; fails if any check did.
    pub fn close(self) -> ExitCode {
        console::line("");
        let (mut passed, mut skipped, mut failed) = (0, 0, 0);
        for (name, took, outcome) in &self.lines {
            let (mark, detail) = match outcome {
                Ok(Outcome::Passed(detail)) => ("ok", detail.clone()),
                Ok(Outcome::Skipped(why)) => ("skipped", why.clone()),
                Err(error) => ("FAILED", first_line(&format!("{error:#}"))),
            };
            match mark {
                "ok" => passed += 1,
                "skipped" => skipped += 1,
                _ => failed += 1,
            }
            let took = console::seconds(*took);
            console::line(&format!("  {mark:<8} {name:<36} {took:>9}   {detail}"));
        }
        console::line("");
        console::line(&format!(
            "  checks: {passed} passed, {failed} failed, {skipped} skipped"
        ));
        if failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
