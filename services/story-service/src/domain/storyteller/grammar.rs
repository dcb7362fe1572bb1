//! The authored texts as data: plots of beats, and what the world knows.

use std::collections::HashMap;

use super::{
    alt::Alt,
    flags::{FlagList, FlagNames},
    marks::Condition,
};
use crate::domain::wish::{AvoidTags, Genre, Kind};

/// Everything that the storyteller can say. Built once, at the start of a process that tells.
#[derive(Debug, Clone)]
pub struct Grammar {
    /// Names the texts: the same version and seed make the same story.
    pub version: String,
    pub flags: FlagNames,
    pub tags: AvoidTags,
    pub kinds: Vec<(Kind, KindWords)>,
    /// The last one is for every place that no other knows.
    pub places: Vec<PlaceWords>,
    /// What any place has.
    pub any: Pools,
    pub plots: Vec<Plot>,
    pub defaults: Defaults,
    /// How many sentences there are; their numbers are below it.
    pub sentences: u32,
}

impl Grammar {
    /// What the avoid list's entries rule out.
    pub const fn avoid_tags(&self) -> &AvoidTags {
        &self.tags
    }
}

/// Things to choose from, by the number of their name.
pub type Pools = HashMap<u16, Box<[PickOption]>>;

/// What is known of a kind of person.
#[derive(Debug, Clone)]
pub struct KindWords {
    pub talks: bool,
    pub hands: bool,
    /// How it shows that it has noticed something.
    pub notice: Box<[Alt]>,
}

/// What is known of a place, by its head noun.
#[derive(Debug, Clone)]
pub struct PlaceWords {
    pub heads: Vec<String>,
    pub at: String,
    pub ats: HashMap<String, String>,
    pub flags: FlagList,
    pub shop: String,
    pub pools: Pools,
}

/// One of several things, of which a story has one, told in parts.
#[derive(Debug, Clone)]
pub struct PickOption {
    pub condition: Condition,
    /// What choosing it sets.
    pub sets: FlagList,
    pub parts: Box<[(u16, Box<[Alt]>)]>,
}

impl PickOption {
    /// The wordings of a part.
    pub fn part(&self, part: u16) -> Option<&[Alt]> {
        let found = self.parts.iter().find(|(number, _)| *number == part);
        found.map(|(_, alts)| &**alts)
    }
}

/// What the storyteller chooses when a wish leaves it open.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    pub places: Vec<String>,
    pub genre_places: Vec<(Genre, Vec<String>)>,
    /// Told when somebody would be named nowhere.
    pub company: Box<[Alt]>,
}

/// One plot.
#[derive(Debug, Clone)]
pub struct Plot {
    pub id: String,
    /// How gladly it takes each theme shape; `any` is for those not named.
    pub carries: HashMap<String, u32>,
    /// For which lengths it is.
    pub words: (u16, u16),
    pub condition: Condition,
    /// Flags that hold in it.
    pub sets: FlagList,
    /// What is chosen before the telling, in this order: number and name.
    pub picks: Vec<(u16, String)>,
    pub pools: Pools,
    pub titles: Box<[Alt]>,
    pub teasers: Box<[Alt]>,
    pub beats: Box<[Beat]>,
}

impl Plot {
    /// How gladly it takes a theme of a shape; 0: not at all.
    pub fn takes(&self, shape: &str) -> u32 {
        let own = self.carries.get(shape).or_else(|| self.carries.get("any"));
        own.copied().unwrap_or(0)
    }
}

/// One step of a plot.
#[derive(Debug, Clone)]
pub struct Beat {
    pub name: String,
    /// What it does for the story.
    pub does: String,
    /// Set once it is told.
    pub flag: u16,
    pub condition: Condition,
    /// For which lengths it is.
    pub words: (u16, u16),
    /// Its first sentence goes on in the paragraph before.
    pub joins: bool,
    pub slots: Box<[Slot]>,
}

/// A place in a beat where something is said.
#[derive(Debug, Clone)]
pub enum Slot {
    /// A new paragraph.
    Break,
    /// One of these.
    Say {
        /// How readily it is left out; none: never.
        spare: Option<u8>,
        /// Never left out where this flag holds.
        kept: Option<u16>,
        alts: Box<[Alt]>,
    },
    /// One of these for each of the others.
    Each { alts: Box<[Alt]> },
}
