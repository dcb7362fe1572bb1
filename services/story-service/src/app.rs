//! Composition root: the only file that names every concrete type.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use contracts::auth::auth_service_client::AuthServiceClient;
use contracts::story::story_service_server::StoryServiceServer;
use datastores::Schema;
use datastores::redis::Redis;
use jobs::{Queue, StreamSpec, Wake};
use kernel::{SystemClock, TimeOrderedIds};
use runtime::grpc::{MAX_MESSAGE, ServiceChannel, ServiceGuard};
use runtime::{Need, PoolStats, Process, RateLimit, Service};
use sqlx::PgPool;
use tokens::{GrpcJwks, Verifier};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Endpoint;

use crate::adapters::builtin::{self, BuiltinWriter};
use crate::adapters::grpc::{GrpcDeliveries, StoryServer};
use crate::adapters::http::{self, Api, UseCases};
use crate::adapters::postgres::{PgDesk, PgHousekeeping, PgPreferenceBook, PgStories, WRITE_STORY};
use crate::adapters::redis::RedisNewsBoard;
use crate::adapters::streams::WriteStoryHandler;
use crate::application::{
    CancelStory, DeleteStory, FollowStory, GetPreferences, GetStory, ListDeliveries, ListStories,
    PutPreferences, ReadStory, ReportDelivery, RequestStory, StoryForMail, WriteStory,
};
use crate::settings::Settings;

const NOTIFICATION: &str = "notification-service";
/// Who asks how jobs stand.
const OPERATOR: &str = "operator";
/// How long another service may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// What the process takes on top of its jobs to end.
const MARGIN: Duration = Duration::from_secs(5);
/// How often what has served its time is removed.
const HOUSEKEEPING: Duration = Duration::from_mins(10);

/// What this process is for.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Role {
    /// Serve the REST API and the other services
    Api,
    /// Write stories
    Worker,
    /// Bring the database schema up to date, then exit
    Migrate {
        /// Make the roles and the schema first, as the administrator of bootstrap.url
        #[arg(long)]
        bootstrap: bool,
    },
    /// Ask the running process on this machine whether it is well
    Health,
    /// Read the settings as any other role does, then exit: 0 if they are fit, else 64
    CheckSettings,
}

/// Plays the role until told to stop or done.
pub async fn run(service: Service, role: Role, settings: Settings) -> anyhow::Result<ExitCode> {
    match role {
        Role::Api => api(service, &settings)?.run().await,
        Role::Worker => worker(service, &settings)?.run().await,
        Role::Migrate { bootstrap } => {
            let administrator = bootstrap.then_some(&settings.bootstrap);
            let schema = schema();
            let prepared = schema.prepare(administrator, &settings.postgres, &settings.migrate);
            runtime::once(prepared).await
        }
        Role::Health => Ok(runtime::ask_health(settings.ops.listen).await),
        // They were read before this is called.
        Role::CheckSettings => Ok(ExitCode::SUCCESS),
    }
}

/// The tables, which this version needs at least.
pub fn schema() -> Schema {
    Schema::new("story", sqlx::migrate!())
}

/// What both roles stand on.
struct Base {
    process: Process,
    pool: PgPool,
    news: Arc<RedisNewsBoard>,
    queue: Queue,
    notification: ServiceChannel,
    /// Wakes the outbox relay of this process.
    mails: Wake,
}

impl Base {
    fn new(service: Service, settings: &Settings) -> anyhow::Result<Self> {
        let mut process = Process::new(service, settings.ops.listen, settings.drain_ms.millis())?;
        let pool = datastores::postgres::pool(&settings.postgres)?;
        let redis = Redis::new(&settings.redis)?;
        let spec = StreamSpec::interactive("story").listed()?;
        let queue = Queue::new(pool.clone(), redis.clone(), spec, settings.jobs.clone());
        queue.register(process.registry())?;
        watch(&mut process, settings, &pool, &redis, &queue);
        let mut base = Self {
            process,
            pool,
            news: Arc::new(RedisNewsBoard::new(redis)),
            queue,
            notification: connect(&settings.peers.notification, settings)?,
            mails: Wake::default(),
        };
        base.hand_mails_over(settings)?;
        Ok(base)
    }

    /// In both roles, so that a mail leaves at once wherever its story was written.
    fn hand_mails_over(&mut self, settings: &Settings) -> anyhow::Result<()> {
        let deliver = Arc::new(mails::MailRelay::new(self.notification.clone()));
        let (pool, wake) = (self.pool.clone(), self.mails.clone());
        let relay = outbox::Relay::new(pool, settings.outbox.clone(), wake);
        let relay = relay.topic(mails::TOPIC, deliver);
        relay.register(self.process.registry())?;
        let tasks = self.process.tasks();
        tasks.keep("outbox relay", relay.run(tasks.stopping()));
        Ok(())
    }

    fn desk(&self) -> Arc<PgDesk> {
        Arc::new(PgDesk::new(self.pool.clone(), self.mails.clone()))
    }
}

fn watch(process: &mut Process, settings: &Settings, pool: &PgPool, redis: &Redis, queue: &Queue) {
    let (checked, schema) = (pool.clone(), Arc::new(schema()));
    process.ready_after("schema", move || {
        let (pool, schema) = (checked.clone(), schema.clone());
        async move { schema.check(&pool).await }
    });
    let checked = pool.clone();
    process.dependency("postgres", Need::Needed, move || {
        let pool = checked.clone();
        async move { datastores::postgres::check(&pool).await }
    });
    let checked = redis.clone();
    process.dependency("redis", Need::Useful, move || {
        let redis = checked.clone();
        async move { redis.check().await }
    });
    let (counted, max) = (pool.clone(), settings.postgres.max_connections.get());
    process.pool("postgres", move || PoolStats {
        max,
        open: counted.size().into(),
        idle: counted.num_idle().try_into().unwrap_or_default(),
    });
    let counted = queue.clone();
    process.stream(contracts::streams::STORY_INTERACTIVE, move || {
        let queue = counted.clone();
        async move { queue.stats().await }
    });
}

