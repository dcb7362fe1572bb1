use super::{AgeBand, AvoidList, Cast, Genre, Hero, Language, Place, Seed, Theme, Tone, Words};

/// A wish with nothing left open but what the story itself decides.
///
/// Together with the grammar's version it makes the same story again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryRequest {
    pub theme: Theme,
    pub genre: Genre,
    pub tone: Tone,
    pub hero: Hero,
    pub cast: Cast,
    /// None: one that suits the genre.
    pub place: Option<Place>,
    pub avoid: AvoidList,
    pub age_band: AgeBand,
    pub words: Words,
    pub language: Language,
    pub seed: Seed,
}
