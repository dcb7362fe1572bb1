//! The search itself.

use model::{Kind, Step, System, search};

/// Numbers, and where one may go from each.
struct Walk(&'static [(u8, Kind, u8)]);

const REST: u8 = 9;
const WRONG: u8 = 13;

impl System for Walk {
    type State = u8;
    type Action = u8;

    fn start(&self) -> u8 {
        0
    }

    fn canonical(&self, state: &u8) -> u8 {
        *state
    }

    fn steps(&self, state: &u8) -> Vec<Step<u8, u8>> {
        let own = self.0.iter().filter(|(from, ..)| from == state);
        let step = |(_, kind, to): &(u8, Kind, u8)| Step {
            action: *to,
            kind: *kind,
            to: *to,
        };
        own.map(step).collect()
    }

    fn fault(&self, state: &u8) -> Option<&'static str> {
        (*state == WRONG).then_some("wrong")
    }

    fn at_rest(&self, state: &u8) -> bool {
        *state == REST
    }
}

use Kind::{Maybe, Sure};

#[track_caller]
fn check(ways: &'static [(u8, Kind, u8)], expected: Option<(&str, &[u8])>) {
    let report = search(&Walk(ways));
    let found = report.found.as_ref();
    let found = found.map(|found| (found.fault, found.way.as_slice()));
    assert_eq!(found, expected);
}

const LOST: &str = "from here on, not everything can be done without luck";

#[test]
fn a_state_that_must_not_be_is_found_by_the_shortest_way() {
    let ways = &[
        (0, Sure, 1),
        (1, Sure, 2),
        (2, Maybe, WRONG),
        (1, Sure, WRONG),
    ];
    check(ways, Some(("wrong", &[1, WRONG])));
}

#[test]
fn a_dead_end_is_a_loss() {
    check(&[(0, Sure, REST), (0, Maybe, 1)], Some((LOST, &[1])));
}

#[test]
fn a_circle_without_a_way_out_is_a_loss() {
    let ways = &[(0, Sure, REST), (0, Sure, 1), (1, Sure, 2), (2, Sure, 1)];
    check(ways, Some((LOST, &[1])));
}

#[test]
fn a_circle_with_a_way_out_is_none() {
    let ways = &[(0, Sure, 1), (1, Sure, 0), (1, Sure, REST)];
    check(ways, None);
}

#[test]
fn a_way_out_by_luck_is_none() {
    let ways = &[(0, Sure, REST), (0, Sure, 1), (1, Maybe, REST)];
    check(ways, Some((LOST, &[1])));
}
