//! Stories of every sort of wish, told and checked.

use std::collections::BTreeMap;

use super::{grammar, only, requests::request};
use crate::domain::{
    storyteller::{Finding, highest_grade, tell},
    wish::{Seed, StoryRequest, Words},
};

/// How many wishes; each is told twice.
const WISHES: u64 = 180;

#[test]
fn every_wish_is_told_and_well() {
    let mut faulty = Vec::new();
    let mut plots: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..WISHES {
        let wish = request(grammar(), 7_000 + number);
        let story = tell(grammar(), &wish, wish.seed).unwrap();
        let grave: Vec<_> = story
            .findings
            .iter()
            .filter(|finding| finding.is_grave())
            .collect();
        assert!(grave.is_empty(), "{grave:?}: {wish:?}\n{}", story.text());
        *plots.entry(story.plan.plot.clone()).or_default() += 1;
        if !story.findings.is_empty() {
            faulty.push(format!(
                "{:?}: {} for {:?}",
                story.findings, story.plan.plot, wish.theme
            ));
        }
    }
    assert!(faulty.len() as u64 * 50 <= WISHES, "{}", faulty.join("\n"));
    assert_eq!(
        plots.len(),
        grammar().plots.len(),
        "a plot is never told: {plots:?}"
    );
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for number in 0..25 {
        let wish = request(grammar(), 900 + number);
        let (one, two) = (
            tell(grammar(), &wish, wish.seed),
            tell(grammar(), &wish, wish.seed),
        );
        assert_eq!(one.unwrap(), two.unwrap());
        let other = tell(grammar(), &wish, Seed::from_bits(number + 1)).unwrap();
        assert_ne!(
            other.text(),
            tell(grammar(), &wish, wish.seed).unwrap().text()
        );
    }
}

/// Each plot alone, at the lengths that it is for: it must reach them and keep to the grade.
#[test]
fn every_plot_keeps_its_lengths_and_grades() {
    let mut found = Vec::new();
    for plot in &grammar().plots {
        let alone = only(&plot.id);
        for words in [150, 200, 300, 450, 600, 800, 1_000, 1_200_u16] {
            if !(plot.words.0..=plot.words.1).contains(&words) {
                continue;
            }
            let wishes = (0..).map(|number| request(grammar(), 50_000 + number));
            let carried = wishes.filter(|wish| {
                let shape = crate::domain::storyteller::ThemeWords::read(wish.theme.as_str()).shape;
                plot.takes(shape.as_str()) > 0 && wish.avoid.entries().is_empty()
            });
            for wish in carried.take(3) {
                let wish = StoryRequest {
                    words: Words::parse(words.into()).unwrap(),
                    ..wish
                };
                let story = tell(&alone, &wish, wish.seed).unwrap();
                assert!(
                    story.reading_grade <= highest_grade(wish.age_band),
                    "{}: {wish:?}",
                    plot.id
                );
                let off = story
                    .findings
                    .iter()
                    .any(|finding| matches!(finding, Finding::Length { .. }));
                found.extend(off.then(|| {
                    format!(
                        "{} {words}: {} words, {:?}",
                        plot.id, story.word_count, wish.theme
                    )
                }));
            }
        }
    }
    assert!(found.len() <= 4, "{}", found.join("\n"));
}
