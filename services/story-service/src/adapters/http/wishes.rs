use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use problem::{Json, Problem, Violations};
use serde::{Deserialize, Serialize};

use super::people::Person;
use crate::domain::story::{Preferences, StoryWish};
use crate::domain::wish::{
    AgeBand, AvoidEntry, AvoidList, Conflict, Genre, Language, Place, Seed, Theme, Tone, Words,
};

/// The body of `POST /v1/stories`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateStory {
    theme: Option<String>,
    genre: Option<String>,
    tone: Option<String>,
    hero: Option<Person>,
    cast: Option<Vec<Person>>,
    place: Option<String>,
    avoid: Option<Vec<String>>,
    age_band: Option<String>,
    words: Option<i64>,
    language: Option<String>,
    deliver: Option<bool>,
    seed: Option<i64>,
}

/// The body of `PUT /v1/preferences`, and its answer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreferencesBody {
    genre: Option<String>,
    tone: Option<String>,
    hero: Option<Person>,
    cast: Option<Vec<Person>>,
    place: Option<String>,
    avoid: Option<Vec<String>>,
    age_band: Option<String>,
    words: Option<i64>,
    language: Option<String>,
    deliver: Option<bool>,
}

/// `T` as JSON; no body at all asks for nothing in particular.
pub struct OrNothing<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Default> FromRequest<S> for OrNothing<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = request.headers().contains_key(header::CONTENT_TYPE);
        if !typed && request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

impl CreateStory {
    /// Everything that is wrong is told at once.
    pub fn parse(&self) -> Result<StoryWish, Violations> {
        let mut found = Violations::default();
        let theme = self.theme.as_deref().map(Theme::parse);
        let theme = theme.and_then(|it| found.check("/theme", it));
        let seed = self.seed.map(Seed::parse);
        let seed = seed.and_then(|it| found.check("/seed", it));
        let rest = PreferencesBody {
            genre: self.genre.clone(),
            tone: self.tone.clone(),
            hero: self.hero.clone(),
            cast: self.cast.clone(),
            place: self.place.clone(),
            avoid: self.avoid.clone(),
            age_band: self.age_band.clone(),
            words: self.words,
            language: self.language.clone(),
            deliver: self.deliver,
        };
        let rest = rest.check(&mut found);
        found.or(Some(StoryWish { theme, seed, rest }))
    }
}

impl PreferencesBody {
    /// Everything that is wrong is told at once.
    pub fn parse(&self) -> Result<Preferences, Violations> {
        let mut found = Violations::default();
        let preferences = self.check(&mut found);
        found.or(Some(preferences))
    }

    fn check(&self, found: &mut Violations) -> Preferences {
        let genre = self.genre.as_deref().map(Genre::parse);
        let tone = self.tone.as_deref().map(Tone::parse);
        let place = self.place.as_deref().map(Place::parse);
        let age_band = self.age_band.as_deref().map(AgeBand::parse);
        let words = self.words.map(Words::parse);
        let language = self.language.as_deref().map(Language::parse);
        let (hero, cast) = (self.hero.as_ref(), self.cast.as_deref());
        Preferences {
            genre: genre.and_then(|it| found.check("/genre", it)),
            tone: tone.and_then(|it| found.check("/tone", it)),
            hero: hero.and_then(|it| it.hero("/hero", found)),
            cast: cast.and_then(|it| Person::cast(it, "/cast", found)),
            place: place.and_then(|it| found.check("/place", it)),
            avoid: self.avoid.as_deref().and_then(|it| avoid(it, found)),
            age_band: age_band.and_then(|it| found.check("/age_band", it)),
            words: words.and_then(|it| found.check("/words", it)),
            language: language.and_then(|it| found.check("/language", it)),
            deliver: self.deliver,
        }
    }
}

fn avoid(texts: &[String], found: &mut Violations) -> Option<AvoidList> {
    let mut entries = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        entries.extend(found.check(&format!("/avoid/{index}"), AvoidEntry::parse(text)));
    }
    if entries.len() < texts.len() && texts.len() <= AvoidList::MAX {
        return None;
    }
    found.check("/avoid", AvoidList::parse(entries))
}

/// What is asked for and ruled out at once, told at both places.
pub fn clashes(conflicts: &[Conflict]) -> Problem {
    let mut violations = Violations::default();
    for Conflict { avoid, with } in conflicts {
        violations.add(avoid, "conflict", format!("rules out what {with} asks for"));
        violations.add(with, "conflict", format!("asks for what {avoid} rules out"));
    }
    violations.into()
}

impl From<&Preferences> for PreferencesBody {
    fn from(preferences: &Preferences) -> Self {
        let word = |word: &str| word.to_owned();
        let people = |cast: &crate::domain::wish::Cast| {
            cast.members().iter().map(Person::from).collect::<Vec<_>>()
        };
        let texts = |list: &AvoidList| {
            let entries = list.entries().iter();
            entries.map(|it| it.as_str().to_owned()).collect::<Vec<_>>()
        };
        Self {
            genre: preferences.genre.map(|it| word(it.as_str())),
            tone: preferences.tone.map(|it| word(it.as_str())),
            hero: preferences.hero.as_ref().map(Person::from),
            cast: preferences.cast.as_ref().map(people),
            place: preferences.place.as_ref().map(|it| word(it.as_str())),
            avoid: preferences.avoid.as_ref().map(texts),
            age_band: preferences.age_band.map(|it| word(it.as_str())),
            words: preferences.words.map(|it| it.get().into()),
            language: preferences.language.map(|it| word(it.as_str())),
            deliver: preferences.deliver,
        }
    }
}
