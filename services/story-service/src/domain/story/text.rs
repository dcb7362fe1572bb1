use kernel::StoryId;

use crate::domain::wish::Language;

/// Who writes stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The storyteller that comes with the product.
    Builtin,
}

impl Writer {
    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
        }
    }

    /// The writer that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        (word == Self::Builtin.as_str()).then_some(Self::Builtin)
    }
}

/// A story with its text, as its writer hands it in.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenStory {
    pub id: StoryId,
    pub title: String,
    pub teaser: String,
    /// The paragraphs, scene by scene.
    pub scenes: Vec<Vec<String>>,
    pub word_count: u32,
    pub reading_grade: f32,
    pub writer: Writer,
    /// What the plan was, so that the same story can be made again.
    pub plan: String,
    /// The grammar that the plan was made with.
    pub grammar_version: String,
}

/// A story as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryText {
    pub title: String,
    pub teaser: String,
    pub paragraphs: Vec<String>,
    pub language: Language,
}
