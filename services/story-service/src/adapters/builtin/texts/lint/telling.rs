//! Stories of every sort of wish, told and checked.

use std::collections::BTreeMap;

use super::{
    grammar, only,
    requests::{Dice, request},
};
use crate::domain::{
    storyteller::{Story, ThemeWords, tell},
    wish::{Seed, StoryRequest, Words},
};

/// How many wishes are told with every change.
const WISHES: u64 = 240;
/// How many are told by hand, before a release of the texts: see the grammar's README.
const MANY_WISHES: u64 = 20_000;

/// Tells so many wishes, each without any finding; and how often each plot was told.
#[track_caller]
fn told_well(wishes: impl Iterator<Item = StoryRequest>) -> BTreeMap<String, usize> {
    let mut faulty = Vec::new();
    let mut plots: BTreeMap<String, usize> = BTreeMap::new();
    for wish in wishes {
        let story = tell(grammar(), &wish, wish.seed).unwrap();
        if !story.findings.is_empty() {
            faulty.push(fault(&wish, &story));
        }
        *plots.entry(story.plan.plot).or_default() += 1;
    }
    assert!(
        faulty.is_empty(),
        "{} faulty:\n{}",
        faulty.len(),
        faulty.join("\n")
    );
    plots
}

fn fault(wish: &StoryRequest, story: &Story) -> String {
    format!(
        "{:?}: {} of {} words for {:?}, wish {}",
        story.findings,
        story.plan.plot,
        wish.words.get(),
        wish.theme,
        wish.seed.get()
    )
}

#[test]
fn every_wish_is_told_and_well() {
    let plots = told_well((0..WISHES).map(|number| request(grammar(), 7_000 + number)));
    assert_eq!(
        plots.len(),
        grammar().plots.len(),
        "a plot is never told: {plots:?}"
    );
}

#[test]
#[ignore = "some minutes; for every change of many texts"]
fn a_great_many_wishes_are_told_and_well() {
    told_well((0..MANY_WISHES).map(|number| {
        let wish = request(grammar(), 1_000_000 + number);
        let words = Dice::new(number).below(usize::from(Words::MAX - Words::MIN) + 1);
        let words = i64::from(Words::MIN) + i64::try_from(words).unwrap();
        StoryRequest {
            words: Words::parse(words).unwrap(),
            ..wish
        }
    }));
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

/// Each plot alone, at the lengths that it is for, and each time without any finding: its length,
/// its grade, and all else.
#[test]
fn every_plot_keeps_its_lengths_and_grades() {
    let mut found = Vec::new();
    for plot in &grammar().plots {
        let alone = only(&plot.id);
        for words in (Words::MIN..=Words::MAX).step_by(50) {
            if !(plot.words.0..=plot.words.1).contains(&words) {
                continue;
            }
            let wishes = (0..).map(|number| request(grammar(), 50_000 + number));
            let carried = wishes.filter(|wish| {
                let shape = ThemeWords::read(wish.theme.as_str()).shape;
                plot.takes(shape.as_str()) > 0 && wish.avoid.entries().is_empty()
            });
            for wish in carried.take(3) {
                let wish = StoryRequest {
                    words: Words::parse(words.into()).unwrap(),
                    ..wish
                };
                let story = tell(&alone, &wish, wish.seed).unwrap();
                assert_eq!(story.plan.plot, plot.id);
                found.extend((!story.findings.is_empty()).then(|| fault(&wish, &story)));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
