use uuid::Uuid;

/// Names one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserId(pub Uuid);

/// Names one session of a user: one sign-in on one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub Uuid);

/// Names one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoryId(pub Uuid);

/// Names one mail to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryId(pub Uuid);

/// Hands out identifiers, so that tests can predict them.
pub trait Ids: Send + Sync {
    /// The next id; later ids sort after earlier ones.
    fn next(&self) -> Uuid;
}

/// Version 7 ids (RFC 9562) from the system clock and random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeOrderedIds;

impl Ids for TimeOrderedIds {
    #[expect(clippy::disallowed_methods, reason = "the one place ids are born")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
