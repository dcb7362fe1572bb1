//! What stands in the brackets of a sentence: what it asks for, and what it leaves behind.

use super::{
    alt::Symbols,
    flags::{FlagList, Flags},
};
use crate::domain::wish::TagBits;

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

/// How a flag is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// It must hold.
    Need,
    /// It must not.
    Not,
    /// One of those asked for so must hold.
    Colour,
    Shape,
}

/// What must hold for something to be said.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    asks: Box<[(Ask, u16)]>,
    pub tags: TagBits,
}

impl Condition {
    /// Reads a condition alone: `e2 !space #dark`.
    pub fn parse(text: &str, symbols: &mut Symbols<'_>) -> Result<Self, String> {
        let text = text.trim().trim_matches(['[', ']']);
        let mut marks = Marks::default();
        marks.read(text, symbols)?;
        Ok(marks.condition())
    }

    /// Whether it holds; the avoid list is asked elsewhere.
    pub fn holds(&self, flags: &Flags) -> bool {
        let holds = |flag| flags.contains(flag);
        let one_of = |ask| {
            let mut asked = self.asked(ask).peekable();
            asked.peek().is_none() || asked.any(holds)
        };
        self.asked(Ask::Need).all(holds)
            && !self.asked(Ask::Not).any(holds)
            && one_of(Ask::Colour)
            && one_of(Ask::Shape)
    }

    /// The ages, tones and genres that it is for.
    pub fn colours(&self) -> impl Iterator<Item = u16> + '_ {
        self.asked(Ask::Colour)
    }

    fn asked(&self, ask: Ask) -> impl Iterator<Item = u16> + '_ {
        let asked = self.asks.iter().filter(move |(known, _)| *known == ask);
        asked.map(|(_, flag)| *flag)
    }
}

/// Pronouns of strangers that a sentence brings in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lends {
    pub she: bool,
    pub he: bool,
}

/// The marks of a sentence while they are read.
#[derive(Debug, Default)]
pub(super) struct Marks {
    asks: Vec<(Ask, u16)>,
    tags: TagBits,
    sets: Vec<u16>,
    clears: Vec<u16>,
    pub lends: Lends,
    /// How readily it is left out; none: never.
    pub spare: Option<u8>,
}

impl Marks {
    /// Reads the inside of a bracket.
    pub fn read(&mut self, bracket: &str, symbols: &mut Symbols<'_>) -> Result<(), String> {
        let mut marks = bracket.split_whitespace();
        marks.try_for_each(|mark| self.mark(mark, symbols))
    }

    fn mark(&mut self, mark: &str, symbols: &mut Symbols<'_>) -> Result<(), String> {
        let (sign, rest) = mark.split_at_checked(1).ok_or("an empty mark")?;
        let mut flag = |name: &str| symbols.flags.number(name).ok_or("too many flags");
        match sign {
            "?" => self.spare = Some(rest.parse().unwrap_or(3)),
            "!" => self.asks.push((Ask::Not, flag(rest)?)),
            "+" => self.sets.push(flag(rest)?),
            "-" => self.clears.push(flag(rest)?),
            "~" if rest == "she" => self.lends.she = true,
            "~" if rest == "he" => self.lends.he = true,
            "~" => return Err(format!("unknown pronoun {rest}")),
            "#" => {
                let bit = symbols.tags.bit(rest);
                self.tags.0 |= bit.ok_or_else(|| format!("unknown tag {rest}"))?.0;
            }
            _ if COLOURS.contains(&mark) => self.asks.push((Ask::Colour, flag(mark)?)),
            _ if SHAPES.contains(&mark) => self.asks.push((Ask::Shape, flag(mark)?)),
            _ => self.asks.push((Ask::Need, flag(mark)?)),
        }
        Ok(())
    }

    /// What they ask for.
    pub fn condition(&self) -> Condition {
        Condition {
            asks: self.asks.as_slice().into(),
            tags: self.tags,
        }
    }

    /// What they set, and what they take away.
    pub fn effects(&self) -> (FlagList, FlagList) {
        let list = |flags: &[u16]| flags.iter().copied().collect();
        (list(&self.sets), list(&self.clears))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wish::AvoidTags;

    #[track_caller]
    fn check(condition: &str, flags: &[&str], holds: bool) {
        let tags = AvoidTags::default();
        let mut symbols = Symbols::new(&tags);
        let condition = Condition::parse(condition, &mut symbols).unwrap();
        let flags = symbols.flags.set(flags);
        assert_eq!(condition.holds(&flags), holds);
    }

    #[test]
    fn needs_hold_together() {
        check("", &[], true);
        check("[a b]", &["a", "b"], true);
        check("a b", &["a"], false);
        check("!a", &[], true);
        check("a !b", &["a", "b"], false);
    }

    #[test]
    fn one_colour_and_one_shape_are_enough() {
        check("young funny", &["funny"], true);
        check("young funny", &["old"], false);
        check("young fear wish", &["young", "wish"], true);
        check("young fear wish", &["young"], false);
        check("young fear a", &["young", "fear"], false);
    }

    #[test]
    fn effects_ask_for_nothing() {
        check("+a -b ?2 ~she", &[], true);
    }
}
