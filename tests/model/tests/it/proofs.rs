//! Each test looks at every state that so much trouble can lead to. The counts are those of
//! `docs/jobs.md`: whoever changes the model brings them up to date.

use model::{Jobs, Trouble, search};

const NONE: Trouble = Trouble {
    crashes: 0,
    flushes: 0,
    clock_back: false,
    mishaps: 0,
};

#[track_caller]
fn holds(trouble: Trouble, states: usize) {
    let report = search(&Jobs {
        trouble,
        planted: None,
    });
    if let Some(found) = report.found {
        panic!("after {} states: {found}", report.states);
    }
    assert!(report.resting > 0);
    assert_eq!(report.states, states, "{} steps", report.steps);
    let counts = include_str!("../../../../docs/jobs.md");
    assert!(counts.contains(&grouped(states)), "docs/jobs.md is old");
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[test]
fn nothing_goes_wrong() {
    holds(NONE, 56);
}

#[test]
fn a_crash_and_a_loss_of_redis() {
    let trouble = Trouble {
        crashes: 1,
        flushes: 1,
        ..NONE
    };
    holds(trouble, 527_109);
}

#[test]
fn a_crash_and_a_mishap() {
    let trouble = Trouble {
        crashes: 1,
        mishaps: 1,
        ..NONE
    };
    holds(trouble, 291_644);
}

#[test]
fn a_loss_of_redis_and_a_mishap() {
    let trouble = Trouble {
        flushes: 1,
        mishaps: 1,
        ..NONE
    };
    holds(trouble, 1_845_541);
}

#[test]
fn two_mishaps() {
    let trouble = Trouble { mishaps: 2, ..NONE };
    holds(trouble, 417_079);
}

#[test]
fn a_loss_of_redis_and_of_time() {
    let trouble = Trouble {
        flushes: 1,
        clock_back: true,
        ..NONE
    };
    holds(trouble, 130_620);
}
