use crate::domain::storyteller::WishDefaults;
use crate::domain::wish::{
    AgeBand, AvoidList, Cast, Genre, Hero, Language, Place, Seed, StoryRequest, Theme, Tone, Words,
};

/// What a reader likes in every story; what is absent is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    pub genre: Option<Genre>,
    pub tone: Option<Tone>,
    pub hero: Option<Hero>,
    pub cast: Option<Cast>,
    pub place: Option<Place>,
    pub avoid: Option<AvoidList>,
    pub age_band: Option<AgeBand>,
    pub words: Option<Words>,
    pub language: Option<Language>,
    pub deliver: Option<bool>,
}

/// What a reader says about one story; what is absent is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoryWish {
    pub theme: Option<Theme>,
    pub seed: Option<Seed>,
    pub rest: Preferences,
}

impl Preferences {
    /// These; where they leave something open, the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            genre: self.genre.or(others.genre),
            tone: self.tone.or(others.tone),
            hero: self.hero.or(others.hero),
            cast: self.cast.or(others.cast),
            place: self.place.or(others.place),
            avoid: self.avoid.or(others.avoid),
            age_band: self.age_band.or(others.age_band),
            words: self.words.or(others.words),
            language: self.language.or(others.language),
            deliver: self.deliver.or(others.deliver),
        }
    }

    /// Whether stories are mailed: unless the reader says otherwise.
    pub fn deliver(&self) -> bool {
        self.deliver.unwrap_or(true)
    }
}

impl StoryWish {
    /// The wish with nothing left open. `chance` decides where no seed is given.
    pub fn resolve(self, chance: Seed, defaults: &WishDefaults) -> StoryRequest {
        let seed = self.seed.unwrap_or(chance);
        let rest = self.rest;
        let avoid = rest.avoid.unwrap_or_default();
        let theme = self.theme.unwrap_or_else(|| defaults.theme(seed, &avoid));
        let hero = rest.hero.unwrap_or_else(|| defaults.hero(seed, &avoid));
        StoryRequest {
            theme,
            genre: rest.genre.unwrap_or(Genre::Bedtime),
            tone: rest.tone.unwrap_or(Tone::Cosy),
            hero,
            cast: rest.cast.unwrap_or_default(),
            place: rest.place,
            avoid,
            age_band: rest.age_band.unwrap_or(AgeBand::Middle),
            words: rest.words.unwrap_or_default(),
            language: rest.language.unwrap_or(Language::English),
            seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_goes_before_the_preferences() {
        let wish = Preferences {
            tone: Some(Tone::Funny),
            ..Preferences::default()
        };
        let preferences = Preferences {
            tone: Some(Tone::Brave),
            genre: Some(Genre::Sea),
            deliver: Some(false),
            ..Preferences::default()
        };
        let both = wish.or(preferences);
        assert_eq!(both.tone, Some(Tone::Funny));
        assert_eq!(both.genre, Some(Genre::Sea));
        assert!(!both.deliver());
        assert!(Preferences::default().deliver());
    }
}
