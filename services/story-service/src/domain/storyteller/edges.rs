//! What a sentence leaves behind for the next, and what it may follow.

use super::{
    alt::Symbols,
    token::{Form, Piece, Token, Who},
};

/// Who was spoken of last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    One(Who),
    /// Several at once: “they went”.
    Group,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    One(Who),
    Stranger,
}

/// How a sentence begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// With the word of this number; a seam joins it to the sentence before.
    Word {
        word: u16,
        seam: bool,
    },
    Name(Who),
    Pronoun(Who),
    Other,
}

/// The two ends of a sentence.
#[derive(Debug, Clone)]
pub struct Edges {
    pub opening: Opening,
    /// How its last sentence begins.
    pub closing: Opening,
    /// Who is named last; none: nobody is.
    pub named: Option<Named>,
    /// Who speaks in the first paragraph of it, and who in its last.
    pub first_speaker: Option<Speaker>,
    pub last_speaker: Option<Speaker>,
    /// Whom its first and its last attribution name: “said Mira”.
    pub said: Option<Who>,
    pub said_last: Option<Who>,
    /// Whose pronoun it has beside a `they` that means several.
    pub mixes: Option<Who>,
}

impl Edges {
    /// Reads them off the pieces of a sentence.
    pub(super) fn of(pieces: &[Piece], symbols: &mut Symbols<'_>) -> Result<Self, String> {
        let mut paragraphs = pieces.split(|piece| *piece == Piece::Break);
        let first = paragraphs.next().unwrap_or(&[]);
        let last = paragraphs.next_back().unwrap_or(first);
        Ok(Self {
            opening: opening(pieces, symbols)?,
            closing: closing(pieces, symbols)?,
            named: named(pieces),
            first_speaker: speaker(first),
            last_speaker: speaker(last),
            said: attributions(pieces).next(),
            said_last: attributions(pieces).last(),
            mixes: mixes(pieces),
        })
    }
}

/// Words that join a sentence to the one before.
const SEAMS: &[&str] = &["and", "but", "so", "then"];

fn opening(pieces: &[Piece], symbols: &mut Symbols<'_>) -> Result<Opening, String> {
    let mut pieces = pieces.iter().filter(|piece| **piece != Piece::Break);
    Ok(match pieces.next() {
        Some(Piece::Text(text)) => {
            let word = text.split_whitespace().next().unwrap_or_default();
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            match pieces.next() {
                Some(Piece::Token { token, .. }) if word.is_empty() => opened_by(token),
                _ => opened_with(&word.to_lowercase(), symbols)?,
            }
        }
        Some(Piece::Token { token, .. }) => opened_by(token),
        _ => Opening::Other,
    })
}

fn opened_with(word: &str, symbols: &mut Symbols<'_>) -> Result<Opening, String> {
    Ok(Opening::Word {
        word: symbols.word(word).ok_or("too many words")?,
        seam: SEAMS.contains(&word),
    })
}

/// How the last of its sentences begins.
fn closing(pieces: &[Piece], symbols: &mut Symbols<'_>) -> Result<Opening, String> {
    let ends = [". ", "! ", "? ", "… ", "” "];
    let last_end = |text: &str| {
        ends.iter()
            .filter_map(|end| Some(text.rfind(end)? + end.len()))
            .max()
    };
    for (at, piece) in pieces.iter().enumerate().rev() {
        let Piece::Text(text) = piece else {
            continue;
        };
        let Some(rest) = last_end(text).and_then(|end| text.get(end..)) else {
            continue;
        };
        let begins = rest.starts_with(|c: char| c.is_uppercase() || c == '“') || rest.is_empty();
        if begins {
            let mut tail = vec![Piece::Text(rest.into())];
            tail.extend(pieces.iter().skip(at + 1).cloned());
            return opening(&tail, symbols);
        }
    }
    opening(pieces, symbols)
}

fn opened_by(token: &Token) -> Opening {
    match token {
        Token::Name(who) | Token::Owner(who) => Opening::Name(*who),
        Token::Pronoun {
            who,
            form: Form::Subject | Form::Possessive,
            ..
        } => Opening::Pronoun(*who),
        _ => Opening::Other,
    }
}

fn named(pieces: &[Piece]) -> Option<Named> {
    let mut found = None;
    for piece in pieces {
        match piece {
            Piece::Token {
                token: Token::Name(who) | Token::Owner(who),
                ..
            } => {
                found = Some(Named::One(*who));
            }
            Piece::Token {
                token: Token::Others,
                ..
            } => found = Some(Named::Group),
            Piece::Text(text) if has_group(text) => found = Some(Named::Group),
            _ => {}
        }
    }
    found
}

fn has_they(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    words.any(|word| matches!(word, "They" | "they" | "them" | "their"))
}

/// Whether a text speaks of several as `they`.
fn has_group(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    words.any(|word| {
        matches!(
            word,
            "They" | "they" | "them" | "their" | "Everybody" | "everybody"
        )
    })
}

const SAYING: &[&str] = &[
    "said",
    "asked",
    "read",
    "thought",
    "whispered",
    "called",
    "told",
];

/// Who says what stands in quotation marks; none: nothing is said.
fn speaker(pieces: &[Piece]) -> Option<Speaker> {
    let quotes = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('“'));
    if !pieces.iter().any(quotes) {
        return None;
    }
    let named = attributions(pieces).next();
    Some(named.map_or(Speaker::Stranger, Speaker::One))
}

/// Whose pronoun stands beside a `they` that means several.
fn mixes(pieces: &[Piece]) -> Option<Who> {
    let group = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Text(text) if has_they(text)));
    let mut pronouns = pieces.iter().filter_map(|piece| match piece {
        Piece::Token {
            token: Token::Pronoun { who, .. },
            ..
        } => Some(*who),
        _ => None,
    });
    pronouns.next().filter(|_| group)
}

/// Who is named beside a verb of saying: `said {H}`, `{she} said`.
fn attributions(pieces: &[Piece]) -> impl Iterator<Item = Who> {
    pieces.windows(2).filter_map(|pair| match pair {
        [Piece::Text(text), Piece::Token { token, .. }] if ends_saying(text) => person(token),
        [Piece::Token { token, .. }, Piece::Text(text)] if begins_saying(text) => person(token),
        _ => None,
    })
}

fn ends_saying(text: &str) -> bool {
    let last = text.trim_end().rsplit(' ').next().unwrap_or_default();
    text.ends_with(' ') && text.contains('”') && SAYING.contains(&last)
}

fn begins_saying(text: &str) -> bool {
    let first = text.trim_start().split(|c: char| !c.is_alphabetic()).next();
    text.starts_with(' ') && first.is_some_and(|word| SAYING.contains(&word))
}

const fn person(token: &Token) -> Option<Who> {
    match token {
        Token::Name(who)
        | Token::Pronoun {
            who,
            form: Form::Subject,
            ..
        } => Some(*who),
        _ => None,
    }
}
