use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::psql;
use crate::cluster::stage::Stage;

/// How long the last mails may take.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_secs(1);

/// Compares what was promised with what came.
#[derive(Debug, Default)]
pub struct Books {
    /// The stories that were accepted.
    accepted: HashSet<String>,
}

/// How the books stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub accepted: usize,
    /// Accepted, and no mail came.
    pub lost: usize,
    /// Stories that came in two different mails.
    pub doubled: usize,
    /// Second copies of one mail, with the same Message-ID. They are allowed where a worker
    /// died between the mail server's answer and its own note of it.
    pub copies: usize,
}

impl Books {
    /// Takes note of stories that were accepted.
    pub fn accept(&mut self, stories: impl IntoIterator<Item = String>) {
        self.accepted.extend(stories);
    }

    /// How they stand once every story's mail has come, or none comes any more. A mail does not
    /// say which story it is; notification-service knows.
    pub async fn settle(&self, stage: &Stage) -> anyhow::Result<Settled> {
        let sql =
            "select subject_id, message_id from notification.deliveries where template = 'story'";
        let end = Instant::now() + PATIENCE;
        loop {
            let deliveries = psql(stage, sql).await?;
            let mails = stage.inbox.mails();
            let came: Vec<_> = mails.iter().map(|it| it.message_id.clone()).collect();
            let settled = self.compare(&came, &deliveries);
            if settled.lost == 0 || Instant::now() > end {
                return Ok(settled);
            }
            sleep(POLL).await;
        }
    }

    /// `deliveries` are lines `story|message id`.
    fn compare(&self, came: &[String], deliveries: &str) -> Settled {
        let of: HashMap<&str, &str> = deliveries
            .lines()
            .filter_map(|line| line.trim().split_once('|'))
            .map(|(story, message)| (message, story))
            .collect();
        let mut mails: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut copies = 0;
        for message in came {
            let Some(story) = of.get(message.as_str()) else {
                continue;
            };
            if !self.accepted.contains(*story) {
                continue;
            }
            if !mails.entry(story).or_default().insert(message) {
                copies += 1;
            }
        }
        Settled {
            accepted: self.accepted.len(),
            lost: self.accepted.len() - mails.len(),
            doubled: mails.values().filter(|it| it.len() > 1).count(),
            copies,
        }
    }
}

impl Settled {
    /// Shows the figures; fails unless everything came once.
    pub fn must_be_good(&self, stage: &Stage) -> anyhow::Result<()> {
        stage.figure("stories", &self.to_string());
        anyhow::ensure!(self.lost == 0 && self.doubled == 0, "{self}");
        Ok(())
    }
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accepted, lost, doubled) = (self.accepted, self.lost, self.doubled);
        write!(
            f,
            "{accepted} stories accepted, {lost} lost, {doubled} mailed twice, {} copies",
            self.copies
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_double_and_copied_mails_are_told_apart() {
        let mut books = Books::default();
        books.accept(["good", "lost", "twice", "copied"].map(str::to_owned));
        let deliveries = "good|1@x\nlost|2@x\ntwice|3@x\ntwice|4@x\ncopied|5@x\nother|6@x\n";
        let came = ["1@x", "3@x", "4@x", "5@x", "5@x", "6@x", "6@x", "code@x"];
        let settled = books.compare(&came.map(str::to_owned), deliveries);
        let expected = Settled {
            accepted: 4,
            lost: 1,
            doubled: 1,
            copies: 1,
        };
        assert_eq!(settled, expected);
    }
}
