//! The REST surface.

mod conditions;
mod content;
mod cursor;
mod events;
mod once;
mod people;
mod preferences;
mod stories;
mod views;
mod wishes;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use kernel::Clock;
use tokens::Verifier;
use tokio_util::sync::CancellationToken;

use crate::application::{
    CancelStory, DeleteStory, FollowStory, GetPreferences, GetStory, ListDeliveries, ListStories,
    PutPreferences, ReadStory, RequestStory,
};

/// What handlers may call.
pub struct UseCases {
    pub request_story: RequestStory,
    pub list_stories: ListStories,
    pub get_story: GetStory,
    pub read_story: ReadStory,
    pub follow_story: FollowStory,
    pub cancel_story: CancelStory,
    pub delete_story: DeleteStory,
    pub list_deliveries: ListDeliveries,
    pub get_preferences: GetPreferences,
    pub put_preferences: PutPreferences,
    pub verifier: Verifier,
    pub clock: Arc<dyn Clock>,
    /// Where clients reach the system.
    pub public_url: Arc<str>,
    /// Fires when streams of events must end.
    pub stopping: CancellationToken,
}

/// The use cases, cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<UseCases>);

impl Api {
    pub fn new(use_cases: UseCases) -> Self {
        Self(Arc::new(use_cases))
    }
}

impl Deref for Api {
    type Target = UseCases;

    fn deref(&self) -> &UseCases {
        &self.0
    }
}

impl FromRef<Api> for Verifier {
    fn from_ref(api: &Api) -> Self {
        api.verifier.clone()
    }
}

/// Every route of this service.
pub fn router(api: Api) -> Router {
    let json = Router::new()
        .route(
            "/v1/preferences",
            get(preferences::get).put(preferences::put),
        )
        .route("/v1/stories", post(stories::create))
        .route(
            "/v1/stories/{id}",
            get(stories::one).delete(stories::delete),
        )
        .route("/v1/stories/{id}/cancel", post(stories::cancel))
        .route("/v1/stories/{id}/deliveries", get(stories::deliveries));
    let plain = runtime::http::json(json)
        .route("/v1/stories/{id}/content", get(content::get))
        .route("/v1/stories/{id}/events", get(events::get));
    let list = Router::new().route("/v1/stories", get(stories::list));
    runtime::http::without_query(plain)
        .merge(runtime::http::json(list))
        .with_state(api)
}
