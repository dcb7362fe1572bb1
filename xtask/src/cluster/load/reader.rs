use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use serde_json::{Value, json};
use testkit::http::{Client, Reply};

use crate::cluster::flow;
use crate::cluster::stage::Stage;

/// Somebody who is signed in on one device, and does several things at once.
pub struct Reader {
    tokens: Mutex<Tokens>,
    /// Held while the tokens are renewed: a device does that once at a time.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Tokens {
    access: String,
    refresh: String,
}

impl Reader {
    /// Somebody new.
    pub async fn sign_up(stage: &Stage) -> anyhow::Result<Arc<Self>> {
        let reader = flow::Reader::sign_up(stage).await?;
        Ok(Arc::new(Self {
            tokens: Mutex::new(Tokens {
                access: reader.access,
                refresh: reader.refresh,
            }),
            renewing: tokio::sync::Mutex::default(),
        }))
    }

    /// So many new ones.
    pub async fn several(stage: &Stage, count: usize) -> anyhow::Result<Vec<Arc<Self>>> {
        let mut readers = Vec::new();
        for _ in 0..count {
            readers.push(Self::sign_up(stage).await?);
        }
        Ok(readers)
    }

    fn tokens(&self) -> Tokens {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.clone()
    }

    /// Who am I?
    pub async fn look(&self, auth: &Client) -> anyhow::Result<()> {
        let request = auth.get("/v1/me").bearer(&self.tokens().access);
        expect(request.try_send().await?, 200)
    }

    /// Which stories are there?
    pub async fn list(&self, story: &Client) -> anyhow::Result<()> {
        let request = story.get("/v1/stories?limit=10");
        let request = request.bearer(&self.tokens().access);
        expect(request.try_send().await?, 200)
    }

    /// A story, please; answers its id.
    pub async fn ask(&self, story: &Client) -> anyhow::Result<String> {
        let request = story.post("/v1/stories").bearer(&self.tokens().access);
        let request = request
            .header("idempotency-key", &testkit::random_key())
            .json(&json!({"theme": "a lantern on a long way"}));
        let story = body(request.try_send().await?, 202)?;
        text(&story, "id")
    }

    /// How far is it?
    pub async fn status(&self, story: &Client, id: &str) -> anyhow::Result<String> {
        let request = story.get(&format!("/v1/stories/{id}"));
        let reply = request.bearer(&self.tokens().access).try_send().await?;
        let story = body(reply, 200)?;
        text(&story, "status")
    }

    /// New tokens for old ones.
    pub async fn renew(&self, auth: &Client) -> anyhow::Result<()> {
        let _alone = self.renewing.lock().await;
        let old = json!({"refresh_token": self.tokens().refresh});
        let request = auth.post("/v1/auth/token/refresh").json(&old);
        let pair = body(request.try_send().await?, 200)?;
        let new = Tokens {
            access: text(&pair, "access_token")?,
            refresh: text(&pair, "refresh_token")?,
        };
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

fn expect(reply: Reply, status: u16) -> anyhow::Result<()> {
    reply.ensure(status).map(drop)
}

fn body(reply: Reply, status: u16) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&reply.ensure(status)?.body)?)
}

fn text(answer: &Value, name: &str) -> anyhow::Result<String> {
    let text = answer.get(name).and_then(Value::as_str);
    let text = text.with_context(|| format!("the answer has no {name}"))?;
    Ok(text.to_owned())
}
