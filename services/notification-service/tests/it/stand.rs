//! The service, put together for a test: both roles in this process, the other services
//! and the mail server at its side.

use std::collections::HashMap;
use std::time::Duration;

use contracts::admin::jobs_admin_client::JobsAdminClient;
use contracts::auth::{GetUserContactResponse, GetVerificationResponse};
use contracts::notification::enqueue_request::Subject;
use contracts::notification::notification_service_client::NotificationServiceClient;
use contracts::notification::{Delivery, EnqueueRequest, ListDeliveriesRequest, Template};
use contracts::story::GetStoryForMailResponse;
use notification_service::app;
use notification_service::settings::Settings;
use runtime::{Running, Service};
use sqlx::{ConnectOptions as _, PgPool};
use testkit::{MailSink, Redis};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::peers::{Peers, World};

pub const PATIENCE: Duration = Duration::from_secs(20);
const SERVICE: Service = Service {
    name: "notification-service",
    version: "0.0.0",
};

/// Who calls.
#[derive(Clone, Copy)]
pub enum As {
    Auth,
    Story,
    Operator,
    Nobody,
}

impl As {
    const fn token(self) -> &'static str {
        match self {
            Self::Auth => "the-token-of-auth-service-for-tests-only",
            Self::Story => "the-token-of-story-service-for-tests-only",
            Self::Operator => "the-token-of-the-operator-for-tests-only",
            Self::Nobody => "the-token-of-nobody-at-all-for-tests-only",
        }
    }
}

pub struct Stand {
    pub pool: PgPool,
    pub redis: Redis,
    pub sink: MailSink,
    pub peers: Peers,
    pub variables: HashMap<String, String>,
    api: Option<Running>,
    worker: Option<Running>,
}

impl Stand {
    /// Everything but the service itself.
    pub async fn bare(pool: PgPool) -> Self {
        let redis = Redis::start().await;
        let sink = MailSink::start().await;
        let peers = Peers::start(World::default());
        let url = pool.connect_options().to_url_lossy().to_string();
        let smtp_port = sink.smtp_port().to_string();
        let variables = [
            ("POSTGRES__URL", url.as_str()),
            ("REDIS__URL", &redis.url()),
            ("SMTP__HOST", "127.0.0.1"),
            ("SMTP__PORT", &smtp_port),
            ("SMTP__COMMAND_TIMEOUT_MS", "1000"),
            ("PEERS__AUTH", &peers.url()),
            ("PEERS__STORY", &peers.url()),
            (
                "SERVICE_TOKEN",
                "the-token-of-notification-service-for-tests",
            ),
            ("CALLERS__AUTH", As::Auth.token()),
            ("CALLERS__STORY", As::Story.token()),
            ("CALLERS__OPERATOR", As::Operator.token()),
            ("HTTP__LISTEN", "127.0.0.1:0"),
            ("GRPC__LISTEN", "127.0.0.1:0"),
            ("OPS__LISTEN", "127.0.0.1:0"),
            ("DRAIN_MS", "0"),
            ("RATELIMIT__ENABLED", "false"),
            ("SERVICE__ENVIRONMENT", "test"),
            // a tenth of the real ones
            ("JOBS__LEASE_MS", "1000"),
            ("JOBS__HEARTBEAT_MS", "300"),
            ("JOBS__REAPER_MS", "100"),
            ("JOBS__BLOCK_MS", "100"),
            ("JOBS__IDLE_MS", "1200"),
            ("JOBS__BACKOFF_MS", "200"),
            ("JOBS__UNAVAILABLE_CAP_MS", "500"),
            ("JOBS__DRAIN_MS", "1000"),
        ];
        let named = |(key, value): (&str, &str)| (format!("NOTIFICATION__{key}"), value.to_owned());
        let variables = variables.into_iter().map(named).collect();
        Self {
            pool,
            redis,
            sink,
            peers,
            variables,
            api: None,
            worker: None,
        }
    }

    /// Another mail server, of that name.
    pub fn mails_go_to(&mut self, host: &str, sink: MailSink) {
        self.set("SMTP__HOST", host);
        self.set("SMTP__PORT", &sink.smtp_port().to_string());
        self.sink = sink;
    }

    /// From the next start on.
    pub fn set(&mut self, key: &str, value: &str) {
        let variable = format!("NOTIFICATION__{key}");
        self.variables.insert(variable, value.to_owned());
    }

