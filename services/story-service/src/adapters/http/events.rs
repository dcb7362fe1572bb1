use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use kernel::StoryId;
use problem::{Json, PathId, Problem, codes};
use serde_json::{Value, json};
use tokens::SignedIn;
use tokio::time::{Instant, sleep, sleep_until};

use super::Api;
use super::views::{FailureView, StoryView};
use crate::application::Followed;
use crate::domain::story::{News, NewsId, Told};

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";

/// How often the news are looked at.
const LISTEN: Duration = Duration::from_millis(100);
/// How often the story itself is looked at, for news that were lost.
const LOOK: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The longest that one connection lasts.
const LONGEST: Duration = Duration::from_mins(15);

/// `GET /v1/stories/{id}/events`
pub async fn get(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let chosen = runtime::http::negotiate(&headers, &[EVENTS, JSON]);
    let detail = "events are text/event-stream; the state alone is application/json";
    let media_type = chosen.ok_or_else(|| Problem::new(&codes::NOT_ACCEPTABLE, detail))?;
    if media_type == JSON {
        return state(&api, signed_in, StoryId(id)).await;
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let told = last.and_then(NewsId::parse);
    let begun = api
        .follow_story
        .begin(signed_in.user, StoryId(id), told)
        .await;
    let (followed, tell) = begun?;
    let no_store = (header::CACHE_CONTROL, "no-store");
    // An EventSource comes back after any other answer (WHATWG HTML, server-sent events).
    if tell.is_empty() && followed.is_over() {
        return Ok((StatusCode::NO_CONTENT, [no_store]).into_response());
    }
    let lasts = signed_in.expires_at - api.clock.now();
    let now = Instant::now();
    let listener = Listener {
        api,
        followed,
        tell: tell.into(),
        looked: now,
        signed_out: now + Duration::try_from(lasts).unwrap_or_default(),
        longest: now + LONGEST,
        over: false,
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let events = Sse::new(listener.events()).keep_alive(keep_alive);
    let at_once = [
        no_store,
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((at_once, events).into_response())
}

/// The story for clients that do not stream: 202 while there is more to come.
async fn state(api: &Api, signed_in: SignedIn, id: StoryId) -> Result<Response, Problem> {
    let story = api.get_story.run(signed_in.user, id).await?;
    let status = if story.is_settled() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(StoryView::new(&story, &api.public_url))).into_response())
}

struct Listener {
    api: Api,
    followed: Followed,
    tell: VecDeque<Told>,
    looked: Instant,
    signed_out: Instant,
    longest: Instant,
    over: bool,
}

impl Listener {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures::stream::unfold(self, |mut listener| async {
            let event = listener.next().await?;
            Some((Ok(event), listener))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(told) = self.tell.pop_front() {
                return Some(event(told, &self.api.public_url));
            }
            if self.over || self.followed.is_over() {
                return None;
            }
            let now = Instant::now();
            if now >= self.signed_out {
                self.over = true;
                return Some(named("reauth", &json!({})));
            }
            if now >= self.longest || self.stopped().await {
                return None;
            }
            self.tell = self.catch_up().await.into();
        }
    }

    /// Waits until it is time to listen again. Whether the stream must end instead.
    async fn stopped(&self) -> bool {
        tokio::select! {
            () = self.api.stopping.cancelled() => true,
            () = sleep(LISTEN) => false,
            () = sleep_until(self.signed_out) => false,
        }
    }

    async fn catch_up(&mut self) -> Vec<Told> {
        if self.looked.elapsed() < LOOK {
            return self.api.follow_story.listen(&mut self.followed).await;
        }
        let told = self.api.follow_story.look(&mut self.followed).await;
        self.looked = Instant::now();
        told
    }
}

fn event((id, news): Told, public_url: &str) -> Event {
    let event = match news {
        News::Plan { title, beats } => named("plan", &json!({"title": title, "beats": beats})),
        News::Scene { index } => named("scene", &json!({"index": index})),
        News::Chunk { text } => named("chunk", &json!({"text": text})),
        News::Ready => named("ready", &json!({})),
        News::Delivered => named("delivered", &json!({})),
        News::Failed { code } => named("failed", &json!(FailureView::new(&code, public_url))),
        News::Cancelled => named("cancelled", &json!({})),
    };
    match id {
        Some(id) => event.id(id.to_string()),
        None => event,
    }
}

fn named(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}
