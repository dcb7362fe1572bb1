//! Composition root: the only file that names every concrete type.

use std::future::ready;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use contracts::notification::notification_service_server::NotificationServiceServer;
use contracts::streams;
use datastores::Schema;
use datastores::redis::Redis;
use jobs::{Lane, Pool, Queue, Relay, StreamSpec, Wake};
use kernel::{SystemClock, TimeOrderedIds};
use runtime::grpc::{MAX_MESSAGE, ServiceChannel, ServiceGuard};
use runtime::{Need, PoolStats, Process, RateLimit, Service};
use sqlx::PgPool;
use tonic::service::Routes;
use tonic::transport::Endpoint;

use crate::adapters::grpc::{
    AUTH_SERVICE, GrpcAccounts, GrpcStories, NotificationServer, STORY_SERVICE, TellStories,
};
use crate::adapters::postgres::{PgDeliveries, SEND_MAIL, STORY_MAIL_SETTLED, Wakes};
use crate::adapters::smtp::SmtpMailer;
use crate::adapters::streams::SendMailHandler;
use crate::application::{AcceptMail, ListDeliveries, SendMail};
use crate::settings::Settings;

/// Each has its stream and its slots.
const LANES: [(Lane, &str); 2] = [
    (Lane::Interactive, streams::NOTIFICATION_INTERACTIVE),
    (Lane::Bulk, streams::NOTIFICATION_BULK),
];
/// Who asks how jobs stand.
const OPERATOR: &str = "operator";
/// How much longer than its jobs a worker may take to end.
const FINISH: Duration = Duration::from_secs(5);

/// What this process is for.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Role {
    /// Accept mails from the other services, and publish the jobs that send them
    Api,
    /// Send mails
    Worker,
    /// Bring the database schema up to date, then exit
    Migrate {
        /// Make the roles and the schema first, as the administrator of bootstrap.url
        #[arg(long)]
        bootstrap: bool,
    },
    /// Ask the process on this machine how it is; exit 0 if it is well
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
    Schema::new("notification", sqlx::migrate!())
}

/// The process `api`, put together; nothing is bound yet.
pub fn api(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let Base {
        mut process,
        pool,
        lanes,
        deliveries,
    } = Base::new(service, settings)?;
    let stories = peer(&mut process, STORY_SERVICE, &settings.peers.story, settings)?;
    let queues = lanes.iter().map(|(queue, _)| queue.clone());
    let admin = jobs::Admin::new(queues.collect()).server();
    let tell = Arc::new(TellStories::new(stories));
    let outbox = outbox::Relay::new(pool, settings.outbox.clone(), Wake::default())
        .topic(STORY_MAIL_SETTLED, tell);
    outbox.register(process.registry())?;
    let tasks = process.tasks();
    for (queue, wake) in lanes {
        let relay = Relay::new(queue, wake).kind(SEND_MAIL, deliveries.clone());
        tasks.keep("relay", relay.run(tasks.stopping()));
    }
    tasks.keep("outbox", outbox.run(tasks.stopping()));

    let limit = RateLimit::new(&settings.ratelimit);
    let url = settings.public_url.clone();
    let public = process.public(Router::new(), &settings.http, url, limit);
    process.http(settings.http.listen, public);
    let ids = Arc::new(TimeOrderedIds);
    let accept_mail = AcceptMail::new(deliveries.clone(), ids, settings.mail.domain());
    let server = NotificationServer::new(accept_mail, ListDeliveries::new(deliveries));
    let server = NotificationServiceServer::new(server).max_decoding_message_size(MAX_MESSAGE);
    let routes = Routes::new(server).add_service(admin);
    process.grpc(settings.grpc.listen, routes, guard(settings));
    Ok(process)
}

