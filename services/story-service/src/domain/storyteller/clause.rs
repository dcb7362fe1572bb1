//! Clauses of a theme in other tenses: `wants to see the sea`, `wanted to see the sea`.

use std::{collections::HashMap, sync::LazyLock};

use crate::domain::wish::VERBS;

static PAST: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let verbs = VERBS.split_whitespace().filter_map(|verb| {
        let mut forms = verb.split(':');
        Some((forms.next()?, forms.next()?))
    });
    verbs.chain(AUXILIARIES.iter().copied()).collect()
});

const AUXILIARIES: &[(&str, &str)] = &[
    ("is", "was"),
    ("are", "were"),
    ("am", "was"),
    ("has", "had"),
    ("have", "had"),
    ("does", "did"),
    ("do", "did"),
    ("can", "could"),
    ("cannot", "could not"),
    ("can’t", "couldn’t"),
    ("will", "would"),
    ("won’t", "wouldn’t"),
    ("isn’t", "wasn’t"),
    ("aren’t", "weren’t"),
    ("doesn’t", "didn’t"),
    ("don’t", "didn’t"),
    ("hasn’t", "hadn’t"),
    ("must", "had to"),
    ("be", "was"),
    ("read", "read"),
    ("let", "let"),
    ("put", "put"),
    ("cut", "cut"),
];

/// The base form of a verb in the third person: `flies`, `fly`.
fn base(verb: &str) -> String {
    if PAST.contains_key(verb) {
        return verb.to_owned();
    }
    if let Some(bare) = verb.strip_suffix("ies") {
        return format!("{bare}y");
    }
    for ending in ["ches", "shes", "sses", "xes", "oes"] {
        if verb.ends_with(ending) {
            return verb.strip_suffix("es").unwrap_or(verb).to_owned();
        }
    }
    match verb.strip_suffix('s') {
        Some(bare) if !bare.ends_with('s') => bare.to_owned(),
        _ => verb.to_owned(),
    }
}

fn past_verb(verb: &str) -> String {
    if PAST.values().any(|known| *known == verb) {
        return verb.to_owned();
    }
    let base = base(verb);
    if let Some(past) = PAST.get(base.as_str()) {
        return (*past).to_owned();
    }
    if base.ends_with('e') {
        return format!("{base}d");
    }
    if base.ends_with("ed") && base.len() > 4 {
        return base;
    }
    match base.strip_suffix('y') {
        Some(stem) if !stem.ends_with(vowel) => format!("{stem}ied"),
        _ if doubles(&base) => format!("{base}{}ed", base.chars().next_back().unwrap_or_default()),
        _ => format!("{base}ed"),
    }
}

const fn vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Whether the last letter is doubled before an ending: stop, stopped.
fn doubles(verb: &str) -> bool {
    let letters: Vec<char> = verb.chars().collect();
    match letters.as_slice() {
        [start @ .., middle, last] => {
            vowel(*middle) && "bdgmnpt".contains(*last) && start.iter().all(|c| !vowel(*c))
        }
        _ => false,
    }
}

/// A clause without its subject, in the past.
pub(super) fn past(clause: &str) -> String {
    let (first, rest) = clause.split_once(' ').unwrap_or((clause, ""));
    let (first_low, rest) = (first.to_lowercase().replace('\'', "’"), rest.to_owned());
    if matches!(first_low.as_str(), "has" | "have" | "lost") {
        let lost = if first_low == "lost" {
            Some(rest.as_str())
        } else {
            rest.strip_prefix("lost")
        };
        if let Some(what) = lost {
            return format!("had lost {}", what.trim()).trim().to_owned();
        }
    }
    let verb = past_verb(&first_low);
    let rest = if first_low.starts_with("want") {
        rest
    } else {
        joined_past(&rest)
    };
    format!("{verb} {rest}").trim().to_owned()
}

const JOINED: &[&str] = &[
    "is", "has", "can", "cannot", "does", "sings", "runs", "flies", "sleeps", "goes", "comes",
    "keeps", "makes", "tells", "wants", "lives", "thinks", "knows", "are", "have",
];

/// The second verb of `is old and has no friends`.
fn joined_past(rest: &str) -> String {
    let words: Vec<&str> = rest.split(' ').collect();
    let told = words.iter().enumerate().map(|(at, word)| {
        let joined = at > 0 && matches!(words.get(at - 1), Some(&("and" | "but")));
        if joined && JOINED.contains(word) {
            past_verb(word)
        } else {
            (*word).to_owned()
        }
    });
    told.collect::<Vec<_>>().join(" ")
}

