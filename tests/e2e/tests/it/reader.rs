//! Somebody with an account.

use serde_json::{Value, json};
use testkit::http::{Client, Request};
use testkit::{eventually, random_bytes};

use crate::platform::{PATIENCE, Platform};

pub const PASSWORD: &str = "seven quiet lanterns on the pier";

/// Somebody who signed up.
pub struct Reader {
    pub address: String,
    /// The token pair that confirmed the address.
    pub tokens: Value,
    front: Client,
}

/// An address that nobody has yet.
pub fn new_address() -> String {
    let id = random_bytes::<8>().map(|it| format!("{it:02x}")).concat();
    format!("e2e-{id}@example.org")
}

/// Registers an address; answers the id of the registration.
pub async fn register(platform: &Platform, address: &str) -> String {
    let account = json!({"email": address, "password": PASSWORD, "display_name": "Mira"});
    let reply = platform
        .front
        .post("/v1/auth/register")
        .json(&account)
        .send()
        .await;
    let registration = reply.expect(202).json();
    registration["registration_id"].as_str().unwrap().to_owned()
}

impl Reader {
    /// Signs up with the code that comes by mail.
    pub async fn sign_up(platform: &Platform) -> Self {
        let address = new_address();
        let registration = register(platform, &address).await;
        let mail = platform.mail(&address, "verify_email").await;
        let proof = json!({"registration_id": registration, "code": mail.code()});
        let reply = platform
            .front
            .post("/v1/auth/register/verify")
            .json(&proof)
            .send()
            .await;
        Self {
            address,
            tokens: reply.expect(201).json(),
            front: platform.front.clone(),
        }
    }

    pub fn access_token(&self) -> &str {
        self.tokens["access_token"].as_str().unwrap()
    }

    pub fn refresh_token(&self) -> &str {
        self.tokens["refresh_token"].as_str().unwrap()
    }

    pub fn get(&self, path: &str) -> Request {
        self.front.get(path).bearer(self.access_token())
    }

    pub fn post(&self, path: &str) -> Request {
        self.front.post(path).bearer(self.access_token())
    }

    pub fn put(&self, path: &str) -> Request {
        self.front.put(path).bearer(self.access_token())
    }

    pub fn delete(&self, path: &str) -> Request {
        self.front.delete(path).bearer(self.access_token())
    }

    /// Asks for a story; answers it as it was accepted.
    pub async fn ask(&self, wish: &Value) -> Value {
        self.post("/v1/stories")
            .json(wish)
            .send()
            .await
            .expect(202)
            .json()
    }

    /// The story, once it has this status.
    pub async fn story(&self, id: &str, status: &str) -> Value {
        let path = format!("/v1/stories/{id}");
        eventually(PATIENCE, async || {
            let story = self.get(&path).send().await.expect(200).json();
            (story["status"] == status).then_some(story)
        })
        .await
    }
}
