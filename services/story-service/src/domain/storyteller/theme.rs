//! The shape of a theme, and the words that a plot can use of it.

use super::{clause, nouns, question};
use crate::domain::wish::words;

/// How a theme takes part in a plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Somebody who is afraid of something.
    Fear,
    /// Somebody who wants something.
    Wish,
    /// Somebody who has lost something.
    Loss,
    /// Somebody who is different.
    Odd,
    /// A thing.
    Thing,
    /// Something to do or to learn.
    Doing,
    /// A quality.
    Quality,
    Question,
    Other,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 9] = [
        Self::Fear,
        Self::Wish,
        Self::Loss,
        Self::Odd,
        Self::Thing,
        Self::Doing,
        Self::Quality,
        Self::Question,
        Self::Other,
    ];

    /// Its name in `carries` and in brackets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fear => "fear",
            Self::Wish => "wish",
            Self::Loss => "loss",
            Self::Odd => "odd",
            Self::Thing => "thing_",
            Self::Doing => "doing",
            Self::Quality => "quality",
            Self::Question => "question",
            Self::Other => "other",
        }
    }
}

/// How the theme is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThemePronoun {
    She,
    He,
    It,
    They,
}

/// A theme that was read.
#[derive(Debug, Clone)]
pub struct ThemeWords {
    pub shape: Shape,
    /// As given, without a full stop.
    pub theme: String,
    pub pronoun: ThemePronoun,
    pub many: bool,
    /// Flags besides the shape's.
    pub flags: Vec<&'static str>,
    /// The words that carry its meaning, in lower case.
    pub content: Vec<String>,
    pub full: String,
    /// As a title: the lantern that was afraid of the dark.
    pub title: String,
    /// Its short name on second mention: the lantern.
    pub short: String,
    /// Shorter still, once it is known: the cloud, for `the little grey cloud`.
    pub short_again: String,
    pub noun: String,
    /// A thing without what follows its noun: the map, for `a map of rain`.
    pub briefly: String,
    pub about: String,
    pub quoted: String,
    pub key: String,
    pub clause: String,
    pub clause_now: String,
    /// What is feared, wished for or lost, and the wish come true.
    pub matter: String,
    pub wished: String,
    pub gerund: String,
    pub gerund_short: String,
    pub so: String,
    pub asked: String,
}

impl ThemeWords {
    /// Reads the shape of a theme; every text has one.
    pub fn read(theme: &str) -> Self {
        let text = theme.trim().trim_end_matches(['.', '!', '?']).trim();
        let text = if text.is_empty() { theme.trim() } else { text };
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut read = Self::plain(theme.trim(), text);
        let lower: Vec<String> = words.iter().map(|w| bare(w)).collect();
        let first = lower.first().map(String::as_str).unwrap_or_default();
        if nouns::asks(first) && words.len() > 1 {
            question::read(&mut read, &lower, &words);
        } else if super::character::read(&mut read, &words, &lower) {
        } else if nouns::is_gerund(first) {
            read.doing(&words, &lower);
        } else if words.len() == 1 && nouns::is_quality(first) {
            read.shape = Shape::Quality;
            let low = text.to_lowercase();
            (read.about, read.gerund, read.gerund_short) = (low.clone(), low.clone(), low);
        } else if words.len() > 1 && (nouns::determines(first) || owned(&words)) {
            read.thing(&words, &lower);
        }
        read
    }

    fn plain(whole: &str, text: &str) -> Self {
        let quoted = format!("“{}”", without_quotes(whole));
        let content: Vec<&str> = words(text)
            .filter(|word| !nouns::is_closed(&word.to_lowercase()))
            .collect();
        let last = content
            .last()
            .copied()
            .or_else(|| words(text).last())
            .unwrap_or(text);
        Self {
            shape: Shape::Other,
            theme: without_quotes(text),
            pronoun: ThemePronoun::It,
            many: false,
            flags: Vec::new(),
            content: content.iter().map(|word| word.to_lowercase()).collect(),
            full: without_quotes(text),
            title: without_quotes(text),
            short: quoted.clone(),
            short_again: quoted.clone(),
            noun: without_quotes(text),
            briefly: quoted.clone(),
            about: quoted.clone(),
            key: format!("“{}”", without_quotes(last)),
            quoted,
            clause: String::new(),
            clause_now: String::new(),
            matter: String::new(),
            wished: String::new(),
            gerund: lower_first(text),
            gerund_short: lower_first(text),
            so: String::new(),
            asked: lower_first(text),
        }
    }

    /// `learning to ride a bike`: riding a bike.
    fn doing(&mut self, words: &[&str], lower: &[String]) {
        self.shape = Shape::Doing;
        self.about.clone_from(&self.gerund);
        let learns = matches!(
            lower.first().map(String::as_str),
            Some("learning" | "trying" | "wanting" | "daring" | "starting" | "beginning")
        );
        let to = lower.iter().take(3).position(|word| word == "to");
        if let (true, Some(to)) = (learns, to)
            && let Some(verb) = lower.get(to + 1)
        {
            let rest = words.get(to + 2..).unwrap_or(&[]);
            let doing =
                std::iter::once(clause::gerund(verb)).chain(rest.iter().map(|w| (*w).to_owned()));
            self.gerund_short = doing.collect::<Vec<_>>().join(" ");
        }
        if self.gerund_short.split(' ').count() > 4 {
            self.gerund_short = cut_short(&self.gerund_short);
        }
    }

