//! That the check of the books finds what is wrong.

use std::collections::HashSet;

use faults::books::{Books, JobRow, Letter, Mark};
use faults::check::{Fault, check};
use faults::player::Mood;
use uuid::Uuid;

/// A key of this mood.
fn key(is: impl Fn(Mood) -> bool) -> Uuid {
    let mut keys = (1..=254_u8).map(|kind| Uuid::from_bytes([kind; 16]));
    keys.find(|key| is(Mood::of(*key))).unwrap()
}

fn willing() -> Uuid {
    key(|mood| matches!(mood, Mood::Willing(_)))
}

fn rejected() -> Uuid {
    key(|mood| mood == Mood::Rejected)
}

fn row(key: Uuid, state: &str) -> JobRow {
    JobRow {
        id: key,
        key,
        state: state.to_owned(),
        fence: 1,
        attempt: 1,
        crashes: 0,
        began_after_ms: Some(5_000),
    }
}

/// One job that is done and one that is dead, as they should be.
fn sound() -> Books {
    let (done, dead) = (willing(), rejected());
    let mark = |key| Mark { key, fence: 1 };
    Books {
        accepted: HashSet::from([done, dead]),
        jobs: vec![row(done, "done"), row(dead, "dead")],
        starts: vec![mark(done), mark(dead)],
        effects: vec![mark(done)],
        letters: vec![Letter {
            key: dead,
            told: true,
        }],
        max_attempts: 4,
        max_crashes: 5,
    }
}

#[track_caller]
fn finds(expected: &[Fault], spoil: impl FnOnce(&mut Books)) {
    let mut books = sound();
    spoil(&mut books);
    let found: Vec<Fault> = check(&books).iter().map(|it| it.fault).collect();
    assert_eq!(found, expected);
}

#[test]
fn sound_books_are_believed() {
    finds(&[], |_| {});
}

#[test]
fn a_lost_job_is_found() {
    finds(&[Fault::Vanished, Fault::Unasked], |books| {
        books.jobs.remove(0);
    });
    for state in ["ready", "queued", "running", "parked"] {
        finds(&[Fault::Unfinished], |books| {
            books.jobs[0].state = state.to_owned();
            books.effects.clear();
        });
    }
    finds(&[Fault::NoEffect], |books| books.effects.clear());
    finds(&[Fault::WronglyDead], |books| {
        books.jobs[0].state = "dead".to_owned();
        books.effects.clear();
        let key = willing();
        books.letters.push(Letter { key, told: true });
    });
}

#[test]
fn what_was_done_twice_is_found() {
    finds(&[Fault::Double], |books| {
        books.effects.push(books.effects[0]);
    });
    finds(&[Fault::BegunTwice], |books| {
        books.starts.push(books.starts[0]);
    });
    finds(&[Fault::Zombie], |books| books.jobs[0].fence = 2);
    finds(&[Fault::EffectUndone], |books| {
        books.jobs[0].state = "cancelled".to_owned();
    });
}

#[test]
fn what_nobody_asked_for_is_found() {
    finds(&[Fault::FromNowhere], |books| {
        books.starts.remove(0);
    });
    finds(&[Fault::Unasked], |books| {
        books.accepted.remove(&willing());
    });
}

#[test]
fn what_began_too_early_is_found() {
    let waits = Uuid::from_bytes([0; 16]);
    finds(&[Fault::Early], |books| {
        books.jobs.push(JobRow {
            began_after_ms: Some(2_999),
            ..row(waits, "cancelled")
        });
        books.accepted.insert(waits);
    });
}

#[test]
fn tries_crashes_and_letters_are_counted() {
    finds(&[Fault::TooOften], |books| books.jobs[0].attempt = 5);
    finds(&[Fault::TooOften], |books| books.jobs[0].crashes = 6);
    finds(&[Fault::Letters], |books| books.letters.clear());
    finds(&[Fault::Letters], |books| books.letters[0].told = false);
    finds(&[Fault::WronglyDone, Fault::Letters], |books| {
        let key = rejected();
        books.jobs[1].state = "done".to_owned();
        books.effects.push(Mark { key, fence: 1 });
    });
}
