//! A story from the wish to the mail: what it is asked to be, what becomes of it, its text.

mod follower;
mod news;
mod state;
mod text;
mod wish;

pub use follower::{Follower, Told};
pub use news::{News, NewsId};
pub use state::{RowVersion, Story, StoryFailure, StoryStatus, Summary};
pub use text::{StoryText, Writer, WrittenStory};
pub use wish::{Preferences, StoryWish};
