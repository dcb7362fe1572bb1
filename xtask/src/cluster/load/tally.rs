use std::fmt;
use std::time::Duration;

/// How many failures are told in full.
const TOLD: usize = 5;

/// How requests went.
#[derive(Debug, Default)]
pub struct Tally {
    pub sent: usize,
    pub failed: usize,
    /// What went wrong first.
    pub first: Vec<String>,
    pub slowest: Duration,
    /// The stories that were promised.
    pub accepted: Vec<String>,
}

impl Tally {
    /// Takes note of a request.
    pub fn count(&mut self, what: &str, took: Duration, outcome: anyhow::Result<Option<String>>) {
        self.sent += 1;
        self.slowest = self.slowest.max(took);
        match outcome {
            Ok(story) => self.accepted.extend(story),
            Err(error) => {
                self.failed += 1;
                if self.first.len() < TOLD {
                    self.first.push(format!("{what}: {error:#}"));
                }
            }
        }
    }

    /// Adds another to it.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.first.extend(other.first);
        self.first.truncate(TOLD);
        self.slowest = self.slowest.max(other.slowest);
        self.accepted.extend(other.accepted);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, failed, slowest) = (self.sent, self.failed, self.slowest.as_millis());
        write!(
            f,
            "{sent} requests, {failed} failed, slowest {slowest} ms, {} stories",
            self.accepted.len()
        )?;
        for failure in &self.first {
            write!(f, "\n      {failure}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_and_the_first_ones_told() {
        let mut tally = Tally::default();
        let took = Duration::from_millis(7);
        tally.count("ask", took, Ok(Some("s1".to_owned())));
        for number in 0..9 {
            tally.count("look", took, Err(anyhow::anyhow!("no {number}")));
        }
        assert_eq!((tally.sent, tally.failed), (10, 9));
        assert_eq!(tally.first.len(), TOLD);
        assert_eq!(tally.accepted, ["s1"]);
        assert!(
            tally
                .to_string()
                .starts_with("10 requests, 9 failed, slowest 7 ms, 1 stories\n")
        );
    }
}
