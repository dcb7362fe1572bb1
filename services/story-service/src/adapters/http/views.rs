use problem::codes;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::people::Person;
use crate::application::ports::Delivery;
use crate::domain::story::{Story, StoryFailure};

/// Which telling of a story it is; there is one yet.
const VERSION: u32 = 1;

/// A story, without its text.
#[derive(Debug, Serialize)]
pub struct StoryView {
    id: Uuid,
    status: &'static str,
    title: Option<String>,
    teaser: Option<String>,
    theme: String,
    genre: &'static str,
    tone: &'static str,
    hero: Person,
    cast: Vec<Person>,
    place: Option<String>,
    avoid: Vec<String>,
    age_band: &'static str,
    words: u16,
    language: &'static str,
    word_count: Option<u32>,
    reading_grade: Option<f64>,
    writer: Option<&'static str>,
    model: Option<String>,
    seed: u64,
    version: u32,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    ready_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    delivered_at: Option<OffsetDateTime>,
    error: Option<FailureView>,
}

/// Why a story failed: the members of a problem that do not depend on a request.
#[derive(Debug, Serialize)]
pub struct FailureView {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
}

impl FailureView {
    /// A code that is not documented is a fault of ours.
    pub fn new(code: &str, public_url: &str) -> Self {
        let code = codes::find(code).unwrap_or(&codes::INTERNAL_ERROR);
        Self {
            r#type: format!("{public_url}/problems/{}", code.name),
            title: code.title,
            status: code.status.as_u16(),
            detail: "the story could not be written",
            code: code.name,
        }
    }
}

impl StoryView {
    /// The view of a story.
    pub fn new(story: &Story, public_url: &str) -> Self {
        let failure = |it: &StoryFailure| FailureView::new(&it.code, public_url);
        let (request, summary) = (&story.request, story.summary.as_ref());
        let avoid = request.avoid.entries().iter();
        Self {
            id: story.id.0,
            status: story.status.as_str(),
            title: summary.map(|it| it.title.clone()),
            teaser: summary.map(|it| it.teaser.clone()),
            theme: request.theme.as_str().to_owned(),
            genre: request.genre.as_str(),
            tone: request.tone.as_str(),
            hero: Person::from(&request.hero),
            cast: request.cast.members().iter().map(Person::from).collect(),
            place: request.place.as_ref().map(|it| it.as_str().to_owned()),
            avoid: avoid.map(|it| it.as_str().to_owned()).collect(),
            age_band: request.age_band.as_str(),
            words: request.words.get(),
            language: request.language.as_str(),
            word_count: summary.map(|it| it.word_count),
            reading_grade: summary.map(|it| (f64::from(it.reading_grade) * 10.0).round() / 10.0),
            writer: summary.map(|it| it.writer.as_str()),
            model: None,
            seed: request.seed.get(),
            version: VERSION,
            created_at: story.created_at,
            ready_at: story.ready_at,
            delivered_at: story.delivered_at,
            error: story.failure.as_ref().map(failure),
        }
    }

    /// A story that was only just asked for, as JSON.
    pub fn bytes(story: &Story) -> Vec<u8> {
        serde_json::to_vec(&Self::new(story, "")).unwrap_or_default()
    }
}

/// A part of a list, and where the rest begins.
#[derive(Debug, Serialize)]
pub struct ListView<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// All of a short list.
#[derive(Debug, Serialize)]
pub struct ItemsView<T> {
    pub items: Vec<T>,
}

/// One mail.
#[derive(Debug, Serialize)]
pub struct DeliveryView {
    id: Uuid,
    to: Option<String>,
    status: &'static str,
    attempts: u32,
    #[serde(with = "time::serde::rfc3339::option")]
    sent_at: Option<OffsetDateTime>,
    message_id: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: delivery.id.0,
            to: known(delivery.to),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            sent_at: delivery.sent_at,
            message_id: known(delivery.message_id),
        }
    }
}
