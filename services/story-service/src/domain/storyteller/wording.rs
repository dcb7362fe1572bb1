//! Small wordings: names in a row, kinds, and the words of a theme.

use super::{clause, theme::ThemeWords, token::Part};
use crate::domain::wish::{Kind, Pronouns};

/// Names in a row: Ada, Bolt and Jo.
pub(super) fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

pub(super) const fn kind(kind: Kind, pronouns: Pronouns) -> &'static str {
    match (kind, pronouns) {
        (Kind::Adult, Pronouns::She) => "a woman",
        (Kind::Adult, Pronouns::He) => "a man",
        (Kind::Adult | Kind::Other, _) => "somebody",
        (Kind::Child, Pronouns::She) => "a girl",
        (Kind::Child, Pronouns::He) => "a boy",
        (Kind::Child, Pronouns::They) => "a child",
        (Kind::Robot, _) => "a robot",
        (Kind::Cat, _) => "a cat",
        (Kind::Dog, _) => "a dog",
        (Kind::Mouse, _) => "a mouse",
        (Kind::Wolf, _) => "a wolf",
        (Kind::Hedgehog, _) => "a hedgehog",
        (Kind::Mole, _) => "a mole",
        (Kind::Bear, _) => "a bear",
        (Kind::Fox, _) => "a fox",
        (Kind::Owl, _) => "an owl",
        (Kind::Rabbit, _) => "a rabbit",
        (Kind::Seal, _) => "a seal",
        (Kind::Whale, _) => "a whale",
        (Kind::Dragon, _) => "a dragon",
    }
}

/// The words of a theme that a token stands for.
pub(super) fn theme_part(theme: &ThemeWords, part: Part) -> String {
    match part {
        Part::Full => theme.full.clone(),
        Part::Title => theme.title.clone(),
        Part::Fear | Part::Wish | Part::Lost => theme.matter.clone(),
        Part::Wished => theme.wished.clone(),
        Part::Clause => theme.clause.clone(),
        Part::ClauseNow => theme.clause_now.clone(),
        Part::Still => clause::still(&theme.clause),
        Part::StillNow => clause::still_now(&theme.clause_now),
        Part::Gerund => theme.gerund.clone(),
        Part::GerundShort => theme.gerund_short.clone(),
        Part::About | Part::Thing => theme.about.clone(),
        Part::Short => theme.briefly.clone(),
        Part::Quoted => theme.quoted.clone(),
        Part::Key => theme.key.clone(),
        Part::So => theme.so.clone(),
        Part::Asked => theme.asked.clone(),
        Part::Noun => theme.noun.clone(),
    }
}

/// The text with its first letter large.
pub(super) fn capital(text: &str) -> String {
    let Some(at) = text.find(char::is_alphanumeric) else {
        return text.to_owned();
    };
    let (before, rest) = text.split_at_checked(at).unwrap_or(("", text));
    let mut chars = rest.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    before.chars().chain(first).chain(chars).collect()
}

/// What the theme says of its own things: `find his mother`, find my mother.
pub(super) fn mine(text: &str, many: bool) -> String {
    let words = text.split(' ').map(|word| match word {
        "his" | "her" | "its" | "their" => {
            if many {
                "our"
            } else {
                "my"
            }
        }
        "himself" | "herself" | "itself" => "myself",
        "themselves" => "ourselves",
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}
