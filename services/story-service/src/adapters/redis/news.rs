use async_trait::async_trait;
use contracts::streams;
use datastores::redis::Redis;
use kernel::StoryId;
use redis::streams::{StreamId, StreamRangeReply};
use redis::{AsyncCommands as _, Pipeline, RedisError};

use crate::application::ports::{NewsBoard, Unavailable};
use crate::domain::story::{News, NewsId};

/// How many entries a story's stream keeps at least.
const MAX_LENGTH: usize = 2_000;
/// For how many seconds a story's stream lives after the last entry.
const LIFETIME: i64 = 15 * 60;

pub struct RedisNewsBoard {
    redis: Redis,
}

impl RedisNewsBoard {
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }
}

impl From<RedisError> for Unavailable {
    fn from(cause: RedisError) -> Self {
        Self(cause.into())
    }
}

#[async_trait]
impl NewsBoard for RedisNewsBoard {
    async fn post(&self, story: StoryId, news: &[News]) -> Result<(), Unavailable> {
        let key = streams::story_events(&story.0.to_string());
        let mut commands = Pipeline::with_capacity(news.len() + 1);
        for piece in news {
            let command = commands.cmd("XADD").arg(&key);
            command.arg("MAXLEN").arg("~").arg(MAX_LENGTH).arg("*");
            command.arg(fields(piece)).ignore();
        }
        commands.expire(&key, LIFETIME).ignore();
        let () = commands.query_async(&mut self.redis.shared()).await?;
        Ok(())
    }

    async fn read(
        &self,
        story: StoryId,
        after: Option<NewsId>,
    ) -> Result<Vec<(NewsId, News)>, Unavailable> {
        let key = streams::story_events(&story.0.to_string());
        let start = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let reply: StreamRangeReply = self.redis.shared().xrange(key, start, "+").await?;
        Ok(reply.ids.iter().filter_map(piece).collect())
    }
}

fn fields(news: &News) -> Vec<(&'static str, String)> {
    let event = |name: &str| ("event", name.to_owned());
    match news {
        News::Plan { title, beats } => vec![
            event("plan"),
            ("title", title.clone()),
            ("beats", beats.to_string()),
        ],
        News::Scene { index } => vec![event("scene"), ("index", index.to_string())],
        News::Chunk { text } => vec![event("chunk"), ("text", text.clone())],
        News::Ready => vec![event("ready")],
        News::Delivered => vec![event("delivered")],
        News::Failed { code } => vec![event("failed"), ("code", code.clone())],
        News::Cancelled => vec![event("cancelled")],
    }
}

/// An entry; none if another version of the service wrote it.
fn piece(entry: &StreamId) -> Option<(NewsId, News)> {
    let text = |name: &str| entry.get::<String>(name);
    let number = |name: &str| entry.get::<u32>(name);
    let news = match text("event")?.as_str() {
        "plan" => News::Plan {
            title: text("title")?,
            beats: number("beats")?,
        },
        "scene" => News::Scene {
            index: number("index")?,
        },
        "chunk" => News::Chunk {
            text: text("text")?,
        },
        "ready" => News::Ready,
        "delivered" => News::Delivered,
        "failed" => News::Failed {
            code: text("code")?,
        },
        "cancelled" => News::Cancelled,
        _ => return None,
    };
    Some((NewsId::parse(&entry.id)?, news))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::promises;
    use uuid::Uuid;

    #[tokio::test]
    async fn news_come_in_order_and_pass() {
        let server = testkit::Redis::start().await;
        let settings = serde_json::json!({
            "url": server.url(), "ca": "", "password": "", "response_timeout_ms": 2000,
        });
        let redis = Redis::new(&serde_json::from_value(settings).unwrap()).unwrap();
        let board = RedisNewsBoard::new(redis);
        promises::news_come_in_order(&board).await;

        let key = streams::story_events(&Uuid::from_u128(1).to_string());
        let lives = server.cli(&["TTL", &key]).await;
        let lives = lives.trim_matches(|c: char| !c.is_ascii_digit());
        let seconds: i64 = lives.parse().unwrap();
        assert!((1..=LIFETIME).contains(&seconds), "{lives}");
    }
}
