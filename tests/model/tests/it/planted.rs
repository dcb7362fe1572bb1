//! Rules that are left out one at a time: each is needed, and the search shows what for. Run with
//! `--nocapture` to read the ways that it finds.

use model::{Jobs, Planted, Trouble, search};

const CRASH: Trouble = Trouble {
    crashes: 1,
    flushes: 0,
    clock_back: false,
    mishaps: 0,
};

const MISHAP: Trouble = Trouble {
    crashes: 0,
    mishaps: 1,
    ..CRASH
};

const LOST: &str = "from here on, not everything can be done without luck";

#[track_caller]
fn finds(planted: Planted, trouble: Trouble, fault: &str) {
    let without = Jobs {
        trouble,
        planted: None,
    };
    assert!(search(&without).found.is_none());
    let planted = Jobs {
        planted: Some(planted),
        ..without
    };
    let report = search(&planted);
    let found = report.found.expect("a fault is found");
    show(&format!(
        "{:?}, after {} states: {found}",
        planted.planted, report.states
    ));
    assert_eq!(found.fault, fault);
    assert!(!found.way.is_empty());
}

#[expect(clippy::print_stdout, reason = "shown on request")]
fn show(text: &str) {
    println!("{text}");
}

#[test]
fn without_fence_a_worker_that_was_frozen_ends_the_claim_of_another() {
    let fault = "a claim was ended by somebody who no longer held the job";
    finds(Planted::NoFence, MISHAP, fault);
}

#[test]
fn without_fence_and_state_an_effect_is_committed_twice() {
    let fault = "the effect of a job was committed twice";
    finds(Planted::NoGuard, MISHAP, fault);
}

#[test]
fn without_a_claim_two_workers_begin_the_same() {
    finds(Planted::NoClaim, CRASH, "one claim is in two hands");
}

#[test]
fn if_xrange_alone_is_a_proof_of_life_a_job_is_lost() {
    finds(Planted::RangeIsProof, CRASH, LOST);
}

#[test]
fn if_entries_are_not_looked_for_a_job_is_lost() {
    finds(Planted::NoSlowPass, CRASH, LOST);
}

#[test]
fn if_nobody_takes_over_a_job_is_lost() {
    finds(Planted::NoTakeOver, CRASH, LOST);
}

#[test]
fn if_leases_are_not_looked_for_a_job_is_lost() {
    finds(Planted::NoReaper, CRASH, LOST);
}
