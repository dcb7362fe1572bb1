use std::collections::HashMap;
use std::time::Duration;

use ::settings::Secret;
use auth_service::app;
use auth_service::settings::{DEFAULTS, PREFIX, Settings};
use contracts::auth::auth_service_client::AuthServiceClient;
use contracts::auth::{GetVerificationRequest, GetVerificationResponse};
use runtime::grpc::{ServiceChannel, connect};
use runtime::{Running, Service};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, PgPool};
use testkit::http::{Client, Reply};
use tonic::Status;
use tonic::transport::Endpoint;

pub const PASSWORD: &str = "orbit walnut lantern";

const SERVICE: Service = Service {
    name: "auth-service",
    version: "0",
};

/// The service, running in this process.
pub struct World {
    pub client: Client,
    pub redis: testkit::Redis,
    pub pool: PgPool,
    running: Running,
    tokens: HashMap<&'static str, String>,
}

/// What a client got when it signed in.
pub struct Pair {
    pub access_token: String,
    pub refresh_token: String,
    pub session_id: String,
}

impl World {
    pub async fn start(pool: &PgPool) -> Self {
        Self::with(pool, &[]).await
    }

    /// With settings that differ from those of tests.
    pub async fn with(pool: &PgPool, changed: &[(&str, &str)]) -> Self {
        let redis = testkit::Redis::start().await;
        let tokens = ["notification", "story", "own"].map(|name| (name, testkit::random_key()));
        let tokens = HashMap::from(tokens);
        let url = pool.connect_options().to_url_lossy().to_string();
        let mut variables = variables(&url, &redis.url());
        variables.push(("CALLERS__NOTIFICATION", tokens["notification"].clone()));
        variables.push(("CALLERS__STORY", tokens["story"].clone()));
        variables.push(("SERVICE_TOKEN", tokens["own"].clone()));
        variables.extend(
            changed
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        let named = variables
            .into_iter()
            .map(|(key, value)| (format!("AUTH__{key}"), value));
        let settings: Settings = settings_from(named);
        let running = app::api(SERVICE, &settings).unwrap().start().await.unwrap();
        let http = running.address("http").unwrap();
        Self {
            client: Client::new(format!("http://{http}")),
            redis,
            pool: pool.clone(),
            running,
            tokens,
        }
    }

    pub async fn stop(self) {
        assert!(self.running.stop().await, "it did not stop in order");
    }

    /// Asks gRPC with the token of that service; an unknown name has none.
    pub fn grpc(&self, caller: &str) -> AuthServiceClient<ServiceChannel> {
        let grpc = self.running.address("grpc").unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{grpc}")).unwrap();
        let token = self.tokens.get(caller).cloned().unwrap_or_default();
        let channel = connect(&endpoint, &Secret::new(token), Duration::from_secs(5));
        AuthServiceClient::new(channel.unwrap())
    }

    /// The token that the service presents to others.
    pub fn own_token(&self) -> &str {
        &self.tokens["own"]
    }

    pub async fn ops(&self, path: &str) -> Reply {
        let ops = self.running.address("operations").unwrap();
        Client::new(format!("http://{ops}")).get(path).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.client.post(path).json(body).send().await
    }

    pub async fn register(&self, email: &str) -> Reply {
        let body = json!({"email": email, "password": PASSWORD});
        self.post("/v1/auth/register", &body).await
    }

    /// Registers; answers the id.
    pub async fn registration(&self, email: &str) -> String {
        text(
            &self.register(email).await.expect(202).json(),
            "registration_id",
        )
    }

    /// What the mail worker gets for a registration.
    pub async fn verification(&self, id: &str) -> Result<GetVerificationResponse, Status> {
        let flow_id = id.to_owned();
        let mut client = self.grpc("notification");
        let answer = client
            .get_verification(GetVerificationRequest { flow_id })
            .await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn code(&self, id: &str) -> String {
        self.verification(id).await.unwrap().code
    }

    /// A code that is not the right one, if there is a right one.
    pub async fn wrong_code(&self, id: &str) -> String {
        let right = self
            .verification(id)
            .await
            .map(|it| it.code)
            .unwrap_or_default();
        let other = if right == "00000000" {
            "00000001"
        } else {
            "00000000"
        };
        other.to_owned()
    }

    pub async fn verify(&self, id: &str, code: &str) -> Reply {
        let body = json!({"registration_id": id, "code": code});
        self.post("/v1/auth/register/verify", &body).await
    }

    /// Registers and verifies.
    pub async fn sign_up(&self, email: &str) -> Pair {
        let id = self.registration(email).await;
        let code = self.code(&id).await;
        Pair::of(&self.verify(&id, &code).await.expect(201).json())
    }

    pub async fn login(&self, email: &str, password: &str) -> Reply {
        let body = json!({"email": email, "password": password});
        self.post("/v1/auth/login", &body).await
    }

    pub async fn refresh(&self, token: &str) -> Reply {
        self.post("/v1/auth/token/refresh", &json!({"refresh_token": token}))
            .await
    }

    /// How many mails of that template (its number) the outbox holds.
    pub async fn mails(&self, template: contracts::notification::Template) -> usize {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar("select payload from outbox")
            .fetch_all(&self.pool)
            .await
            .unwrap();
        let of_template = |payload: &&Vec<u8>| {
            let mail = <contracts::events::MailRequested as prost::Message>::decode(&payload[..]);
            mail.unwrap().template() == template
        };
        payloads.iter().filter(of_template).count()
    }
}

impl Pair {
    pub fn of(body: &Value) -> Self {
        Self {
            access_token: text(body, "access_token"),
            refresh_token: text(body, "refresh_token"),
            session_id: text(body, "session_id"),
        }
    }
}

/// How a request failed: `401 unauthenticated`.
pub fn failure(reply: &Reply) -> String {
    format!("{} {}", reply.code(), reply.problem())
}

/// A member that must be a text.
pub fn text(body: &Value, member: &str) -> String {
    let found = body[member].as_str();
    found.unwrap_or_else(|| panic!("no {member}")).to_owned()
}

fn settings_from(variables: impl Iterator<Item = (String, String)>) -> Settings {
    ::settings::load_from(PREFIX, DEFAULTS, variables).unwrap()
}

/// What tests set: free ports, keys of their own, cheap passwords, nobody to hand mails to.
fn variables(postgres: &str, redis: &str) -> Vec<(&'static str, String)> {
    let nobody = format!("http://127.0.0.1:{}", testkit::free_port());
    vec![
        ("HTTP__LISTEN", "127.0.0.1:0".to_owned()),
        ("GRPC__LISTEN", "127.0.0.1:0".to_owned()),
        ("OPS__LISTEN", "127.0.0.1:0".to_owned()),
        ("PEERS__NOTIFICATION", nobody),
        ("POSTGRES__URL", postgres.to_owned()),
        ("REDIS__URL", redis.to_owned()),
        ("JWT__KEY", testkit::signing_key_pem()),
        ("REFRESH__KEY", testkit::random_key()),
        ("OTP__KEY", testkit::random_key()),
        ("PASSWORDS__MEMORY_KIB", "19456".to_owned()),
        ("PASSWORDS__PASSES", "2".to_owned()),
        ("SERVICE__ENVIRONMENT", "development".to_owned()),
        ("RATELIMIT__ENABLED", "false".to_owned()),
        ("DRAIN_MS", "0".to_owned()),
    ]
}
