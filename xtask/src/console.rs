//! What people see: a spinner on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A line.
pub fn line(text: &str) {
    // Nobody may be listening any more, which is no reason to fail.
    let _unheard = writeln!(std::io::stdout(), "{text}");
}

/// Something that deserves attention.
pub fn note(text: &str) {
    line(&format!("  ! {text}"));
}

/// Why it came to nothing.
pub fn failure(text: &str) {
    let _unheard = writeln!(std::io::stderr(), "error: {text}");
}

/// Whether somebody watches.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// A step that is under way.
pub struct Step {
    what: String,
    begun: Instant,
    spinner: Option<ProgressBar>,
}

impl Step {
    /// Shows what begins.
    pub fn begin(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            begun: Instant::now(),
            spinner: is_terminal().then(|| spinner(what)),
        }
    }

    /// Begins a step that shows by itself how it goes.
    pub fn begin_beside(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            begun: Instant::now(),
            spinner: None,
        }
    }

    /// Shows that it is done, and what came of it.
    pub fn done(mut self, result: &str) {
        self.clear();
        let took = seconds(self.begun.elapsed());
        line(&format!("  ✓ {:<28} {took:>8}   {result}", self.what));
    }

    fn clear(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.clear();
    }
}

/// `3.4 s`
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg}  {elapsed}") {
        spinner.set_style(style);
    }
    spinner.set_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
