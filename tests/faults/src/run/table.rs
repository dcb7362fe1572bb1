use std::fmt::Write as _;

use super::Outcome;
use crate::scenario::{LONG, SCENARIOS};

/// What came of all runs, by scenario, in Markdown.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = "\n\
        | scenario | seeds | strikes | accepted | done | dead | cancelled | lost | double | in vain | other | settled within |\n\
        |---|---|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for scenario in SCENARIOS.iter().chain(LONG) {
        let of_it = outcomes.iter().filter(|it| it.scenario == scenario.name);
        line(&mut table, scenario.name, &of_it.collect::<Vec<_>>());
    }
    line(&mut table, "all", &outcomes.iter().collect::<Vec<_>>());
    table
}

fn line(table: &mut String, name: &str, outcomes: &[&Outcome]) {
    if outcomes.is_empty() {
        return;
    }
    let sum = |of: fn(&Outcome) -> usize| outcomes.iter().map(|it| of(it)).sum::<usize>();
    let (lost, double) = (sum(|it| it.lost), sum(|it| it.double));
    let other = outcomes.iter().filter(|it| it.lost + it.double == 0);
    let other = other.filter(|it| !it.complaints.is_empty()).count();
    let settled = outcomes
        .iter()
        .map(|it| it.settled)
        .max()
        .unwrap_or_default();
    // Writing to a string cannot fail.
    let _written = writeln!(
        table,
        "| {name} | {} | {} | {} | {} | {} | {} | {lost} | {double} | {} | {other} | {:.0} s |",
        outcomes.len(),
        sum(|it| it.strikes),
        sum(|it| it.accepted),
        sum(|it| it.done),
        sum(|it| it.dead),
        sum(|it| it.cancelled),
        sum(|it| it.in_vain),
        settled.as_secs_f64().ceil(),
    );
}
