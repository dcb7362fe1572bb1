//! What a reader does, against the APIs of a stage.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::http::{Client, Reply};

use super::kube;
use super::stage::Stage;

const MAIL: Duration = Duration::from_mins(1);
const AGAIN: Duration = Duration::from_secs(15);

/// The APIs, and somebody who is signed in.
pub struct Reader {
    pub auth: Client,
    pub story: Client,
    pub address: String,
    password: String,
    pub access: String,
    pub refresh: String,
}

impl Reader {
    /// Registers, confirms with the code from the mail, and is signed in.
    pub async fn sign_up(stage: &Stage) -> anyhow::Result<Self> {
        let address = format!("reader-{}@example.org", hex());
        let mut reader = Self {
            auth: stage.client("auth").await?,
            story: stage.client("story-api").await?,
            password: testkit::random_key(),
            address,
            access: String::new(),
            refresh: String::new(),
        };
        let account = json!({
            "email": reader.address, "password": reader.password, "display_name": "Mira",
        });
        let register = reader.auth.post("/v1/auth/register").json(&account);
        let registration = body(register.try_send().await?, 202)?;
        let code = reader.code(stage).await?;
        let proof = json!({"registration_id": registration["registration_id"], "code": code});
        let verify = reader.auth.post("/v1/auth/register/verify").json(&proof);
        reader.take(&body(verify.try_send().await?, 201)?);
        Ok(reader)
    }

    /// Signs in again with the password.
    pub async fn sign_in(&mut self) -> anyhow::Result<()> {
        let proof = json!({"email": self.address, "password": self.password});
        let login = self.auth.post("/v1/auth/login").json(&proof);
        let tokens = body(login.try_send().await?, 201)?;
        self.take(&tokens);
        Ok(())
    }

    /// Gets another pair of tokens for the refresh token.
    pub async fn renew(&mut self) -> anyhow::Result<()> {
        let proof = json!({"refresh_token": self.refresh});
        let refresh = self.auth.post("/v1/auth/token/refresh").json(&proof);
        let tokens = body(refresh.try_send().await?, 200)?;
        self.take(&tokens);
        Ok(())
    }

    /// Asks for a story, again if it is refused, as a client does on 503; answers its id.
    pub async fn ask(&self) -> anyhow::Result<String> {
        let wish = json!({"theme": "a lantern that is afraid of the dark"});
        let key = hex();
        kube::until("a story is asked for", AGAIN, async || {
            let request = self.story.post("/v1/stories").bearer(&self.access);
            let request = request.header("idempotency-key", &key).json(&wish);
            let story = body(request.try_send().await?, 202)?;
            Ok(Some(story["id"].as_str().unwrap_or_default().to_owned()))
        })
        .await
    }

    /// Waits until so many stories have come by mail.
    pub async fn receive(&self, stage: &Stage, count: usize) -> anyhow::Result<()> {
        kube::until("the stories' mails", MAIL, async || {
            let mails = stage.inbox.mails_to(&self.address);
            let stories = mails.iter().filter(|it| it.template() == Some("story"));
            Ok((stories.count() >= count).then_some(()))
        })
        .await
    }

    /// Finds the APIs anew, after their Services were made anew.
    pub async fn find_again(&mut self, stage: &Stage) -> anyhow::Result<()> {
        self.auth = stage.client("auth").await?;
        self.story = stage.client("story-api").await?;
        Ok(())
    }

    async fn code(&self, stage: &Stage) -> anyhow::Result<String> {
        kube::until("the mail with the code", MAIL, async || {
            let mails = stage.inbox.mails_to(&self.address);
            let mail = mails
                .iter()
                .find(|it| it.template() == Some("verify_email"));
            Ok(mail.and_then(|it| it.code()).map(str::to_owned))
        })
        .await
    }

    fn take(&mut self, tokens: &Value) {
        let text = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        self.access = text("access_token");
        self.refresh = text("refresh_token");
    }
}

fn body(reply: Reply, status: u16) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&reply.ensure(status)?.body)?)
}

fn hex() -> String {
    testkit::random_bytes::<16>()
        .map(|it| format!("{it:02x}"))
        .concat()
}
