use std::fmt::Display;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Data;

use super::trouble::Trouble;

/// A connection to a mail server on which nobody waits for ever. Dropped in the middle of
/// a conversation, it hangs up.
pub struct Line {
    connection: AsyncSmtpConnection,
    limits: Limits,
}

/// How long a mail server may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For an answer to a command.
    pub command: Duration,
    /// For the answer to a letter.
    pub letter: Duration,
}

impl Line {
    pub const fn new(connection: AsyncSmtpConnection, limits: Limits) -> Self {
        Self { connection, limits }
    }

    /// Says a command; a positive answer is success.
    pub async fn say(&mut self, command: impl Display) -> Result<(), Trouble> {
        within(self.limits.command, self.connection.command(command)).await?;
        Ok(())
    }

    /// Announces the letter.
    pub async fn announce(&mut self) -> Result<(), Trouble> {
        self.say(Data).await
    }

    /// Says the letter.
    pub async fn dictate(&mut self, letter: &[u8]) -> Result<(), Trouble> {
        within(self.limits.letter, self.connection.message(letter)).await?;
        Ok(())
    }

    /// Whether the other side is still there.
    pub async fn is_open(&mut self) -> bool {
        let noop = self.connection.test_connected();
        let answer = tokio::time::timeout(self.limits.command, noop).await;
        answer.unwrap_or(false)
    }
}

/// The answer, if it comes in time.
pub async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(Trouble::Silence),
    }
}
