//! One way to say something: its text and what its bracket asks for and leaves behind.

use std::collections::HashMap;

use super::{
    edges::Edges,
    flags::{FlagList, FlagNames},
    marks::{Condition, Lends, Marks},
    token::{Part, PickPart, Piece, Token, Who, pieces},
};
use crate::domain::wish::{AvoidTags, stems};

/// What names mean while a grammar is read.
#[derive(Debug)]
pub struct Symbols<'t> {
    pub flags: FlagNames,
    pub(super) tags: &'t AvoidTags,
    picks: HashMap<String, u16>,
    parts: HashMap<String, u16>,
    words: HashMap<String, u16>,
    known: HashMap<String, Vec<String>>,
    sentences: u32,
}

impl<'t> Symbols<'t> {
    /// No names yet, but the tags of the avoid list.
    pub fn new(tags: &'t AvoidTags) -> Self {
        Self {
            flags: FlagNames::default(),
            tags,
            picks: HashMap::new(),
            parts: HashMap::new(),
            words: HashMap::new(),
            known: HashMap::new(),
            sentences: 0,
        }
    }

    /// Says that a pick has a part, so that a token may name it.
    pub fn declare(&mut self, pick: &str, part: &str) {
        self.known
            .entry(pick.to_owned())
            .or_default()
            .push(part.to_owned());
    }

    pub(super) fn knows_pick(&self, pick: &str, part: &str) -> bool {
        let parts = self.known.get(pick);
        parts.is_some_and(|parts| parts.iter().any(|known| known == part))
    }

    /// The number of a pick's name.
    pub fn pick(&mut self, name: &str) -> Option<u16> {
        numbered(&mut self.picks, name)
    }

    /// The number of a part's name.
    pub fn part(&mut self, name: &str) -> Option<u16> {
        numbered(&mut self.parts, name)
    }

    /// The number of a word that sentences begin with.
    pub(super) fn word(&mut self, word: &str) -> Option<u16> {
        numbered(&mut self.words, word)
    }

    pub(super) fn pick_part(&mut self, pick: &str, part: &str) -> Option<PickPart> {
        Some(PickPart {
            pick: self.pick(pick)?,
            part: self.part(part)?,
        })
    }

    /// How many sentences were read.
    pub const fn sentences(&self) -> u32 {
        self.sentences
    }
}

fn numbered(names: &mut HashMap<String, u16>, name: &str) -> Option<u16> {
    let next = u16::try_from(names.len()).ok()?;
    Some(*names.entry(name.to_owned()).or_insert(next))
}

/// One alternative. There are thousands of them as long as the process lives.
#[derive(Debug, Clone)]
pub struct Alt {
    /// Its number in the grammar.
    pub id: u32,
    pub condition: Condition,
    /// What saying it leaves behind, and what it takes away.
    pub sets: FlagList,
    pub clears: FlagList,
    pub lends: Lends,
    /// How readily it is left out; none: never.
    pub spare: Option<u8>,
    pub pieces: Box<[Piece]>,
    /// The stems of its own words.
    pub stems: Box<[u64]>,
    /// How many words it has besides its tokens, and how many the longest sentence has.
    pub words: u16,
    pub longest: u16,
    pub edges: Edges,
    /// The source, for the lint.
    #[cfg(test)]
    pub source: String,
}

impl Alt {
    /// Reads an alternative as it stands in a grammar file.
    pub fn parse(source: &str, symbols: &mut Symbols<'_>) -> Result<Self, String> {
        let source = source.replace('\'', "’");
        Self::read(&source, symbols).map_err(|error| format!("{error}: {source}"))
    }

    fn read(source: &str, symbols: &mut Symbols<'_>) -> Result<Self, String> {
        let (brackets, text) = split_brackets(source);
        let pieces = pieces(text, symbols)?;
        let plain = plain(&pieces);
        let mut marks = Marks::default();
        for bracket in brackets {
            marks.read(bracket, symbols)?;
        }
        if speaks_of_one(&pieces) {
            marks.read("!many", symbols)?;
        }
        let (sets, clears) = marks.effects();
        let id = symbols.sentences;
        symbols.sentences += 1;
        Ok(Self {
            id,
            condition: marks.condition(),
            sets,
            clears,
            lends: marks.lends,
            spare: marks.spare,
            stems: stems(&plain).into(),
            words: count(&plain),
            longest: longest(&plain),
            edges: Edges::of(&pieces, symbols)?,
            pieces: pieces.into(),
            #[cfg(test)]
            source: source.to_owned(),
        })
    }
}

/// Whether the theme's clause is told of somebody else than the theme: `somebody who {clause}`.
fn speaks_of_one(pieces: &[Piece]) -> bool {
    let clause = |piece: &Piece| {
        matches!(
            piece,
            Piece::Token {
                token: Token::Theme(Part::Clause | Part::ClauseNow),
                ..
            }
        )
    };
    let theme = |piece: Option<&Piece>| {
        matches!(
            piece,
            Some(Piece::Token {
                token: Token::Name(Who::Theme),
                ..
            })
        )
    };
    let mut clauses = pieces.iter().enumerate().filter(|(_, piece)| clause(piece));
    clauses.any(|(at, _)| at < 2 || !theme(pieces.get(at - 2)))
}

/// The brackets in front and behind, and the text between them.
fn split_brackets(source: &str) -> (Vec<&str>, &str) {
    let (mut marks, mut text) = (Vec::new(), source.trim());
    if let Some((front, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        marks.push(front);
        text = rest.trim();
    }
    if let Some((rest, behind)) = text
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
    {
        marks.push(behind);
        text = rest.trim();
    }
    (marks, text)
}

/// The text with a mark for every token.
fn plain(pieces: &[Piece]) -> String {
    let text = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Token { .. } => "_",
        Piece::Break => " ",
    });
    text.collect()
}

/// How many words its longest sentence has, a token counted as one.
fn longest(plain: &str) -> u16 {
    let whole = plain.replace('_', "x");
    whole
        .split(['.', '!', '?', '…'])
        .map(count)
        .max()
        .unwrap_or(0)
}

/// How many words a text has: what stands between spaces and has a letter or digit in it.
pub(super) fn count(text: &str) -> u16 {
    let words = text
        .split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric));
    u16::try_from(words.count()).unwrap_or(u16::MAX)
}