/// A verb as a noun: `whistle`, `whistling`.
pub(super) fn gerund(verb: &str) -> String {
    match verb.strip_suffix('e') {
        Some(bare) if verb == "lie" || verb == "die" => {
            format!("{}ying", bare.trim_end_matches('i'))
        }
        Some(bare) if !verb.ends_with("ee") && verb != "be" && !verb.ends_with("oe") => {
            format!("{bare}ing")
        }
        _ if doubles(verb) => format!("{verb}{}ing", verb.chars().next_back().unwrap_or_default()),
        _ => format!("{verb}ing"),
    }
}

/// A past clause that goes on: `was shy`, `was still shy`.
pub(super) fn still(past: &str) -> String {
    match past.split_once(' ') {
        Some((verb @ ("was" | "were"), rest)) => format!("{verb} still {rest}"),
        _ => format!("still {past}"),
    }
}

/// A present clause that goes on: `cannot laugh`, `still cannot laugh`.
pub(super) fn still_now(clause: &str) -> String {
    for have in ["have", "has"] {
        if let Some(lost) = clause
            .strip_prefix(have)
            .and_then(|rest| rest.strip_prefix(" lost "))
        {
            return format!("{have} still not found {lost}");
        }
    }
    match clause.split_once(' ') {
        Some((verb @ ("is" | "are" | "has" | "have" | "can"), rest)) => {
            format!("{verb} still {rest}")
        }
        _ => format!("still {clause}"),
    }
}

/// A verb for several instead of one: `is`, `are`.
pub(super) fn many(verb: &str) -> String {
    let known = [
        ("is", "are"),
        ("was", "were"),
        ("has", "have"),
        ("does", "do"),
        ("goes", "go"),
        ("isn’t", "aren’t"),
        ("wasn’t", "weren’t"),
        ("hasn’t", "haven’t"),
        ("doesn’t", "don’t"),
    ];
    match known.iter().find(|(one, _)| *one == verb) {
        Some((_, many)) => (*many).to_owned(),
        None if verb.ends_with("ies") || verb.ends_with('s') => base(verb),
        None => verb.to_owned(),
    }
}

/// A verb for one instead of several: `follow`, `follows`.
pub(super) fn third(verb: &str) -> String {
    match verb {
        "be" => "is".to_owned(),
        "have" => "has".to_owned(),
        _ if ["ch", "sh", "ss", "x", "o"]
            .iter()
            .any(|end| verb.ends_with(end)) =>
        {
            format!("{verb}es")
        }
        _ => match verb.strip_suffix('y') {
            Some(bare) if !bare.ends_with(vowel) => format!("{bare}ies"),
            _ => format!("{verb}s"),
        },
    }
}

/// A verb after `did`: `did shrink`, `shrank`.
pub(super) fn after_did(verb: &str) -> String {
    past_verb(verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_go_into_the_past() {
        for (now, then) in [
            ("is afraid of the dark", "was afraid of the dark"),
            ("wants to see the sea", "wanted to see the sea"),
            ("lost his hat", "had lost his hat"),
            ("has lost its rain", "had lost its rain"),
            ("cannot laugh", "could not laugh"),
            ("runs backwards", "ran backwards"),
            ("cries", "cried"),
            ("stops at noon", "stopped at noon"),
            ("is old and has no friends", "was old and had no friends"),
            ("watches", "watched"),
            ("lost each other", "had lost each other"),
            ("want to dance", "wanted to dance"),
        ] {
            assert_eq!(past(now), then);
        }
    }

    #[test]
    fn verbs_become_nouns_and_back() {
        assert_eq!(gerund("whistle"), "whistling");
        assert_eq!(gerund("swim"), "swimming");
        assert_eq!(gerund("be"), "being");
        assert_eq!(gerund("lie"), "lying");
        assert_eq!(third("fly"), "flies");
        assert_eq!(third("follow"), "follows");
        assert_eq!(many("stands"), "stand");
        assert_eq!(still_now("is shy"), "is still shy");
        assert_eq!(still_now("cannot laugh"), "still cannot laugh");
        assert_eq!(
            still_now("have lost each other"),
            "have still not found each other"
        );
        assert_eq!(still("had lost it"), "still had lost it");
    }
}
