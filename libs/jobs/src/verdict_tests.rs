use rand::SeedableRng as _;
use rand::rngs::StdRng;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2030-01-01 12:00 UTC);

fn tries() -> Tries {
    Tries {
        attempt: 1,
        crashes: 0,
        unavailable: 0,
        greylisted: 0,
        created_at: NOW,
        now: NOW,
    }
}

fn cause() -> Cause {
    Cause::new("test", "because")
}

fn judge(tries: Tries, failure: Failure) -> Verdict {
    let mut rng = StdRng::seed_from_u64(7);
    tries.judge(
        Ended::Failed(failure),
        &Settings::default_for_tests(),
        &mut rng,
    )
}

#[track_caller]
fn again(verdict: Verdict) -> Again {
    match verdict {
        Verdict::Again(again) => again,
        other => panic!("not to be tried again: {other:?}"),
    }
}

#[test]
fn waits_grow_threefold_up_to_the_cap() {
    let mut rng = StdRng::seed_from_u64(7);
    for (nth, longest) in [(1, 2), (2, 6), (3, 18), (4, 54), (5, 60), (1000, 60)] {
        let longest = Duration::from_secs(longest);
        let mut wait = || jitter(Duration::from_secs(2), MINUTE, nth, &mut rng);
        let waits: Vec<_> = (0..200).map(|_| wait()).collect();
        assert!(waits.iter().all(|wait| *wait <= longest), "{nth}");
        assert!(waits.iter().any(|wait| *wait > longest / 2), "{nth}");
        assert!(waits.iter().any(|wait| *wait < longest / 2), "{nth}");
    }
}

#[test]
fn a_failed_try_uses_an_attempt_and_the_last_one_kills() {
    let first = again(judge(tries(), Failure::Retry(cause())));
    assert!(!first.give_back);
    let last = Tries {
        attempt: 8,
        ..tries()
    };
    assert_eq!(
        judge(last, Failure::Retry(cause())),
        Verdict::Bury(cause(), 0)
    );
}

#[test]
fn an_outage_uses_no_attempt_however_long_it_lasts() {
    let worn = Tries {
        attempt: 8,
        unavailable: 1_000_000,
        ..tries()
    };
    let next = again(judge(worn, Failure::Unavailable(cause())));
    assert!(next.give_back && next.wait <= MINUTE);
    assert_eq!(next.unavailable, 1_000_001);
}

#[test]
fn a_snooze_lasts_as_long_as_told() {
    let after = Duration::from_secs(77);
    let next = again(judge(
        tries(),
        Failure::Snooze {
            cause: cause(),
            after,
        },
    ));
    assert!(next.give_back);
    assert_eq!(next.wait, after);
}

#[test]
fn greylisting_waits_5_15_30_minutes_then_hours() {
    let wait = |greylisted| {
        let failure = Failure::Greylisted {
            cause: cause(),
            give_up_at: None,
        };
        again(judge(
            Tries {
                greylisted,
                ..tries()
            },
            failure,
        ))
        .wait
    };
    assert_eq!(
        [wait(0), wait(1), wait(2)],
        [5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
    );
    assert!((HOUR..=4 * HOUR).contains(&wait(3)));
}

#[test]
fn greylisting_ends_after_four_days_or_when_told() {
    let old = Tries {
        created_at: NOW - GIVE_UP,
        ..tries()
    };
    let failure = |give_up_at| Failure::Greylisted {
        cause: cause(),
        give_up_at,
    };
    assert_eq!(judge(old, failure(None)), Verdict::Bury(cause(), 0));
    let code_expires = NOW + 4 * MINUTE;
    assert_eq!(
        judge(tries(), failure(Some(code_expires))),
        Verdict::Bury(cause(), 0)
    );
    again(judge(tries(), failure(Some(NOW + 6 * MINUTE))));
}

#[test]
fn a_panic_counts_as_a_crash_and_the_fifth_kills() {
    let mut rng = StdRng::seed_from_u64(7);
    let settings = Settings::default_for_tests();
    let first = again(tries().judge(Ended::Panicked, &settings, &mut rng));
    assert_eq!((first.crashes, first.give_back), (1, false));
    let fifth = Tries {
        crashes: 4,
        attempt: 5,
        ..tries()
    };
    let buried = Verdict::Bury(crashed(5), 1);
    assert_eq!(fifth.judge(Ended::Panicked, &settings, &mut rng), buried);
}

#[test]
fn what_makes_way_uses_nothing() {
    let mut rng = StdRng::seed_from_u64(7);
    let settings = Settings::default_for_tests();
    let next = again(tries().judge(Ended::Interrupted, &settings, &mut rng));
    assert_eq!(
        (next.wait, next.give_back, next.crashes),
        (Duration::ZERO, true, 0)
    );
    assert_eq!(judge(tries(), Failure::Cancelled), Verdict::Again(next));
}
