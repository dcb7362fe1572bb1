//! Every sentence can be told.

use std::collections::HashSet;

use super::{
    grammar,
    requests::{PLACES, THEMES, request},
    texts::sentences,
};
use crate::domain::{
    storyteller::reachable,
    wish::{Place, StoryRequest, Words},
};

/// Each theme is asked for in each length.
const LENGTHS: [i64; 10] = [150, 250, 1_200, 300, 650, 200, 850, 260, 450, 1_050];

#[test]
fn every_sentence_can_be_told() {
    let mut reached: HashSet<u32> = HashSet::new();
    for (round, length) in LENGTHS.into_iter().enumerate() {
        let words = Words::parse(length).unwrap();
        for theme in 0..THEMES.len() {
            let number = (20_000 / THEMES.len() + round) * THEMES.len() + theme;
            let wish = StoryRequest {
                words,
                place: Some(Place::parse(PLACES[(theme + 5 * round) % PLACES.len()]).unwrap()),
                ..request(grammar(), number as u64)
            };
            reached.extend(reachable(grammar(), &wish, number as u64));
        }
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
