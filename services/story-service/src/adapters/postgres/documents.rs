//! Wishes as JSON columns. Read back through the same parsers that outside input goes through.

use serde::{Deserialize, Serialize};

use crate::domain::story::Preferences;
use crate::domain::wish::{
    AgeBand, AvoidEntry, AvoidList, Cast, CastMember, Genre, Hero, Kind, Language, Name, Place,
    Pronouns, Seed, StoryRequest, Theme, Tone, WishError, Words,
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PersonDocument {
    name: String,
    pronouns: String,
    kind: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RequestDocument {
    theme: String,
    genre: String,
    tone: String,
    hero: PersonDocument,
    cast: Vec<PersonDocument>,
    place: Option<String>,
    avoid: Vec<String>,
    age_band: String,
    words: i64,
    language: String,
    seed: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PreferencesDocument {
    genre: Option<String>,
    tone: Option<String>,
    hero: Option<PersonDocument>,
    cast: Option<Vec<PersonDocument>>,
    place: Option<String>,
    avoid: Option<Vec<String>>,
    age_band: Option<String>,
    words: Option<i64>,
    language: Option<String>,
    deliver: Option<bool>,
}

impl From<&StoryRequest> for RequestDocument {
    fn from(request: &StoryRequest) -> Self {
        Self {
            theme: request.theme.as_str().to_owned(),
            genre: request.genre.as_str().to_owned(),
            tone: request.tone.as_str().to_owned(),
            hero: hero_document(&request.hero),
            cast: cast_documents(&request.cast),
            place: request.place.as_ref().map(|it| it.as_str().to_owned()),
            avoid: avoid_texts(&request.avoid),
            age_band: request.age_band.as_str().to_owned(),
            words: request.words.get().into(),
            language: request.language.as_str().to_owned(),
            seed: request.seed.get().cast_signed(),
        }
    }
}

impl TryFrom<RequestDocument> for StoryRequest {
    type Error = WishError;

    fn try_from(document: RequestDocument) -> Result<Self, WishError> {
        Ok(Self {
            theme: Theme::parse(&document.theme)?,
            genre: Genre::parse(&document.genre)?,
            tone: Tone::parse(&document.tone)?,
            hero: hero(&document.hero)?,
            cast: cast(&document.cast)?,
            place: document.place.as_deref().map(Place::parse).transpose()?,
            avoid: avoid(&document.avoid)?,
            age_band: AgeBand::parse(&document.age_band)?,
            words: Words::parse(document.words)?,
            language: Language::parse(&document.language)?,
            seed: Seed::parse(document.seed)?,
        })
    }
}

impl From<&Preferences> for PreferencesDocument {
    fn from(preferences: &Preferences) -> Self {
        let word = str::to_owned;
        Self {
            genre: preferences.genre.map(|it| word(it.as_str())),
            tone: preferences.tone.map(|it| word(it.as_str())),
            hero: preferences.hero.as_ref().map(hero_document),
            cast: preferences.cast.as_ref().map(cast_documents),
            place: preferences.place.as_ref().map(|it| word(it.as_str())),
            avoid: preferences.avoid.as_ref().map(avoid_texts),
            age_band: preferences.age_band.map(|it| word(it.as_str())),
            words: preferences.words.map(|it| it.get().into()),
            language: preferences.language.map(|it| word(it.as_str())),
            deliver: preferences.deliver,
        }
    }
}

impl TryFrom<PreferencesDocument> for Preferences {
    type Error = WishError;

    fn try_from(document: PreferencesDocument) -> Result<Self, WishError> {
        Ok(Self {
            genre: document.genre.as_deref().map(Genre::parse).transpose()?,
            tone: document.tone.as_deref().map(Tone::parse).transpose()?,
            hero: document.hero.as_ref().map(hero).transpose()?,
            cast: document.cast.as_deref().map(cast).transpose()?,
            place: document.place.as_deref().map(Place::parse).transpose()?,
            avoid: document.avoid.as_deref().map(avoid).transpose()?,
            age_band: document
                .age_band
                .as_deref()
                .map(AgeBand::parse)
                .transpose()?,
            words: document.words.map(Words::parse).transpose()?,
            language: document
                .language
                .as_deref()
                .map(Language::parse)
                .transpose()?,
            deliver: document.deliver,
        })
    }
}

fn hero_document(hero: &Hero) -> PersonDocument {
    PersonDocument {
        name: hero.name.as_str().to_owned(),
        pronouns: hero.pronouns.as_str().to_owned(),
        kind: hero.kind.as_str().to_owned(),
    }
}

fn cast_documents(cast: &Cast) -> Vec<PersonDocument> {
    let document = |member: &CastMember| PersonDocument {
        name: member.name.as_str().to_owned(),
        pronouns: member.pronouns.as_str().to_owned(),
        kind: member.kind.as_str().to_owned(),
    };
    cast.members().iter().map(document).collect()
}

fn avoid_texts(avoid: &AvoidList) -> Vec<String> {
    let entries = avoid.entries().iter();
    entries.map(|entry| entry.as_str().to_owned()).collect()
}

fn hero(document: &PersonDocument) -> Result<Hero, WishError> {
    Ok(Hero {
        name: Name::parse(&document.name)?,
        pronouns: Pronouns::parse(&document.pronouns)?,
        kind: Kind::parse(&document.kind)?,
    })
}

fn cast(documents: &[PersonDocument]) -> Result<Cast, WishError> {
    let member = |document: &PersonDocument| {
        Ok(CastMember {
            name: Name::parse(&document.name)?,
            pronouns: Pronouns::parse(&document.pronouns)?,
            kind: Kind::parse(&document.kind)?,
        })
    };
    Cast::parse(documents.iter().map(member).collect::<Result<_, _>>()?)
}

fn avoid(texts: &[String]) -> Result<AvoidList, WishError> {
    let entries = texts.iter().map(|text| AvoidEntry::parse(text));
    AvoidList::parse(entries.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    #[test]
    fn a_request_reads_back() {
        let request = fixtures::request();
        let document = RequestDocument::from(&request);
        assert_eq!(StoryRequest::try_from(document), Ok(request));
    }

    #[test]
    fn preferences_read_back() {
        let request = fixtures::request();
        let preferences = Preferences {
            hero: Some(request.hero),
            cast: Some(request.cast),
            avoid: Some(request.avoid),
            words: Some(request.words),
            deliver: Some(false),
            ..Preferences::default()
        };
        let document = PreferencesDocument::from(&preferences);
        assert_eq!(Preferences::try_from(document), Ok(preferences));
    }
}
