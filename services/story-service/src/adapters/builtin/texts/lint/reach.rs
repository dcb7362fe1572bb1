//! Every sentence can be told.

use std::collections::HashSet;

use super::{grammar, requests::request, texts::sentences};
use crate::domain::storyteller::reachable;

const WISHES: u64 = 600;

#[test]
fn every_sentence_can_be_told() {
    let mut reached: HashSet<u32> = HashSet::new();
    for number in 0..WISHES {
        let wish = request(grammar(), 20_000 + number);
        reached.extend(reachable(grammar(), &wish, number));
    }
    let all = sentences(grammar());
    let never = all
        .iter()
        .filter(|(_, alt)| !reached.contains(&alt.id) && !alt.pieces.is_empty());
    let never: Vec<String> = never
        .map(|(plot, alt)| format!("{plot}: {}", alt.source))
        .collect();
    assert!(
        never.is_empty(),
        "{} of {} are never told:\n{}",
        never.len(),
        all.len(),
        never.join("\n")
    );
}
