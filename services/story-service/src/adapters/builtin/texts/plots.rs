use std::collections::HashMap;

use serde::Deserialize;

use super::{Table, declare_pools, pools};
use crate::domain::storyteller::{Alt, Beat, Condition, Plot, Shape, Slot, Symbols};
use crate::domain::wish::Words;

/// A file of `plots/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlotFile {
    id: String,
    carries: HashMap<String, u32>,
    #[serde(default)]
    least: Option<u16>,
    #[serde(default)]
    most: Option<u16>,
    #[serde(default)]
    when: String,
    #[serde(default)]
    flags: Vec<String>,
    picks: Vec<String>,
    title: Vec<String>,
    #[serde(default)]
    teaser: Vec<String>,
    #[serde(default)]
    pick: Table,
    beat: Vec<BeatFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BeatFile {
    name: String,
    does: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    from: Option<u16>,
    #[serde(default)]
    to: Option<u16>,
    #[serde(default)]
    joins: bool,
    say: Vec<SlotFile>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SlotFile {
    Mark(String),
    Say(Vec<String>),
    Each { each: bool, say: Vec<String> },
}

impl PlotFile {
    /// Says which picks it has of its own.
    pub fn declare(&self, symbols: &mut Symbols<'_>) {
        declare_pools(self.pick.iter(), symbols);
    }

    /// Reads the plot.
    pub fn read(&self, symbols: &mut Symbols<'_>) -> Result<Plot, String> {
        let known = |shape: &&String| {
            *shape == "any" || Shape::ALL.iter().any(|known| known.as_str() == *shape)
        };
        if let Some(stray) = self.carries.keys().find(|shape| !known(shape)) {
            return Err(format!("carries the unknown shape {stray}"));
        }
        let picks = self
            .picks
            .iter()
            .map(|name| Ok((symbols.pick(name).ok_or("too many picks")?, name.clone())));
        let picks = picks.collect::<Result<_, String>>()?;
        let sets = symbols.flags.numbers(&self.flags);
        Ok(Plot {
            sets: sets.ok_or("too many flags")?,
            id: self.id.clone(),
            carries: self.carries.clone(),
            words: (
                self.least.unwrap_or(Words::MIN),
                self.most.unwrap_or(Words::MAX),
            ),
            condition: Condition::parse(&self.when, symbols)?,
            picks,
            pools: pools(self.pick.iter(), symbols)?,
            titles: alts(&self.title, symbols)?,
            teasers: alts(&self.teaser, symbols)?,
            beats: self
                .beat
                .iter()
                .map(|beat| beat.read(symbols))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl BeatFile {
    fn read(&self, symbols: &mut Symbols<'_>) -> Result<Beat, String> {
        Ok(Beat {
            name: self.name.clone(),
            does: self.does.clone(),
            flag: symbols.flags.number(&self.name).ok_or("too many flags")?,
            condition: Condition::parse(&self.when, symbols)?,
            words: (
                self.from.unwrap_or(Words::MIN),
                self.to.unwrap_or(Words::MAX),
            ),
            joins: self.joins,
            slots: self
                .say
                .iter()
                .map(|slot| slot.read(symbols))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl SlotFile {
    fn read(&self, symbols: &mut Symbols<'_>) -> Result<Slot, String> {
        match self {
            Self::Mark(mark) if mark == "¶" => Ok(Slot::Break),
            Self::Mark(mark) => Err(format!("a slot that is no list: {mark}")),
            Self::Each { each: false, .. } => Err("each = false means nothing".to_owned()),
            Self::Each { say, .. } => Ok(Slot::Each {
                alts: alts(say, symbols)?,
            }),
            Self::Say(texts) => say(texts, symbols),
        }
    }
}

/// A list of alternatives; `?2 pact` in front makes it a spare one that stays where `pact` holds.
fn say(texts: &[String], symbols: &mut Symbols<'_>) -> Result<Slot, String> {
    let Some((spare, rest)) = texts
        .split_first()
        .filter(|(first, _)| first.starts_with('?'))
    else {
        return Ok(Slot::Say {
            spare: None,
            kept: None,
            alts: alts(texts, symbols)?,
        });
    };
    let (rank, flag) = spare.split_once(' ').unwrap_or((spare, ""));
    let rank = rank.trim_start_matches('?').parse();
    let kept = match flag.trim() {
        "" => None,
        flag => Some(symbols.flags.number(flag).ok_or("too many flags")?),
    };
    Ok(Slot::Say {
        spare: Some(rank.map_err(|_| format!("a spare slot has a rank: {spare}"))?),
        kept,
        alts: alts(rest, symbols)?,
    })
}

fn alts(texts: &[String], symbols: &mut Symbols<'_>) -> Result<Box<[Alt]>, String> {
    texts.iter().map(|text| Alt::parse(text, symbols)).collect()
}