/// The process that serves clients and other services, put together.
pub fn api(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let mut base = Base::new(service, settings)?;
    let auth = connect(&settings.peers.auth, settings)?;
    let checked = auth.clone();
    base.process
        .dependency("auth-service", Need::Useful, move || {
            runtime::grpc::check(checked.clone())
        });
    let wake = Wake::default();
    let relay = jobs::Relay::new(base.queue.clone(), wake.clone()).kind(WRITE_STORY, base.desk());
    let tasks = base.process.tasks();
    let stopping = tasks.stopping();
    tasks.keep("jobs relay", relay.run(stopping.clone()));
    let housekeeping = PgHousekeeping::new(base.pool.clone());
    tasks.keep("housekeeping", keep_house(housekeeping, stopping.clone()));

    let jwks = GrpcJwks::new(AuthServiceClient::new(auth));
    let verifier = Verifier::new(jwks, &settings.public_url, "story-service");
    let checked = verifier.clone();
    base.process.ready_after("public keys", move || {
        let verifier = checked.clone();
        async move { verifier.has_keys().await }
    });
    let api = Api::new(use_cases(&base, settings, wake, (verifier, stopping))?);
    let limit = RateLimit::new(&settings.ratelimit);
    let (inner, url) = (http::router(api), settings.public_url.clone());
    let public = base.process.public(inner, &settings.http, url, limit);
    base.process.http(settings.http.listen, public);
    let server = StoryServer {
        story_for_mail: StoryForMail::new(base.desk()),
        report_delivery: ReportDelivery::new(base.desk(), base.news.clone()),
    };
    let server = StoryServiceServer::new(server).max_decoding_message_size(MAX_MESSAGE);
    let admin = jobs::Admin::new(vec![base.queue.clone()]).server();
    let routes = Routes::new(server).add_service(admin);
    base.process
        .grpc(settings.grpc.listen, routes, guard(settings));
    Ok(base.process)
}

fn use_cases(
    base: &Base,
    settings: &Settings,
    wake: Wake,
    (verifier, stopping): (Verifier, CancellationToken),
) -> anyhow::Result<UseCases> {
    let stories = Arc::new(PgStories::new(base.pool.clone(), wake));
    let book = Arc::new(PgPreferenceBook::new(base.pool.clone()));
    let defaults = Arc::new(builtin::wish_defaults()?);
    let ids = Arc::new(TimeOrderedIds);
    let news = base.news.clone();
    let deliveries = Arc::new(GrpcDeliveries::new(base.notification.clone()));
    Ok(UseCases {
        request_story: RequestStory {
            stories: stories.clone(),
            book: book.clone(),
            defaults: defaults.clone(),
            ids: ids.clone(),
            daily_limit: settings.daily_limit(),
        },
        list_stories: ListStories::new(stories.clone()),
        get_story: GetStory::new(stories.clone()),
        read_story: ReadStory::new(stories.clone()),
        follow_story: FollowStory::new(stories.clone(), news.clone()),
        cancel_story: CancelStory::new(stories.clone(), news.clone()),
        delete_story: DeleteStory::new(stories.clone(), news),
        list_deliveries: ListDeliveries::new(stories, deliveries),
        get_preferences: GetPreferences::new(book.clone()),
        put_preferences: PutPreferences::new(book, defaults, ids),
        verifier,
        clock: Arc::new(SystemClock),
        public_url: settings.public_url.clone(),
        stopping,
    })
}

fn connect(to: &Endpoint, settings: &Settings) -> anyhow::Result<ServiceChannel> {
    let channel = runtime::grpc::connect(to, &settings.service_token, ANSWER_WITHIN)?;
    Ok(channel)
}

fn guard(settings: &Settings) -> ServiceGuard {
    ServiceGuard::new()
        .caller(NOTIFICATION, &settings.callers.notification)
        .caller(OPERATOR, &settings.callers.operator)
        .allow(jobs::Admin::DESCRIBE, &[OPERATOR])
        .allow(
            "/storyloom.story.v1.StoryService/GetStoryForMail",
            &[NOTIFICATION],
        )
        .allow(
            "/storyloom.story.v1.StoryService/ReportDelivery",
            &[NOTIFICATION],
        )
}

async fn keep_house(housekeeping: PgHousekeeping, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        if let Err(error) = housekeeping.sweep().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "housekeeping failed"
            );
        }
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}

/// The process that writes stories, put together.
pub fn worker(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let mut base = Base::new(service, settings)?;
    base.process
        .finish_within(settings.jobs.drain_ms.millis() + MARGIN);
    let grammar = Arc::new(builtin::grammar()?);
    let pause = settings.writer.scene_pause_ms.millis();
    let writer = Arc::new(BuiltinWriter::new(grammar, pause));
    let write_story = WriteStory::new(base.desk(), writer, base.news.clone());
    let handler = Arc::new(WriteStoryHandler::new(write_story));
    let pool = jobs::Pool::new(base.queue.clone()).handle(WRITE_STORY, handler, base.desk());
    let tasks = base.process.tasks();
    tasks.keep("worker pool", pool.run(tasks.stopping()));
    Ok(base.process)
}
