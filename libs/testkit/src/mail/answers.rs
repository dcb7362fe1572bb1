use std::collections::VecDeque;
use std::time::Duration;

/// Where in a conversation an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The greeting.
    Connect,
    /// `EHLO` or `HELO`.
    Hello,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    From,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`, before the mail.
    Data,
    /// After the mail.
    End,
}

/// How a conversation goes other than well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Refuses at a stage; `text` begins with the enhanced code, as in `4.2.0 busy`.
    Refuse {
        /// Where.
        at: Stage,
        /// 421, 450, 550 and so on.
        code: u16,
        /// The rest of the line.
        text: &'static str,
    },
    /// Takes and keeps the mail, then closes without saying so.
    DropAfterData,
    /// Closes in the middle of the mail and keeps nothing.
    DropBeforeEnd,
    /// Says nothing any more from a stage on; the connection stays open.
    Stall(Stage),
}

/// What the coming conversations are to be like.
#[derive(Debug, Default)]
pub(super) struct Script {
    next: VecDeque<Answer>,
    always: Option<Answer>,
    pub(super) pause: Duration,
}

impl Script {
    pub(super) fn next(&mut self, answer: Answer) {
        self.next.push_back(answer);
    }

    pub(super) fn always(&mut self, answer: Answer) {
        self.always = Some(answer);
    }

    pub(super) fn accept(&mut self) {
        *self = Self::default();
    }

    /// Sees whether the answer for the coming mail is about this stage, and uses it up if so.
    pub(super) fn at(&mut self, stage: Stage) -> Option<Answer> {
        if self.next.front().is_some_and(|it| it.stage() == stage) {
            return self.next.pop_front();
        }
        let always = self.always.as_ref().filter(|it| it.stage() == stage);
        always.filter(|_| self.next.is_empty()).cloned()
    }
}

impl Answer {
    fn stage(&self) -> Stage {
        match self {
            Self::Refuse { at, .. } | Self::Stall(at) => *at,
            Self::DropBeforeEnd => Stage::Data,
            Self::DropAfterData => Stage::End,
        }
    }
}
