use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::StoryId;
use problem::{Json, PathId, Problem, Query, Violations};
use serde::Deserialize;
use tokens::SignedIn;

use super::views::{DeliveryView, ItemsView, ListView, StoryView};
use super::wishes::{CreateStory, OrNothing, clashes};
use super::{Api, conditions, cursor, once};
use crate::application::ports::{Answered, Page, Requested};
use crate::application::{RequestStoryError, StoryPage};
use crate::domain::story::StoryStatus;

/// How many stories a list has if nothing is said.
const LIMIT: i64 = 20;

/// `POST /v1/stories`
pub async fn create(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    headers: HeaderMap,
    OrNothing(body): OrNothing<CreateStory>,
) -> Result<Response, Problem> {
    let once = once::once(&headers, &body)?;
    let wish = body.parse()?;
    let requested = api.request_story.run(user, wish, once).await;
    Ok(accepted(requested.map_err(refused)?))
}

fn refused(error: RequestStoryError) -> Problem {
    match error {
        RequestStoryError::Conflicts(conflicts) => clashes(&conflicts),
        other => other.into(),
    }
}

/// A replay is answered byte by byte as the first time.
fn accepted(requested: Requested) -> Response {
    let Answered { id, body } = match requested {
        Requested::New(story) => Answered {
            id: story.id,
            body: StoryView::bytes(&story),
        },
        Requested::Before(answered) => answered,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, format!("/v1/stories/{}", id.0)),
        (header::RETRY_AFTER, "1".to_owned()),
    ];
    (StatusCode::ACCEPTED, headers, body).into_response()
}

/// The query of `GET /v1/stories`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    status: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

impl ListQuery {
    fn parse(&self) -> Result<Page, Violations> {
        let mut found = Violations::default();
        let status = self.status.as_deref().map(StoryStatus::parse);
        if status == Some(None) {
            let all = StoryStatus::ALL.map(StoryStatus::as_str).join(", ");
            found.add("?status", "unknown_value", format!("must be one of: {all}"));
        }
        let limit = u8::try_from(self.limit.unwrap_or(LIMIT)).ok();
        let limit = limit.filter(|limit| (1..=100).contains(limit));
        if limit.is_none() {
            found.add("?limit", "out_of_range", "must be between 1 and 100");
        }
        let after = self.cursor.as_deref().map(cursor::decode);
        if after == Some(None) {
            found.add("?cursor", "malformed", "is not a cursor of this list");
        }
        let page = limit.map(|limit| Page {
            status: status.flatten(),
            limit,
            after: after.flatten(),
        });
        found.or(page)
    }

    /// Where the list goes on.
    fn next(&self, cursor: &str) -> String {
        let mut parts = Vec::new();
        parts.extend(self.status.as_ref().map(|it| format!("status={it}")));
        parts.extend(self.limit.map(|it| format!("limit={it}")));
        parts.push(format!("cursor={cursor}"));
        format!("</v1/stories?{}>; rel=\"next\"", parts.join("&"))
    }
}

/// `GET /v1/stories`
pub async fn list(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let StoryPage { stories, next } = api.list_stories.run(user, query.parse()?).await?;
    let next_cursor = next.as_ref().map(cursor::encode);
    let link = next_cursor.as_deref().map(|cursor| query.next(cursor));
    let view = |story| StoryView::new(story, &api.public_url);
    let list = ListView {
        items: stories.iter().map(view).collect(),
        next_cursor,
    };
    let mut response = Json(list).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// `GET /v1/stories/{id}`
pub async fn one(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let story = api.get_story.run(user, StoryId(id)).await?;
    let etag = [(header::ETAG, conditions::etag(story.row_version))];
    if conditions::is_known(&headers, story.row_version) {
        return Ok((StatusCode::NOT_MODIFIED, etag).into_response());
    }
    let view = StoryView::new(&story, &api.public_url);
    Ok((etag, Json(view)).into_response())
}

/// `POST /v1/stories/{id}/cancel`
pub async fn cancel(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<StoryView>), Problem> {
    let story = api.cancel_story.run(user, StoryId(id)).await?;
    let view = StoryView::new(&story, &api.public_url);
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// `DELETE /v1/stories/{id}`
pub async fn delete(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    api.delete_story.run(user, StoryId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/stories/{id}/deliveries`
pub async fn deliveries(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    PathId(id): PathId,
) -> Result<Json<ItemsView<DeliveryView>>, Problem> {
    let deliveries = api.list_deliveries.run(user, StoryId(id)).await?;
    let items = deliveries.into_iter().map(DeliveryView::from).collect();
    Ok(Json(ItemsView { items }))
}
