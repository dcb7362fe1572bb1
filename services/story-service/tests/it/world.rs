//! One system per test: the api role, workers, Redis, and the two services it speaks to.

use std::collections::HashMap;
use std::time::Duration;

use runtime::{Running, Service};
use serde_json::{Value, json};
use sqlx::PgPool;
use story_service::app;
use story_service::settings::Settings;
use testkit::http::{Client, Reply};
use testkit::{Redis, eventually};
use tokens::{AccessClaims, Audience, Signer};
use uuid::Uuid;

use crate::peers::{self, Mails};

pub const SERVICE: Service = Service {
    name: "story-service",
    version: "0.0.0",
};
pub const DEADLINE: Duration = Duration::from_secs(20);
pub const ISSUER: &str = "http://localhost:8080";
pub const NOTIFICATION_TOKEN: &str = "the-token-of-notification-service-in-tests";
pub const OPERATOR_TOKEN: &str = "the-token-of-the-operator-in-tests";

pub struct World {
    pub redis: Redis,
    pub pool: PgPool,
    pub mails: Mails,
    pub api: Running,
    pub client: Client,
    peers: Running,
    signer: Signer,
    variables: HashMap<String, String>,
}

impl World {
    pub async fn start(pool: PgPool) -> Self {
        Self::start_with(pool, &[]).await
    }

    /// With settings of the test's own.
    pub async fn start_with(pool: PgPool, own: &[(&str, &str)]) -> Self {
        let redis = Redis::start().await;
        let signer = Signer::from_pem(&testkit::signing_key_pem()).unwrap();
        let mails = Mails::default();
        let peers = peers::start(signer.jwks(), mails.clone()).await;
        let address = format!("http://{}", peers.address("grpc").unwrap());
        let mut variables = variables(&pool, &redis.url(), &address);
        variables.extend(
            own.iter()
                .map(|(key, value)| ((*key).into(), (*value).into())),
        );
        let settings = Settings::load_from(variables.clone()).unwrap();
        let api = app::api(SERVICE, &settings).unwrap().start().await.unwrap();
        let client = Client::new(format!("http://{}", api.address("http").unwrap()));
        Self {
            redis,
            pool,
            mails,
            api,
            client,
            peers,
            signer,
            variables,
        }
    }

    pub fn settings(&self) -> Settings {
        Settings::load_from(self.variables.clone()).unwrap()
    }

    /// A process that writes stories.
    pub async fn worker(&self) -> Running {
        let process = app::worker(SERVICE, &self.settings()).unwrap();
        process.start().await.unwrap()
    }

    /// A token of a reader, who is known by a number.
    pub fn token(&self, reader: u128) -> String {
        self.token_for(reader, 300)
    }

    pub fn token_for(&self, reader: u128, seconds: i64) -> String {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let at = |seconds: i64| u64::try_from(now + seconds).unwrap();
        let claims = AccessClaims {
            iss: ISSUER.into(),
            sub: Uuid::from_u128(reader),
            aud: Audience(vec!["auth-service".into(), "story-service".into()]),
            exp: at(seconds),
            nbf: at(-1),
            iat: at(-1),
            jti: Uuid::from_u128(1),
            sid: Uuid::from_u128(reader),
            client_id: "test".into(),
            scope: "story".into(),
            auth_time: at(-1),
            acr: "1".into(),
            amr: vec!["pwd".into()],
        };
        self.signer.sign(&claims).unwrap()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.client.get(path).bearer(&self.token(1)).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.client
            .post(path)
            .bearer(&self.token(1))
            .json(body)
            .send()
            .await
    }

    /// Asks for a story and answers its id.
    pub async fn ask(&self, body: &Value) -> String {
        let story = self.post("/v1/stories", body).await.expect(202).json();
        story["id"].as_str().unwrap().to_owned()
    }

    pub async fn story(&self, id: &str) -> Value {
        self.get(&format!("/v1/stories/{id}"))
            .await
            .expect(200)
            .json()
    }

    pub async fn until(&self, id: &str, status: &str) -> Value {
        eventually(DEADLINE, async || {
            let story = self.story(id).await;
            (story["status"] == status).then_some(story)
        })
        .await
    }

    pub async fn stop(self) {
        assert!(self.api.stop().await, "the api role ended well");
        self.peers.stop().await;
    }
}

/// As the issue's example has it.
pub fn lantern() -> Value {
    json!({
        "theme": "a lantern that is afraid of the dark", "genre": "adventure", "tone": "cosy",
        "hero": {"name": "Mira", "pronouns": "she", "kind": "child"},
        "cast": [{"name": "Otto", "kind": "dog", "pronouns": "he"}],
        "place": "a lighthouse", "avoid": ["spiders"], "age_band": "6-8", "words": 300,
        "language": "en", "deliver": true, "seed": 7,
    })
}

fn variables(pool: &PgPool, redis: &str, peers: &str) -> HashMap<String, String> {
    let options = pool.connect_options();
    let postgres = format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap(),
    );
    let mut variables = HashMap::new();
    let mut set = |key: &str, value: &str| {
        variables.insert(format!("STORY__{key}"), value.to_owned());
    };
    for listener in ["OPS__LISTEN", "HTTP__LISTEN", "GRPC__LISTEN"] {
        set(listener, "127.0.0.1:0");
    }
    set("SERVICE__ENVIRONMENT", "test");
    set("SERVICE_TOKEN", "the-token-of-story-service-in-tests");
    set("CALLERS__NOTIFICATION", NOTIFICATION_TOKEN);
    set("CALLERS__OPERATOR", OPERATOR_TOKEN);
    set("PEERS__AUTH", peers);
    set("PEERS__NOTIFICATION", peers);
    set("RATELIMIT__ENABLED", "false");
    set("DRAIN_MS", "0");
    set("POSTGRES__URL", &postgres);
    set("POSTGRES__MAX_CONNECTIONS", "4");
    set("REDIS__URL", redis);
    for (key, value) in [
        ("LEASE_MS", "1000"),
        ("HEARTBEAT_MS", "300"),
        ("REAPER_MS", "100"),
        ("POLL_MS", "50"),
        ("BLOCK_MS", "100"),
        ("IDLE_MS", "1200"),
        ("DRAIN_MS", "2000"),
    ] {
        set(&format!("JOBS__{key}"), value);
    }
    set("OUTBOX__POLL_MS", "50");
    variables
}
