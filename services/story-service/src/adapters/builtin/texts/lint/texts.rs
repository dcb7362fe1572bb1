//! The texts themselves, before anything is told.

use std::collections::HashMap;

use super::grammar;
use crate::domain::{
    storyteller::{Alt, Grammar, Pools, Shape, Slot},
    wish::words,
};

/// Words that no story for children has, whatever the wish.
const UNSAFE: &[&str] = &[
    "kill",
    "killed",
    "blood",
    "bloody",
    "gun",
    "knife",
    "drunk",
    "beer",
    "wine",
    "whisky",
    "sex",
    "naked",
    "hell",
    "damn",
    "stupid",
    "idiot",
    "ugly",
    "hate",
    "hated",
    "poison",
    "corpse",
    "murder",
    "suicide",
    "drugs",
    "cigarette",
    "smoking",
    "god",
    "devil",
    "slap",
    "beat him",
    "beat her",
    "shut up",
    "die",
    "died",
    "dead",
    "death",
];

/// Every sentence with the file that it stands in.
pub(super) fn sentences(grammar: &Grammar) -> Vec<(String, &Alt)> {
    let mut found: Vec<(String, &Alt)> = Vec::new();
    let lexicon = || "lexicon".to_owned();
    found.extend(
        grammar
            .kinds
            .iter()
            .flat_map(|(_, kind)| &kind.notice)
            .map(|alt| (lexicon(), alt)),
    );
    found.extend(grammar.defaults.company.iter().map(|alt| (lexicon(), alt)));
    let shared = grammar
        .places
        .iter()
        .map(|place| &place.pools)
        .chain([&grammar.any]);
    found.extend(shared.flat_map(of_pools).map(|alt| (lexicon(), alt)));
    for plot in &grammar.plots {
        let own = plot
            .titles
            .iter()
            .chain(&plot.teasers)
            .chain(of_pools(&plot.pools));
        found.extend(own.map(|alt| (plot.id.clone(), alt)));
        let slots = plot.beats.iter().flat_map(|beat| &beat.slots);
        let alts = slots.flat_map(|slot| match slot {
            Slot::Break => &[][..],
            Slot::Say { alts, .. } | Slot::Each { alts } => alts,
        });
        found.extend(alts.map(|alt| (plot.id.clone(), alt)));
    }
    found
}

fn of_pools(pools: &Pools) -> impl Iterator<Item = &Alt> {
    pools
        .values()
        .flatten()
        .flat_map(|option| option.parts.iter().flat_map(|(_, alts)| alts))
}

/// The text of a source without brackets.
fn text(alt: &Alt) -> String {
    let mut text = alt.source.trim();
    if text.starts_with('[') {
        text = text.split_once(']').map_or(text, |(_, rest)| rest);
    }
    if text.ends_with(']') {
        text = text.rsplit_once('[').map_or(text, |(rest, _)| rest);
    }
    text.trim().to_owned()
}

/// The text without its tokens.
fn plain(alt: &Alt) -> String {
    let text = text(alt);
    let parts = text
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    parts.collect::<Vec<_>>().join("·")
}

#[track_caller]
fn none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

#[test]
fn every_shape_has_plots_of_its_own() {
    for shape in Shape::ALL {
        let plots = grammar()
            .plots
            .iter()
            .filter(|plot| plot.takes(shape.as_str()) > 0);
        assert!(plots.count() >= 2, "{shape:?}");
    }
}

#[test]
fn no_sentence_is_in_two_plots() {
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut found = Vec::new();
    for (plot, alt) in sentences(grammar()) {
        let text = text(alt);
        if words(&text).count() < 3 || text.starts_with('{') && text.ends_with('}') {
            continue;
        }
        match owners.get(&text) {
            Some(owner) if *owner != plot => found.push(format!("{owner} and {plot}: {text}")),
            _ => drop(owners.insert(text, plot)),
        }
    }
    none(&found);
}

#[test]
fn no_unsafe_word_is_there() {
    let mut found = Vec::new();
    for (plot, alt) in sentences(grammar()) {
        let text = format!(
            " {} ",
            words(&plain(alt))
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        );
        found.extend(
            UNSAFE
                .iter()
                .filter(|word| text.contains(&format!(" {word} ")))
                .map(|word| format!("{plot}: {word}: {}", alt.source)),
        );
    }
    none(&found);
}

#[test]
fn pronouns_are_tokens_unless_a_stranger_brings_them() {
    let mut found = Vec::new();
    for (plot, alt) in sentences(grammar()) {
        let plain = plain(alt).to_lowercase();
        let has = |list: &[&str]| words(&plain).any(|word| list.contains(&word));
        let she = has(&["she", "her", "hers", "herself"]) && !alt.lends.she;
        let he = has(&["he", "him", "his", "himself"]) && !alt.lends.he;
        found.extend((she || he).then(|| format!("{plot}: {}", alt.source)));
    }
    none(&found);
}

/// `{she has}`, not `{she} has`: the hero may be they.
#[test]
fn verbs_agree_with_the_pronoun_before_them() {
    const NO_VERBS: &[&str] = &["always", "sometimes", "perhaps", "as"];
    let mut found = Vec::new();
    for (plot, alt) in sentences(grammar()) {
        let text = text(alt);
        let verbs = text.split("she} ").skip(1).filter(|rest| {
            let verb = words(rest).next().unwrap_or_default();
            let third = verb == "was" || verb.ends_with('s') && !verb.ends_with("ss");
            third && !NO_VERBS.contains(&verb)
        });
        found.extend(verbs.map(|rest| format!("{plot}: {rest}")));
    }
    none(&found);
}

#[test]
fn typography_is_clean() {
    let mut found = Vec::new();
    for (plot, alt) in sentences(grammar()) {
        let text = text(alt);
        let stray = ["  ", " ,", " .", "..", "\"", "--", " ?", " !", "”“"]
            .iter()
            .any(|stray| text.contains(stray));
        let mut depth = 0_i32;
        let nested = text.chars().all(|c| {
            depth += i32::from(c == '“') - i32::from(c == '”');
            (0..=1).contains(&depth)
        });
        found.extend((stray || !nested || depth != 0).then(|| format!("{plot}: {text}")));
    }
    none(&found);
}
