use super::super::{Attempt, Codes, Try};
use super::*;
use crate::domain::CodeHash;

const RIGHT: CodeHash = CodeHash([1; 32]);
const WRONG: CodeHash = CodeHash([2; 32]);
const LIFE: Duration = Duration::from_mins(1);

/// What `Codes` promises.
pub async fn codes(codes: &dyn Codes) {
    wrong_codes_are_counted_and_the_right_one_is_not(codes).await;
    a_hash_that_is_lost_or_outdated_is_put_right(codes).await;
    tries_outlive_a_new_code(codes).await;
    what_is_forgotten_starts_anew(codes).await;
}

fn attempt(number: u128, presented: CodeHash) -> Attempt {
    Attempt {
        flow: id(number),
        expected: RIGHT,
        presented,
        life: LIFE,
        most: 3,
    }
}

async fn wrong_codes_are_counted_and_the_right_one_is_not(codes: &dyn Codes) {
    codes.keep(id(1), RIGHT, LIFE).await.unwrap();
    let tried = [
        (WRONG, Try::Wrong(2)),
        (RIGHT, Try::Right(2)),
        (WRONG, Try::Wrong(1)),
        (RIGHT, Try::Right(1)),
        (WRONG, Try::Wrong(0)),
    ];
    for (presented, expected) in tried {
        let outcome = codes.attempt(&attempt(1, presented)).await.unwrap();
        assert_eq!(outcome, expected);
    }
    for presented in [WRONG, RIGHT] {
        let late = codes.attempt(&attempt(1, presented)).await.unwrap();
        assert_eq!(late, Try::Exhausted);
    }
}

async fn a_hash_that_is_lost_or_outdated_is_put_right(codes: &dyn Codes) {
    assert_eq!(
        codes.attempt(&attempt(2, RIGHT)).await.unwrap(),
        Try::Right(3)
    );
    codes.replace(id(3), WRONG, LIFE).await.unwrap();
    codes.keep(id(3), RIGHT, LIFE).await.unwrap();
    assert_eq!(
        codes.attempt(&attempt(3, WRONG)).await.unwrap(),
        Try::Wrong(2)
    );
    assert_eq!(
        codes.attempt(&attempt(3, RIGHT)).await.unwrap(),
        Try::Right(2)
    );
}

async fn tries_outlive_a_new_code(codes: &dyn Codes) {
    codes.attempt(&attempt(4, WRONG)).await.unwrap();
    codes.replace(id(4), RIGHT, LIFE).await.unwrap();
    assert_eq!(
        codes.attempt(&attempt(4, WRONG)).await.unwrap(),
        Try::Wrong(1)
    );
}

async fn what_is_forgotten_starts_anew(codes: &dyn Codes) {
    codes.attempt(&attempt(5, WRONG)).await.unwrap();
    codes.forget(id(5)).await.unwrap();
    assert_eq!(
        codes.attempt(&attempt(5, WRONG)).await.unwrap(),
        Try::Wrong(2)
    );
}
