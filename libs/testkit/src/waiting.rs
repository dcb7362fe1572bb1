use std::panic::Location;
use std::time::Duration;

use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(20);

/// Asks until there is an answer; panics when there is none at the deadline.
#[track_caller]
pub fn eventually<T>(
    deadline: Duration,
    ask: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    until("an answer", Location::caller(), deadline, ask)
}

/// Asks until it is so; panics, naming what was waited for, when it is not at the deadline.
#[track_caller]
pub fn eventually_true(
    what: &str,
    deadline: Duration,
    mut ask: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let caller = Location::caller();
    until(what, caller, deadline, async move || {
        ask().await.then_some(())
    })
}

async fn until<T>(
    what: &str,
    caller: &Location<'_>,
    deadline: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            Instant::now() < end,
            "{caller}: no {what} within {deadline:?}"
        );
        sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_answer_is_returned_once_it_is_there() {
        let mut asked = 0;
        let answer = eventually(Duration::from_secs(5), async || {
            asked += 1;
            (asked == 3).then_some("so")
        });
        assert_eq!(answer.await, "so");
    }

    #[tokio::test]
    #[should_panic(expected = "no peace within")]
    async fn waiting_ends() {
        eventually_true("peace", Duration::from_millis(1), async || false).await;
    }
}
