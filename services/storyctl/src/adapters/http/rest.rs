use async_trait::async_trait;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::client::{Answer, HttpClient};
use crate::application::ports::{ApiError, PublicApi, Unavailable};
use crate::domain::{Account, Progress};

/// The REST API, at one address or at one for each service.
pub struct RestApi {
    http: HttpClient,
    auth: String,
    story: String,
}

impl RestApi {
    /// auth-service and story-service at these addresses.
    pub fn new(http: HttpClient, auth: &str, story: &str) -> Self {
        Self {
            http,
            auth: auth.trim_end_matches('/').to_owned(),
            story: story.trim_end_matches('/').to_owned(),
        }
    }

    async fn get(&self, url: &str, token: Option<&str>, status: u16) -> Result<Answer, ApiError> {
        let authorization = token.map(bearer).transpose()?;
        let request = (Method::GET, url);
        let answer = self.http.send(request, authorization.as_ref(), None);
        expect(status, &format!("GET {url}"), answer.await?)
    }

    async fn post(
        &self,
        url: &str,
        token: Option<&str>,
        (body, status): (&Value, u16),
    ) -> Result<Answer, ApiError> {
        let authorization = token.map(bearer).transpose()?;
        let request = (Method::POST, url);
        let answer = self.http.send(request, authorization.as_ref(), Some(body));
        expect(status, &format!("POST {url}"), answer.await?)
    }
}

/// The answer, if it has that status.
fn expect(status: u16, what: &str, answer: Answer) -> Result<Answer, ApiError> {
    if answer.status.as_u16() == status {
        return Ok(answer);
    }
    let code = answer.text("/code");
    Err(ApiError::Unexpected {
        what: what.to_owned(),
        answer: format!("{} {code}", answer.status).trim_end().to_owned(),
    })
}

/// A member that must be there.
fn member(what: &str, pointer: &str, answer: &Answer) -> Result<String, ApiError> {
    match answer.text(pointer) {
        "" => Err(ApiError::Unexpected {
            what: what.to_owned(),
            answer: format!("a body without {pointer}"),
        }),
        found => Ok(found.to_owned()),
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Unavailable> {
    let value = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut value = value.map_err(|error| Unavailable {
        what: "the access token cannot be sent".to_owned(),
        cause: error.into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn credentials(account: &Account) -> Value {
    json!({"email": account.email, "password": account.password})
}

#[async_trait]
impl PublicApi for RestApi {
    async fn is_well(&self) -> Result<(), ApiError> {
        for service in [&self.auth, &self.story] {
            self.get(&format!("{service}/health"), None, 200).await?;
        }
        Ok(())
    }

    async fn has_keys(&self) -> Result<(), ApiError> {
        let url = format!("{}/.well-known/jwks.json", self.auth);
        let keys = self.get(&url, None, 200).await?;
        member("the list of keys", "/keys/0/kid", &keys)?;
        Ok(())
    }

    async fn turns_strangers_away(&self, stranger: &Account) -> Result<(), ApiError> {
        let login = format!("{}/v1/auth/login", self.auth);
        self.post(&login, None, (&credentials(stranger), 401))
            .await?;
        let stories = format!("{}/v1/stories", self.story);
        self.get(&stories, None, 401).await?;
        Ok(())
    }

    async fn register(&self, account: &Account) -> Result<String, ApiError> {
        let url = format!("{}/v1/auth/register", self.auth);
        let answer = self.post(&url, None, (&credentials(account), 202)).await?;
        member("the registration", "/registration_id", &answer)
    }

    async fn verify(&self, registration: &str, code: &str) -> Result<(), ApiError> {
        let url = format!("{}/v1/auth/register/verify", self.auth);
        let proof = json!({"registration_id": registration, "code": code});
        self.post(&url, None, (&proof, 201)).await?;
        Ok(())
    }

    async fn log_in(&self, account: &Account) -> Result<String, ApiError> {
        let url = format!("{}/v1/auth/login", self.auth);
        let answer = self.post(&url, None, (&credentials(account), 201)).await?;
        member("the sign-in", "/access_token", &answer)
    }

    async fn request_story(&self, token: &str) -> Result<String, ApiError> {
        let url = format!("{}/v1/stories", self.story);
        let wish = json!({"theme": "a lantern that is tried out", "words": 150, "deliver": true});
        let answer = self.post(&url, Some(token), (&wish, 202)).await?;
        member("the request for a story", "/id", &answer)
    }

    async fn progress(&self, token: &str, story: &str) -> Result<Progress, ApiError> {
        let url = format!("{}/v1/stories/{story}", self.story);
        let answer = self.get(&url, Some(token), 200).await?;
        Ok(Progress::of(&member("the story", "/status", &answer)?))
    }
}
