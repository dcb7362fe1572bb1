//! Runs that are short enough for every day; `cargo xtask faults` does longer ones.

use std::path::Path;
use std::time::Duration;

use faults::run::{one, table};
use faults::scenario::Scenario;
use futures::future::try_join_all;

const STRIKES_FOR: Duration = Duration::from_secs(20);

/// Three worlds at once: most of it is waiting.
#[tokio::test]
async fn nothing_is_lost_or_done_twice() {
    let program = Path::new(env!("CARGO_BIN_EXE_faults"));
    let names = ["everything", "redis-forgets", "partitions"];
    let runs = names.iter().zip(1_u64..).map(|(name, seed)| {
        let scenario = Scenario::named(name).unwrap();
        one(program, scenario, seed, STRIKES_FOR)
    });
    let outcomes = try_join_all(runs).await.unwrap();
    let told: Vec<_> = outcomes.iter().map(ToString::to_string).collect();
    let sound = outcomes.iter().all(|it| it.complaints.is_empty());
    assert!(sound, "{}\n{}", told.join("\n"), table(&outcomes));
    assert!(outcomes.iter().all(|it| it.strikes > 0 && it.accepted > 0));
}
