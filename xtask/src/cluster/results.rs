use std::process::ExitCode;
use std::time::Duration;

use crate::console;

/// How a scenario went.
pub enum Outcome {
    /// As it must.
    Passed,
    /// It could not run, and why.
    Skipped(String),
}

/// What came of a scenario.
pub struct Result {
    pub name: &'static str,
    pub took: Duration,
    pub figures: Vec<String>,
    pub outcome: anyhow::Result<Outcome>,
}

/// Shows the table; fails if any scenario did.
pub fn show(results: &[Result]) -> ExitCode {
    console::line("");
    for row in results.iter().flat_map(rows) {
        console::line(&row);
    }
    let count = |mark| results.iter().filter(|it| it.mark() == mark).count();
    let failed = count(FAILED);
    console::line("");
    console::line(&last_line(count(PASSED), failed, count(SKIPPED)));
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What machines read.
pub fn last_line(passed: usize, failed: usize, skipped: usize) -> String {
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

const PASSED: &str = "ok";
const FAILED: &str = "FAILED";
const SKIPPED: &str = "skipped";

impl Result {
    fn mark(&self) -> &'static str {
        match &self.outcome {
            Ok(Outcome::Passed) => PASSED,
            Ok(Outcome::Skipped(_)) => SKIPPED,
            Err(_) => FAILED,
        }
    }
}

/// A line for the scenario, and one for each figure.
fn rows(result: &Result) -> Vec<String> {
    let (mark, name) = (result.mark(), result.name);
    let why = match &result.outcome {
        Ok(Outcome::Passed) => String::new(),
        Ok(Outcome::Skipped(why)) => why.clone(),
        Err(error) => first_line(&format!("{error:#}")),
    };
    let took = console::seconds(result.took);
    let head = format!("  {mark:<8} {name:<20} {took:>9}   {why}");
    let figures = result.figures.iter().map(|it| format!("           {it}"));
    std::iter::once(head.trim_end().to_owned())
        .chain(figures)
        .collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcome: anyhow::Result<Outcome>) -> Result {
        Result {
            name: "install",
            took: Duration::from_millis(1234),
            figures: vec!["all ready: 30.0 s".to_owned()],
            outcome,
        }
    }

    #[test]
    fn a_row_says_how_it_went_and_each_figure_has_one() {
        let rows_of = |outcome| rows(&result(outcome));
        assert_eq!(
            rows_of(Ok(Outcome::Passed)),
            [
                "  ok       install                  1.2 s",
                "           all ready: 30.0 s",
            ]
        );
        let failed = rows_of(Err(anyhow::anyhow!("too late\nmore")));
        assert_eq!(
            failed.first().map(String::as_str),
            Some("  FAILED   install                  1.2 s   too late")
        );
        let skipped = rows_of(Ok(Outcome::Skipped("no kit".to_owned())));
        assert!(
            skipped
                .first()
                .is_some_and(|it| it.starts_with("  skipped"))
        );
    }

    #[test]
    fn one_failure_fails_all() {
        let failed = || result(Err(anyhow::anyhow!("no")));
        let passed = || result(Ok(Outcome::Passed));
        assert_eq!(show(&[passed(), failed()]), ExitCode::FAILURE);
        assert_eq!(show(&[passed(), passed()]), ExitCode::SUCCESS);
        assert_eq!(last_line(1, 2, 3), "1 passed, 2 failed, 3 skipped");
    }
}
