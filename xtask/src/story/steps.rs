use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use testkit::http::{Client, Event, Reply};
use tokio::time::{Instant, sleep};

use super::inbox::{Inbox, Received};
use super::options::StoryOptions;
use super::progress::Progress;
use crate::console::Step;

/// How long a story may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long to wait before the events are asked for again.
const AGAIN: Duration = Duration::from_millis(200);

/// Somebody who has signed up.
pub struct Reader {
    pub address: String,
    token: String,
}

/// Registers an account and confirms it with the code from the inbox.
pub async fn sign_up(
    front: &Client,
    inbox: &Inbox,
    options: &StoryOptions,
) -> anyhow::Result<Reader> {
    let [a, b, c, d] = testkit::random_bytes::<4>();
    let address = format!("reader-{a:02x}{b:02x}{c:02x}{d:02x}@example.org");
    let password = options.password.clone().unwrap_or_else(testkit::random_key);
    let step = Step::begin("sign up");
    let account = json!({
        "email": address,
        "password": password,
        "display_name": options.hero,
    });
    let registration = front
        .post("/v1/auth/register")
        .json(&account)
        .try_send()
        .await?;
    let registration = body(registration, 202)?;
    step.done(&address);

    let step = Step::begin("code from the inbox");
    let mail = inbox.wait_for(&address, "verify_email").await?;
    let code = mail.code().context("the mail has no code")?;
    step.done(&mail.subject);

    let step = Step::begin("confirm the address");
    let proof = json!({"registration_id": registration["registration_id"], "code": code});
    let verified = front
        .post("/v1/auth/register/verify")
        .json(&proof)
        .try_send()
        .await?;
    let tokens = body(verified, 201)?;
    let token = tokens["access_token"]
        .as_str()
        .context("there is a token")?
        .to_owned();
    step.done("signed in");
    Ok(Reader { address, token })
}

/// Says what holds for all stories of this reader.
pub async fn set_preferences(
    front: &Client,
    reader: &Reader,
    options: &StoryOptions,
) -> anyhow::Result<()> {
    let step = Step::begin("preferences");
    let request = front.put("/v1/preferences").bearer(&reader.token);
    let request = request
        .header("if-none-match", "*")
        .json(&options.preferences());
    let reply = request.try_send().await?;
    let status = if reply.code() == 201 { 201 } else { 200 };
    let kept = body(reply, status)?;
    let hero = kept
        .pointer("/hero/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    step.done(&format!("stories about {hero}"));
    Ok(())
}

/// Asks for a story; answers its id.
pub async fn ask(
    front: &Client,
    reader: &Reader,
    options: &StoryOptions,
) -> anyhow::Result<String> {
    let step = Step::begin("ask for a story");
    let key = testkit::random_bytes::<16>()
        .map(|it| format!("{it:02x}"))
        .concat();
    let request = front.post("/v1/stories").bearer(&reader.token);
    let request = request
        .header("idempotency-key", &key)
        .json(&options.wish());
    let story = body(request.try_send().await?, 202)?;
    let id = story["id"]
        .as_str()
        .context("the story has an id")?
        .to_owned();
    step.done(&format!(
        "{} · {}",
        story["theme"].as_str().unwrap_or_default(),
        id
    ));
    Ok(id)
}

/// Follows the story until it is delivered; goes on where it was if the connection breaks.
pub async fn follow(front: &Client, reader: &Reader, id: &str) -> anyhow::Result<()> {
    let step = Step::begin("story");
    let mut progress = Progress::default();
    let mut last = String::new();
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let mut request = front
            .get(&format!("/v1/stories/{id}/events"))
            .bearer(&reader.token);
        if !last.is_empty() {
            request = request.header("last-event-id", &last);
        }
        let mut events = request.events().await?;
        while let Ok(Some(event)) = events.next().await {
            if let Some(how) = take(&event, &mut progress)? {
                drop(progress);
                step.done(how);
                return Ok(());
            }
            if !event.id.is_empty() {
                last = event.id;
            }
        }
        sleep(AGAIN).await;
    }
    anyhow::bail!("the story was not delivered within {PATIENCE:?}")
}

/// What the last event says; nothing while more are to come.
fn take(event: &Event, progress: &mut Progress) -> anyhow::Result<Option<&'static str>> {
    let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
    progress.event(&event.name, &data);
    match event.name.as_str() {
        "delivered" => Ok(Some("written and delivered")),
        "cancelled" => anyhow::bail!("the story was cancelled"),
        "failed" => {
            let code = data.get("code").and_then(Value::as_str).unwrap_or_default();
            anyhow::bail!("the story failed: {code}")
        }
        _ => Ok(None),
    }
}

/// The story as it came by mail.
pub async fn receive(inbox: &Inbox, reader: &Reader) -> anyhow::Result<Received> {
    let step = Step::begin("story from the inbox");
    let mail = inbox.wait_for(&reader.address, "story").await?;
    step.done(&mail.subject);
    Ok(mail)
}

fn body(reply: Reply, status: u16) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&reply.ensure(status)?.body)?)
}
