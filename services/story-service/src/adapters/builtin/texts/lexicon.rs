use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{Table, declare_pools, pools};
use crate::domain::{
    storyteller::{
        Alt, Defaults, FlagNames, Grammar, KindWords, PlaceWords, Symbols, WishDefaults,
    },
    wish::{AvoidTags, Genre, Kind, Name, Pronouns},
};

/// `lexicon.toml`: what the world knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LexiconFile {
    avoid: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    under: BTreeMap<String, Vec<String>>,
    kind: BTreeMap<String, KindFile>,
    quirk: toml::Value,
    any: Table,
    place: Vec<PlaceFile>,
    default: DefaultFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindFile {
    #[serde(default)]
    talks: bool,
    #[serde(default)]
    hands: bool,
    notice: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct PlaceFile {
    heads: Vec<String>,
    at: String,
    #[serde(default)]
    ats: HashMap<String, String>,
    flags: Vec<String>,
    shop: String,
    #[serde(flatten)]
    pools: Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultFile {
    hero: Vec<(String, String)>,
    theme: Vec<String>,
    company: Vec<String>,
    place: BTreeMap<String, Vec<String>>,
}

impl LexiconFile {
    /// What the avoid list's entries rule out.
    pub fn tags(&self) -> Result<AvoidTags, String> {
        let mut tags = AvoidTags::default();
        for (name, called) in &self.avoid {
            let under = self.under.get(name).map_or(&[][..], Vec::as_slice);
            tags.add(name, called, under);
        }
        if let Some(stray) = self
            .under
            .keys()
            .find(|name| !self.avoid.contains_key(*name))
        {
            return Err(format!("[under] {stray} is not in [avoid]"));
        }
        if tags.count() > AvoidTags::MAX {
            return Err("too many tags".to_owned());
        }
        Ok(tags)
    }

    /// What a wish is completed from and held against.
    pub fn wish_defaults(&self) -> Result<WishDefaults, String> {
        Ok(WishDefaults {
            tags: self.tags()?,
            heroes: self.default.heroes()?,
            themes: self.default.theme.clone(),
        })
    }

    /// Says which picks there are.
    pub fn declare(&self, symbols: &mut Symbols<'_>) {
        declare_pools(self.any.iter(), symbols);
        declare_pools([(&"quirk".to_owned(), &self.quirk)].into_iter(), symbols);
        self.place
            .iter()
            .for_each(|place| declare_pools(place.pools.iter(), symbols));
    }

    /// Reads everything but the plots.
    pub fn read(&self, symbols: &mut Symbols<'_>) -> Result<Grammar, String> {
        let mut any = pools(self.any.iter(), symbols)?;
        any.extend(pools(
            [(&"quirk".to_owned(), &self.quirk)].into_iter(),
            symbols,
        )?);
        let places = self.place.iter().map(|place| place.read(symbols));
        Ok(Grammar {
            version: String::new(),
            flags: FlagNames::default(),
            tags: AvoidTags::default(),
            places: places.collect::<Result<_, _>>()?,
            kinds: self.kinds(symbols)?,
            any,
            plots: Vec::new(),
            defaults: self.default.read(symbols)?,
            sentences: 0,
        })
    }

    fn kinds(&self, symbols: &mut Symbols<'_>) -> Result<Vec<(Kind, KindWords)>, String> {
        let missing = Kind::ALL
            .iter()
            .find(|kind| !self.kind.contains_key(kind.as_str()));
        if let Some(kind) = missing {
            return Err(format!("[kind.{}] is missing", kind.as_str()));
        }
        let kinds = self.kind.iter().map(|(name, file)| {
            let kind = Kind::parse(name).map_err(|_| format!("unknown kind {name}"))?;
            let notice = file.notice.iter().map(|text| Alt::parse(text, symbols));
            let words = KindWords {
                talks: file.talks,
                hands: file.hands,
                notice: notice.collect::<Result<_, _>>()?,
            };
            Ok((kind, words))
        });
        kinds.collect()
    }
}

impl PlaceFile {
    fn read(&self, symbols: &mut Symbols<'_>) -> Result<PlaceWords, String> {
        let flags = symbols.flags.numbers(&self.flags);
        Ok(PlaceWords {
            heads: self.heads.clone(),
            at: self.at.clone(),
            ats: self.ats.clone(),
            flags: flags.ok_or("too many flags")?,
            shop: self.shop.clone(),
            pools: pools(self.pools.iter(), symbols)?,
        })
    }
}

impl DefaultFile {
    fn heroes(&self) -> Result<Vec<(String, Pronouns)>, String> {
        let heroes = self.hero.iter().map(|(name, pronouns)| {
            Name::parse(name).map_err(|error| format!("{name}: {error}"))?;
            let pronouns = Pronouns::parse(pronouns).map_err(|error| format!("{name}: {error}"))?;
            Ok((name.clone(), pronouns))
        });
        heroes.collect()
    }

    fn read(&self, symbols: &mut Symbols<'_>) -> Result<Defaults, String> {
        let mut read = Defaults::default();
        for (name, places) in &self.place {
            if name == "any" {
                read.places.clone_from(places);
            } else {
                let genre = Genre::parse(name).map_err(|_| format!("unknown genre {name}"))?;
                read.genre_places.push((genre, places.clone()));
            }
        }
        let company = self.company.iter().map(|text| Alt::parse(text, symbols));
        read.company = company.collect::<Result<_, _>>()?;
        Ok(read)
    }
}
