//! Use cases, one file each, and the ports they speak through.

mod cancel_story;
mod delete_story;
mod follow_story;
mod get_preferences;
mod get_story;
mod list_deliveries;
mod list_stories;
pub mod ports;
mod put_preferences;
mod read_story;
mod report_delivery;
mod request_story;
mod story_for_mail;
mod write_story;

pub use cancel_story::{CancelStory, CancelStoryError};
pub use delete_story::DeleteStory;
pub use follow_story::{FollowStory, Followed};
pub use get_preferences::{GetPreferences, GetPreferencesError};
pub use get_story::{GetStory, GetStoryError};
pub use list_deliveries::ListDeliveries;
pub use list_stories::{ListStories, StoryPage};
pub use put_preferences::{Precondition, PutPreferences, PutPreferencesError};
pub use read_story::{ReadStory, ReadStoryError};
pub use report_delivery::ReportDelivery;
pub use request_story::{RequestStory, RequestStoryError};
pub use story_for_mail::{MailStory, StoryForMail, StoryForMailError};
pub use write_story::{WriteStory, WriteStoryError};

#[cfg(test)]
mod fakes;
#[cfg(test)]
pub mod promises;
