use kernel::{StoryId, UserId};
use uuid::Uuid;

use crate::application::ports::{Accounts, LookUpError, Stories};
use crate::domain::{FlowId, StoryText};

/// A flow that waits for its code, at `mira@example.org`, with ten minutes left.
pub const FLOW: FlowId = FlowId(Uuid::from_u128(1));
/// A flow that was used.
pub const USED_FLOW: FlowId = FlowId(Uuid::from_u128(2));
/// A user called Mira, at `mira@example.org`.
pub const USER: UserId = UserId(Uuid::from_u128(3));
/// Mira's story.
pub const STORY: StoryId = StoryId(Uuid::from_u128(4));
/// The code of [`FLOW`].
pub const CODE: &str = "01234567";
const NOBODY: Uuid = Uuid::from_u128(99);

/// The text of [`STORY`].
pub fn story() -> StoryText {
    let paragraphs = ["Once.".to_owned(), "Twice.".to_owned()];
    StoryText::new("The Lamp", "en", &paragraphs)
}

pub async fn what_is_there_is_told(accounts: &dyn Accounts, stories: &dyn Stories) {
    let (to, verification) = accounts.verification(FLOW).await.ok().unwrap();
    assert_eq!(to.as_str(), "mira@example.org");
    assert_eq!(verification.code.as_str(), CODE);
    assert_eq!(verification.minutes(), 10);

    let (to, signer) = accounts.contact(USER).await.ok().unwrap();
    assert_eq!(to.as_str(), "mira@example.org");
    assert_eq!(signer.name.as_deref(), Some("Mira"));

    let (reader, text) = stories.for_mail(STORY).await.ok().unwrap();
    assert_eq!(reader, USER);
    assert!(text == story());
}

pub async fn what_is_not_there_is_gone(accounts: &dyn Accounts, stories: &dyn Stories) {
    let flow = accounts.verification(FlowId(NOBODY)).await.err();
    let user = accounts.contact(UserId(NOBODY)).await.err();
    let story = stories.for_mail(StoryId(NOBODY)).await.err();
    for error in [flow, user, story].map(Option::unwrap) {
        assert!(matches!(error, LookUpError::Gone), "{error}");
    }
}

pub async fn a_used_flow_is_over(accounts: &dyn Accounts) {
    let error = accounts.verification(USED_FLOW).await.err().unwrap();
    assert!(matches!(error, LookUpError::Over), "{error}");
}

/// The services are away.
pub async fn absence_is_not_an_answer(accounts: &dyn Accounts, stories: &dyn Stories) {
    let flow = accounts.verification(FLOW).await.err();
    let user = accounts.contact(USER).await.err();
    let story = stories.for_mail(STORY).await.err();
    for error in [flow, user, story].map(Option::unwrap) {
        assert!(matches!(error, LookUpError::Unavailable(_)), "{error}");
    }
}