/// The process `worker`, put together; nothing is bound yet.
pub fn worker(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let Base {
        mut process,
        lanes,
        deliveries,
        ..
    } = Base::new(service, settings)?;
    process.finish_within(settings.jobs.drain_ms.millis() + FINISH);
    let auth = peer(&mut process, AUTH_SERVICE, &settings.peers.auth, settings)?;
    let story = peer(&mut process, STORY_SERVICE, &settings.peers.story, settings)?;
    let accounts = Arc::new(GrpcAccounts::new(auth));
    let stories = Arc::new(GrpcStories::new(story));
    let mail = &settings.mail;
    let clock = Arc::new(SystemClock);
    let mailer = SmtpMailer::new(&settings.smtp, mail.from.clone(), mail.domain(), clock)?;
    let state = mailer.state();
    process.dependency("mail-server", Need::Useful, move || ready(state.check()));
    let send_mail = SendMail::new(deliveries.clone(), accounts, stories, Arc::new(mailer));
    let handler = Arc::new(SendMailHandler::new(send_mail));
    let tasks = process.tasks();
    for (queue, _) in lanes {
        let pool = Pool::new(queue).handle(SEND_MAIL, handler.clone(), deliveries.clone());
        tasks.keep("worker", pool.run(tasks.stopping()));
    }
    Ok(process)
}

/// What both roles stand on.
struct Base {
    process: Process,
    pool: PgPool,
    lanes: Vec<(Queue, Wake)>,
    deliveries: Arc<PgDeliveries>,
}

impl Base {
    fn new(service: Service, settings: &Settings) -> anyhow::Result<Self> {
        let mut process = Process::new(service, settings.ops.listen, settings.drain_ms.millis())?;
        let pool = datastores::postgres::pool(&settings.postgres)?;
        let redis = Redis::new(&settings.redis)?;
        watch(&mut process, &pool, &redis);
        let wakes = Wakes::default();
        let mut lanes = Vec::new();
        for (lane, stream) in LANES {
            let spec = StreamSpec::of("notification", lane).listed()?;
            let queue = Queue::new(pool.clone(), redis.clone(), spec, settings.jobs.clone());
            queue.register(process.registry())?;
            watch_lane(&mut process, stream, queue.clone());
            lanes.push((queue, wakes.of(lane).clone()));
        }
        let ids = Arc::new(TimeOrderedIds);
        let deliveries = Arc::new(PgDeliveries::new(pool.clone(), wakes, ids));
        Ok(Self {
            process,
            pool,
            lanes,
            deliveries,
        })
    }
}

fn watch_lane(process: &mut Process, stream: &str, queue: Queue) {
    process.stream(stream, move || {
        let queue = queue.clone();
        async move { queue.stats().await }
    });
}

/// What `/health` and the metrics tell about the stores.
fn watch(process: &mut Process, pool: &PgPool, redis: &Redis) {
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
    let counted = pool.clone();
    process.pool("postgres", move || PoolStats {
        max: counted.options().get_max_connections().into(),
        open: counted.size().into(),
        idle: counted.num_idle() as u64,
    });
}

/// A channel to another service, watched.
fn peer(
    process: &mut Process,
    name: &'static str,
    at: &Endpoint,
    settings: &Settings,
) -> anyhow::Result<ServiceChannel> {
    let limit = settings.peers.timeout_ms.millis();
    let channel = runtime::grpc::connect(at, &settings.service_token, limit)?;
    let checked = channel.clone();
    process.dependency(name, Need::Useful, move || {
        runtime::grpc::check(checked.clone())
    });
    Ok(channel)
}

/// Who may call what.
fn guard(settings: &Settings) -> ServiceGuard {
    let callers = &settings.callers;
    ServiceGuard::new()
        .caller(AUTH_SERVICE, &callers.auth)
        .caller(STORY_SERVICE, &callers.story)
        .caller(OPERATOR, &callers.operator)
        .allow(jobs::Admin::DESCRIBE, &[OPERATOR])
        .allow(
            "/storyloom.notification.v1.NotificationService/Enqueue",
            &[AUTH_SERVICE, STORY_SERVICE],
        )
        .allow(
            "/storyloom.notification.v1.NotificationService/ListDeliveries",
            &[STORY_SERVICE],
        )
}
