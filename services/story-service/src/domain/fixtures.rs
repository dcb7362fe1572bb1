//! Examples for tests.

use kernel::{StoryId, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::story::{RowVersion, Story, StoryStatus, Writer, WrittenStory};
use super::wish::{
    AgeBand, AvoidEntry, AvoidList, Cast, CastMember, Genre, Hero, Kind, Language, Name, Place,
    Pronouns, Seed, StoryRequest, Theme, Tone, Words,
};

pub fn request() -> StoryRequest {
    StoryRequest {
        theme: Theme::parse("a lantern that is afraid of the dark").unwrap(),
        genre: Genre::Adventure,
        tone: Tone::Cosy,
        hero: Hero {
            name: Name::parse("Mira").unwrap(),
            pronouns: Pronouns::She,
            kind: Kind::Child,
        },
        cast: Cast::parse(vec![CastMember {
            name: Name::parse("Otto").unwrap(),
            pronouns: Pronouns::He,
            kind: Kind::Dog,
        }])
        .unwrap(),
        place: Some(Place::parse("a lighthouse").unwrap()),
        avoid: AvoidList::parse(vec![AvoidEntry::parse("spiders").unwrap()]).unwrap(),
        age_band: AgeBand::Middle,
        words: Words::default(),
        language: Language::English,
        seed: Seed::from_bits(7),
    }
}

pub fn story() -> Story {
    Story {
        id: StoryId(Uuid::from_u128(1)),
        owner: UserId(Uuid::from_u128(2)),
        request: request(),
        deliver: true,
        status: StoryStatus::Queued,
        summary: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        ready_at: None,
        delivered_at: None,
        mail_failed: false,
        failure: None,
        row_version: RowVersion(1),
    }
}

pub fn written(id: StoryId) -> WrittenStory {
    WrittenStory {
        id,
        title: "The Lantern".into(),
        teaser: "A lantern waits for the evening.".into(),
        scenes: vec![vec!["One.".into(), "Two.".into()], vec!["Three.".into()]],
        word_count: 3,
        reading_grade: 2.5,
        writer: Writer::Builtin,
        plan: "knock: wish, trouble, turn".into(),
        grammar_version: "1".into(),
    }
}
