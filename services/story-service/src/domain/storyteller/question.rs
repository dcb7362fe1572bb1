//! Themes that ask: `why the sea is salty`, `Why do birds sing?`

use super::{
    clause, nouns,
    theme::{Shape, ThemeWords, lower_first},
};

/// Reads a theme as a question.
pub(super) fn read(theme: &mut ThemeWords, lower: &[String], words: &[&str]) {
    theme.shape = Shape::Question;
    if theme.quoted.ends_with("?”") {
        theme.title.push('?');
    }
    theme.asked = lower_first(&theme.theme);
    theme.about.clone_from(&theme.asked);
    let first = lower.first().map(String::as_str).unwrap_or_default();
    theme.flags.push(match first {
        "why" => "why",
        "how" => "how",
        "where" => "where",
        "when" => "when",
        "who" | "whose" | "whom" => "who",
        "what" | "which" => "what",
        _ => {
            theme.about.clone_from(&theme.quoted);
            "yesno"
        }
    });
    if matches!(first, "why" | "how" | "where" | "when")
        && let Some(so) = statement(words.get(1..).unwrap_or(&[]), lower.get(1..).unwrap_or(&[]))
    {
        theme.asked = format!("{first} {so}");
        theme.about.clone_from(&theme.asked);
        theme.so = so;
        theme.flags.push("so");
    }
}

const AUXILIARIES: &[&str] = &[
    "is", "are", "do", "does", "did", "can", "was", "were", "has", "have", "will",
];

const MEASURES: &[&str] = &[
    "to", "many", "much", "far", "old", "long", "big", "high", "deep", "tall", "often", "fast",
    "come", "not",
];

/// The clause of a question as a statement, if it can be told from its words.
fn statement(words: &[&str], lower: &[String]) -> Option<String> {
    let first = lower.first()?.as_str();
    if MEASURES.contains(&first) || words.len() < 2 {
        return None;
    }
    if !AUXILIARIES.contains(&first) {
        return Some(lower_start(words, lower));
    }
    let subject = subject_length(lower.get(1..)?);
    let (subject, rest) = (words.get(1..=subject)?, words.get(subject + 1..)?);
    let subject_text = lower_start(subject, lower.get(1..)?);
    let (verb, tail) = rest.split_first()?;
    let said = match first {
        "do" => (*verb).to_owned(),
        "does" => clause::third(verb),
        "did" => clause::after_did(verb),
        _ => return Some(format!("{subject_text} {first} {}", rest.join(" "))),
    };
    Some(
        format!("{subject_text} {said} {}", tail.join(" "))
            .trim()
            .to_owned(),
    )
}

fn subject_length(lower: &[String]) -> usize {
    let first = lower.first().map(String::as_str).unwrap_or_default();
    if nouns::determines(first) { 2 } else { 1 }
}

/// Words with a small first letter where it is an article.
fn lower_start(words: &[&str], lower: &[String]) -> String {
    let text = words.join(" ");
    match lower.first() {
        Some(first) if nouns::determines(first) => lower_first(&text),
        _ => text,
    }
}
