//! The same files, wish and seed make the same story, from one version of the program to the
//! next. It is told of a small grammar of its own, so that the texts may change.

use std::fmt::Write as _;

use super::read;
use crate::domain::{
    fixtures,
    storyteller::{ENGINE, Grammar, Story, tell},
    wish::{
        AgeBand, Cast, CastMember, Kind, Name, Pronouns, Seed, StoryRequest, Theme, Tone, Words,
    },
};

const LEXICON: &str = include_str!("small/lexicon.toml");
const PLOT: &str = include_str!("small/plot.toml");

fn grammar() -> Grammar {
    read(LEXICON, &[("plot.toml", PLOT)]).unwrap()
}

/// Everything of a story that a reader sees.
fn seen(story: &Story) -> String {
    let plan = &story.plan;
    let mut seen = format!("{}\n{}\n", plan.title, plan.teaser);
    for (beat, scene) in plan.beats.iter().zip(&story.scenes) {
        writeln!(seen, "{}\n{}", beat.name, scene.paragraphs.join("\n")).unwrap();
    }
    seen
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn wish(theme: &str, words: i64) -> StoryRequest {
    StoryRequest {
        theme: Theme::parse(theme).unwrap(),
        words: Words::parse(words).unwrap(),
        ..fixtures::request()
    }
}

fn member(name: &str, kind: Kind) -> CastMember {
    CastMember {
        name: Name::parse(name).unwrap(),
        pronouns: Pronouns::They,
        kind,
    }
}

fn alone() -> StoryRequest {
    StoryRequest {
        cast: Cast::default(),
        place: None,
        age_band: AgeBand::Young,
        ..wish("learning to whistle", 200)
    }
}

fn crowd() -> StoryRequest {
    let members = [
        member("Otto", Kind::Dog),
        member("Ada", Kind::Robot),
        member("Pip", Kind::Mouse),
    ];
    StoryRequest {
        cast: Cast::parse(members.into()).unwrap(),
        tone: Tone::Brave,
        age_band: AgeBand::Adult,
        ..wish("a map of rain", 450)
    }
}

/// Whoever changes the engine so that this fails raises `ENGINE`, and notes the new revision
/// here together with what it tells.
#[test]
fn a_seed_tells_the_same_story_until_the_engine_is_another() {
    let grammar = grammar();
    let wishes = [
        wish("a lantern that is afraid of the dark", 150),
        wish("a kite that wants to see the sea", 300),
        alone(),
        crowd(),
    ];
    let told = wishes.iter().enumerate().map(|(seed, wish)| {
        let story = tell(&grammar, wish, Seed::from_bits(seed as u64)).unwrap();
        seen(&story)
    });
    let told: Vec<String> = told.collect();
    let hashes: Vec<String> = told
        .iter()
        .map(|text| format!("{:016x}", hash(text)))
        .collect();
    let told_by_revision_1 = [
        "fa07f47bb85280d0",
        "ad696378bbc3edf5",
        "b4476a02db5914ce",
        "7a73a373a212bcc5",
    ];
    let told = told.join("\n\n");
    assert_eq!(
        (ENGINE, &*hashes),
        (1, &told_by_revision_1.map(String::from)[..]),
        "raise ENGINE if the texts of this grammar are the same:\n{told}"
    );
}

#[test]
fn a_story_keeps_the_versions_of_texts_and_engine() {
    let grammar = grammar();
    let wish = wish("a kite that wants to see the sea", 300);
    let story = tell(&grammar, &wish, Seed::from_bits(1)).unwrap();
    let both = format!("{}.{ENGINE}", grammar.version);
    assert_eq!(story.plan.grammar, both);
}