    fn thing(&mut self, words: &[&str], lower: &[String]) {
        self.shape = Shape::Thing;
        let phrase_end = lower
            .iter()
            .position(|w| is_preposition(w))
            .unwrap_or(lower.len());
        let head = lower
            .get(phrase_end.saturating_sub(1))
            .cloned()
            .unwrap_or_default();
        self.many = nouns::is_plural(&head);
        if self.many {
            self.pronoun = ThemePronoun::They;
        }
        self.about = second_mention(words, lower);
        self.short.clone_from(&self.about);
        self.short_again.clone_from(&self.about);
        self.briefly = briefly(words.get(..phrase_end).unwrap_or(words), lower);
        if nouns::determines(lower.first().map(String::as_str).unwrap_or_default()) {
            self.noun = words.get(1..).unwrap_or(&[]).join(" ");
        }
        self.describe(&head);
        self.flags.extend(self.many.then_some("many"));
    }

    /// Notes what the head noun says about the theme.
    pub(super) fn describe(&mut self, head: &str) {
        let kind = if nouns::is_sky(head) {
            "sky"
        } else if nouns::is_alive(head) {
            "alive"
        } else {
            "thing"
        };
        self.flags.push(kind);
        self.flags.extend(nouns::classes(head));
        if kind != "thing" {
            self.flags.push("mind");
        }
    }
}

/// A thing's noun phrase as the one that is known: `grandpa's violin`, the violin.
fn briefly(phrase: &[&str], lower: &[String]) -> String {
    let first = lower.first().map(String::as_str).unwrap_or_default();
    let skipped = nouns::determines(first) || owned(phrase);
    let kept = phrase
        .get(usize::from(skipped)..)
        .unwrap_or(phrase)
        .join(" ");
    format!("the {}", if skipped { kept } else { lower_first(&kept) })
}

/// `Grandma's violin`: an owner's name and a noun.
fn owned(words: &[&str]) -> bool {
    let first = words.first().copied().unwrap_or_default();
    first.ends_with("'s") || first.ends_with("’s")
}

/// A noun phrase on second mention: `a map of rain`, `the map of rain`.
pub(super) fn second_mention(words: &[&str], lower: &[String]) -> String {
    let first = lower.first().map(String::as_str).unwrap_or_default();
    if nouns::is_article(first) || nouns::counts_many(first) {
        let counted = nouns::counts_many(first) && !matches!(first, "these" | "those" | "many");
        let kept = words.get(usize::from(!counted)..).unwrap_or(&[]);
        return format!("the {}", lower_first(&kept.join(" ")));
    }
    lower_owner(&words.join(" "))
}

fn lower_owner(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    if nouns::determines(&first) {
        lower_first(text)
    } else {
        text.to_owned()
    }
}

const WEAK: &[&str] = &[
    "being", "having", "going", "getting", "making", "taking", "doing", "coming", "saying",
    "looking",
];

/// The head of a long gerund phrase: `moving to a new house`, moving.
fn cut_short(doing: &str) -> String {
    let words: Vec<&str> = doing.split(' ').collect();
    let end = words
        .iter()
        .skip(1)
        .position(|word| is_preposition(word))
        .map_or(words.len(), |at| at + 1);
    match words.get(..end) {
        Some([only]) if WEAK.contains(only) => doing.to_owned(),
        Some(head) if !head.is_empty() => head.join(" "),
        _ => doing.to_owned(),
    }
}

pub(super) fn is_preposition(word: &str) -> bool {
    matches!(
        word,
        "of" | "in"
            | "on"
            | "at"
            | "with"
            | "from"
            | "into"
            | "over"
            | "under"
            | "about"
            | "for"
            | "by"
            | "to"
            | "behind"
            | "between"
            | "without"
            | "near"
            | "beside"
            | "above"
            | "below"
            | "through"
            | "across"
            | "around"
            | "inside"
            | "outside"
            | "against"
            | "after"
            | "before"
            | "during"
            | "made"
            | "called"
            | "named"
            | "full"
            | "than"
            | "when"
            | "while"
            | "where"
    )
}

/// A word in lower case, without what stands around it.
pub(super) fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// A text that begins with a small letter, unless its first word is all capitals or `I`.
pub(super) fn lower_first(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let shouts = first.chars().filter(|c| c.is_uppercase()).count() > 1 || first == "I";
    let mut chars = text.chars();
    match chars.next() {
        Some(c) if !shouts => c.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// Quotation marks of a theme, made single, since it stands in quotation marks itself.
pub(super) fn without_quotes(text: &str) -> String {
    let mut open = false;
    let told = text.chars().map(|c| match c {
        '“' | '„' | '«' => '‘',
        '”' | '»' => '’',
        '"' => {
            open = !open;
            if open { '‘' } else { '’' }
        }
        _ => c,
    });
    told.collect()
}

impl ThemeWords {
    /// Whether the theme is spoken of with a pronoun of people.
    pub(super) fn pronoun_is(&self, pronouns: crate::domain::wish::Pronouns) -> bool {
        use crate::domain::wish::Pronouns;
        matches!(
            (self.pronoun, pronouns),
            (ThemePronoun::She, Pronouns::She)
                | (ThemePronoun::He, Pronouns::He)
                | (ThemePronoun::They, Pronouns::They)
        )
    }
}
