//! What the storyteller chooses when a wish leaves it open.

use super::rng::Rng;
use crate::domain::wish::{
    AvoidList, AvoidTags, Forbidden, Hero, Kind, Name, Pronouns, Seed, Theme, stems,
};

/// What a wish is completed from and held against, before anything is told.
#[derive(Debug, Clone)]
pub struct WishDefaults {
    /// What the avoid list's entries rule out.
    pub tags: AvoidTags,
    pub heroes: Vec<(String, Pronouns)>,
    pub themes: Vec<String>,
}

impl WishDefaults {
    /// A theme for a wish without one; none that is to be avoided.
    pub fn theme(&self, seed: Seed, avoid: &AvoidList) -> Theme {
        let forbidden = Forbidden::new(avoid, &self.tags);
        let parsed = self
            .themes
            .iter()
            .filter_map(|theme| Theme::parse(theme).ok());
        let good = parsed
            .filter(|theme| !forbidden.occurs_in(&stems(theme.as_str())))
            .collect::<Vec<_>>();
        let chosen = Rng::new(seed.get(), 0x7e3e).pick(&good).cloned();
        chosen.unwrap_or_else(Theme::any)
    }

    /// A hero for a wish without one; neither name nor kind is to be avoided.
    pub fn hero(&self, seed: Seed, avoid: &AvoidList) -> Hero {
        let forbidden = Forbidden::new(avoid, &AvoidTags::default());
        let heroes = self
            .heroes
            .iter()
            .filter(|(name, _)| !forbidden.occurs_in(&stems(name)));
        let named =
            heroes.filter_map(|(name, pronouns)| Some((Name::parse(name).ok()?, *pronouns)));
        let good: Vec<_> = named.collect();
        let chosen = Rng::new(seed.get(), 0x4e50).pick(&good).cloned();
        let (name, pronouns) = chosen.unwrap_or_else(|| (Name::any(), Pronouns::They));
        Hero {
            name,
            pronouns,
            kind: self.kind(avoid),
        }
    }

    /// A child, unless that is ruled out.
    fn kind(&self, avoid: &AvoidList) -> Kind {
        let forbidden = Forbidden::new(avoid, &self.tags);
        let fits = |kind: &Kind| !forbidden.occurs_in(&stems(kind.as_str()));
        let kinds = [Kind::Child, Kind::Adult, Kind::Fox, Kind::Robot];
        kinds.into_iter().find(fits).unwrap_or(Kind::Other)
    }
}