    /// Both roles run.
    pub async fn start(pool: PgPool) -> Self {
        let mut stand = Self::bare(pool).await;
        stand.start_api().await;
        stand.start_worker().await;
        stand
    }

    pub async fn start_api(&mut self) {
        let api = app::api(SERVICE, &self.settings()).unwrap();
        self.api = Some(api.start().await.unwrap());
    }

    pub async fn start_worker(&mut self) {
        let worker = app::worker(SERVICE, &self.settings()).unwrap();
        self.worker = Some(worker.start().await.unwrap());
    }

    pub async fn stop_worker(&mut self) {
        self.worker.take().unwrap().stop().await;
    }

    /// Both roles end as on SIGTERM.
    pub async fn stop(mut self) {
        for running in [self.worker.take(), self.api.take()].into_iter().flatten() {
            running.stop().await;
        }
    }

    fn settings(&self) -> Settings {
        let defaults = include_str!("../../settings.toml");
        settings::load_from("NOTIFICATION", defaults, self.variables.clone()).unwrap()
    }

    pub fn public_url(&self) -> String {
        let address = self.api.as_ref().unwrap().address("http").unwrap();
        format!("http://{address}")
    }

    pub fn client(&self, who: As) -> Client {
        let channel = InterceptedService::new(self.channel(), Present(who));
        Client(NotificationServiceClient::new(channel))
    }

    pub fn admin(&self, who: As) -> JobsAdminClient<InterceptedService<Channel, Present>> {
        JobsAdminClient::with_interceptor(self.channel(), Present(who))
    }

    fn channel(&self) -> Channel {
        let address = self.api.as_ref().unwrap().address("grpc").unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        endpoint.connect_lazy()
    }

    pub fn knows_flow(&self, flow: Uuid, email: &str) {
        let verification = GetVerificationResponse {
            email: email.to_owned(),
            code: "01234567".to_owned(),
            locale: "en".to_owned(),
            expires_in: 600,
            display_name: String::new(),
        };
        self.peers.world.known().flows.insert(flow, verification);
    }

    pub fn knows_user(&self, user: Uuid, email: &str) {
        let contact = GetUserContactResponse {
            email: email.to_owned(),
            locale: "en".to_owned(),
            display_name: "Mira".to_owned(),
        };
        self.peers.world.known().users.insert(user, contact);
    }

    /// A story, by a reader at that address.
    pub fn knows_story(&self, story: Uuid, email: &str) {
        let user = Uuid::from_u128(story.as_u128() + 1_000_000);
        self.knows_user(user, email);
        let story_for_mail = GetStoryForMailResponse {
            user_id: user.to_string(),
            title: "The Lamp".to_owned(),
            teaser: String::new(),
            paragraphs: ["Once there was a lamp.", "It was afraid of the dark."]
                .map(str::to_owned)
                .into(),
            language: "en".to_owned(),
        };
        self.peers
            .world
            .known()
            .stories
            .insert(story, story_for_mail);
    }
}

#[derive(Clone, Copy)]
pub struct Present(As);

impl tonic::service::Interceptor for Present {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token = format!("Bearer {}", self.0.token()).parse();
        let token = token.map_err(|_| Status::internal("no token"))?;
        request
            .metadata_mut()
            .insert(contracts::SERVICE_AUTHORIZATION, token);
        Ok(request)
    }
}

/// A calling service.
pub struct Client(NotificationServiceClient<InterceptedService<Channel, Present>>);

impl Client {
    pub async fn send(
        &mut self,
        key: Uuid,
        template: Template,
        subject: Subject,
    ) -> Result<String, Status> {
        let request = EnqueueRequest {
            key: key.to_string(),
            template: template.into(),
            subject: Some(subject),
        };
        let answer = self.0.enqueue(request).await?;
        Ok(answer.into_inner().delivery_id)
    }

    pub async fn story(&mut self, key: u128, story: Uuid) -> String {
        let subject = Subject::StoryId(story.to_string());
        let sent = self.send(Uuid::from_u128(key), Template::Story, subject);
        sent.await.unwrap()
    }

    pub async fn deliveries(&mut self, story: Uuid) -> Result<Vec<Delivery>, Status> {
        let story_id = story.to_string();
        let answer = self
            .0
            .list_deliveries(ListDeliveriesRequest { story_id })
            .await?;
        Ok(answer.into_inner().deliveries)
    }
}
