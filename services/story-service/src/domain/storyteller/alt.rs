//! One way to say something: its text and what its bracket asks for and leaves behind.

use std::collections::HashMap;

use super::{
    edges::Edges,
    flags::{FlagNames, Flags},
    token::{Part, PickPart, Piece, Token, Who, pieces},
};
use crate::domain::wish::{AvoidTags, Stems, TagBits, stems};

/// Ages, tones, genres and `brief`: several in one bracket mean any of them.
const COLOURS: &[&str] = &[
    "young",
    "mid",
    "old",
    "adult",
    "cosy",
    "funny",
    "brave",
    "dreamy",
    "thoughtful",
    "adventure",
    "bedtime",
    "fairy_tale",
    "mystery",
    "animal",
    "genre_space",
    "genre_sea",
    "friendship",
    "humour",
    "everyday",
    "brief",
];

/// Theme shapes: several in one bracket mean any of them.
const SHAPES: &[&str] = &[
    "fear", "wish", "loss", "odd", "thing_", "doing", "quality", "question", "other",
];

/// What names mean while a grammar is read.
#[derive(Debug)]
pub struct Symbols<'t> {
    pub flags: FlagNames,
    tags: &'t AvoidTags,
    picks: HashMap<String, u16>,
    parts: HashMap<String, u16>,
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

/// What must hold for something to be said.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    pub need: Flags,
    pub colours: Flags,
    pub shapes: Flags,
    pub not: Flags,
    pub tags: TagBits,
}

impl Condition {
    /// Whether it holds; the avoid list is asked elsewhere.
    pub fn holds(&self, flags: &Flags) -> bool {
        self.need.within(flags)
            && !self.not.meets(flags)
            && (self.colours.is_empty() || self.colours.meets(flags))
            && (self.shapes.is_empty() || self.shapes.meets(flags))
    }
}

/// Pronouns of strangers that a sentence brings in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lends {
    pub she: bool,
    pub he: bool,
}

/// One alternative.
#[derive(Debug, Clone)]
pub struct Alt {
    /// Its number in the grammar.
    pub id: u32,
    pub condition: Condition,
    /// What saying it leaves behind, and what it takes away.
    pub sets: Flags,
    pub clears: Flags,
    pub lends: Lends,
    /// How readily it is left out; none: never.
    pub spare: Option<u8>,
    pub pieces: Vec<Piece>,
    /// The stems of its own words.
    pub stems: Stems,
    /// How many words it has besides its tokens, and how many the longest sentence has.
    pub words: u16,
    pub longest: u16,
    pub edges: Edges,
    /// The source, for the lint.
    pub source: String,
}

impl Alt {
    /// Reads an alternative as it stands in a grammar file.
    pub fn parse(source: &str, symbols: &mut Symbols<'_>) -> Result<Self, String> {
        let source = source.replace('\'', "’");
        let (marks, text) = split_brackets(&source);
        let pieces = pieces(text, symbols).map_err(|error| format!("{error}: {source}"))?;
        let plain = plain(&pieces);
        let mut alt = Self {
            id: symbols.sentences,
            condition: Condition::default(),
            sets: Flags::default(),
            clears: Flags::default(),
            lends: Lends::default(),
            spare: None,
            stems: stems(&plain),
            words: count(&plain),
            longest: longest(&plain),
            edges: Edges::of(&pieces),
            pieces,
            source: source.clone(),
        };
        symbols.sentences += 1;
        for mark in marks.iter().flat_map(|marks| marks.split_whitespace()) {
            alt.mark(mark, symbols)
                .map_err(|error| format!("{error}: {source}"))?;
        }
        if speaks_of_one(&alt.pieces) {
            alt.mark("!many", symbols)?;
        }
        Ok(alt)
    }

    /// Reads a condition alone: `e2 !space #dark`.
    pub fn condition(marks: &str, symbols: &mut Symbols<'_>) -> Result<Condition, String> {
        let marks = marks.trim().trim_matches(['[', ']']);
        let mut alt = Self::parse("", symbols)?;
        for mark in marks.split_whitespace() {
            alt.mark(mark, symbols)?;
        }
        Ok(alt.condition)
    }

    fn mark(&mut self, mark: &str, symbols: &mut Symbols<'_>) -> Result<(), String> {
        let (sign, rest) = mark.split_at_checked(1).ok_or("an empty mark")?;
        let mut flag = |name: &str| symbols.flags.number(name).ok_or("too many flags");
        match sign {
            "?" => self.spare = Some(rest.parse().unwrap_or(3)),
            "!" => self.condition.not.insert(flag(rest)?),
            "+" => self.sets.insert(flag(rest)?),
            "-" => self.clears.insert(flag(rest)?),
            "~" if rest == "she" => self.lends.she = true,
            "~" if rest == "he" => self.lends.he = true,
            "~" => return Err(format!("unknown pronoun {rest}")),
            "#" => {
                let bit = symbols.tags.bit(rest);
                self.condition.tags.0 |= bit.ok_or_else(|| format!("unknown tag {rest}"))?.0;
            }
            _ if COLOURS.contains(&mark) => self.condition.colours.insert(flag(mark)?),
            _ if SHAPES.contains(&mark) => self.condition.shapes.insert(flag(mark)?),
            _ => self.condition.need.insert(flag(mark)?),
        }
        Ok(())
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
        Piece::Text(text) => text.as_str(),
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
