//! Composition root: the only file that names every concrete type.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use contracts::auth::auth_service_server::AuthServiceServer;
use datastores::Schema;
use datastores::redis::Redis;
use jobs::Wake;
use kernel::{Clock, Ids, SystemClock, TimeOrderedIds};
use runtime::grpc::{MAX_MESSAGE, ServiceGuard};
use runtime::{Need, PoolStats, Process, RateLimit, Service};
use sqlx::PgPool;
use tokens::{Signer, StaticJwks, Verifier};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::adapters::argon2::{Argon2Passwords, Cost, Crowd};
use crate::adapters::chance::SystemChance;
use crate::adapters::grpc::{AuthServer, METHODS};
use crate::adapters::http::{self, Api, Jwks};
use crate::adapters::jwt::JwtAccessTokens;
use crate::adapters::postgres::{PgRegistrations, PgSessions, PgUsers};
use crate::adapters::redis::RedisCodes;
use crate::application::ports::{Chance, Codes, Passwords, Registrations, Sessions, Users};
use crate::application::{
    ChangeProfile, LogOut, Login, ReadProfile, RefreshSession, Register, ResendCode, ShowContact,
    ShowVerification, Sweep, TokenPairs, VerifyRegistration,
};
use crate::domain::{CodeKeys, CodeRules};
use crate::settings::{Keys, Passwords as PasswordSettings, Settings};

/// What this process is for.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Role {
    /// Serve the REST API and gRPC
    Api,
    /// Bring the database schema up to date, then exit
    Migrate {
        /// Make the roles and the schema first, as the administrator of bootstrap.url
        #[arg(long)]
        bootstrap: bool,
    },
    /// Ask a running process how it is, then exit
    Health,
    /// Read the settings as any other role does, then exit: 0 if they are fit, else 64
    CheckSettings,
}

impl Role {
    /// Whether the process serves anybody, so that it needs the keys.
    pub fn serves(self) -> bool {
        match self {
            Self::Api | Self::CheckSettings => true,
            Self::Migrate { .. } | Self::Health => false,
        }
    }
}

/// The audience that access tokens must name to be taken here.
const AUDIENCE: &str = "auth-service";
/// How long notification-service may take to accept a mail.
const HAND_OVER: Duration = Duration::from_secs(5);
/// How often what is of no use any more is forgotten.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Plays the role until told to stop or done.
pub async fn run(service: Service, role: Role, settings: Settings) -> anyhow::Result<ExitCode> {
    match role {
        Role::Api => api(service, &settings)?.run().await,
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
    Schema::new("auth", sqlx::migrate!())
}

/// What use cases are made of.
struct Parts {
    registrations: Arc<dyn Registrations>,
    users: Arc<dyn Users>,
    sessions: Arc<dyn Sessions>,
    codes: Arc<dyn Codes>,
    passwords: Arc<dyn Passwords>,
    pairs: TokenPairs,
    /// How codes are made, and what holds for them.
    code_rules: (CodeKeys, CodeRules),
    chance: Arc<dyn Chance>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// The process that serves, put together; nothing is bound yet.
pub fn api(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let keys = settings.keys()?;
    let pool = datastores::postgres::pool(&settings.postgres)?;
    let redis = Redis::new(&settings.redis)?;
    let wake = Wake::default();
    let mut process = Process::new(service, settings.ops.listen, settings.drain_ms.millis())?;
    watch(&mut process, &pool, &redis);
    relay_mails(&mut process, settings, (&pool, &wake))?;

    let mut jwks = keys.signer.jwks();
    let other = keys.other_signer.as_ref().map(Signer::jwks);
    jwks.keys.extend(other.into_iter().flat_map(|it| it.keys));
    let verifier = Verifier::new(StaticJwks(jwks.clone()), &settings.public_url, AUDIENCE);
    let jwks: Arc<str> = serde_json::to_string(&jwks)?.into();
    let fingerprints = keys.fingerprints.clone();
    let parts = parts(settings, keys, (pool, redis, wake))?;
    let sweep = Sweep::new(parts.registrations.clone(), parts.clock.clone());
    let tasks = process.tasks();
    tasks.keep("sweep", sweep_often(sweep, tasks.stopping()));

    let (verification, contact) = (parts.show_verification(), parts.show_contact());
    let server = AuthServer::new(verification, contact, jwks.clone());
    let server = AuthServiceServer::new(server).max_decoding_message_size(MAX_MESSAGE);
    let routes = Routes::new(server);
    process.grpc(settings.grpc.listen, routes, guard(settings));

    let limit = RateLimit::new(&settings.ratelimit);
    let api = Api {
        register: parts.register(),
        resend_code: parts.resend_code(),
        verify_registration: parts.verify_registration(),
        login: parts.login(),
        refresh_session: parts.refresh_session(),
        log_out: LogOut::new(parts.sessions.clone(), parts.clock.clone()),
        read_profile: ReadProfile::new(parts.users.clone()),
        change_profile: ChangeProfile::new(parts.users.clone(), parts.clock.clone()),
        fingerprints,
        jwks: Arc::new(Jwks::new(jwks)),
        verifier,
        limit: limit.clone(),
    };
    let public_url = settings.public_url.clone();
    let public = process.public(http::router(api), &settings.http, public_url, limit);
    process.http(settings.http.listen, public);
    Ok(process)
}

fn parts(
    settings: &Settings,
    keys: Keys,
    (pool, redis, wake): (PgPool, Redis, Wake),
) -> anyhow::Result<Parts> {
    let ids: Arc<dyn Ids> = Arc::new(TimeOrderedIds);
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let issuer = settings.public_url.clone();
    let life = settings.jwt.life_s.seconds();
    let access = Arc::new(JwtAccessTokens::new(keys.signer, issuer, life));
    let chance_and_ids = (chance.clone(), ids.clone());
    let rules = settings.refresh.rules();
    Ok(Parts {
        registrations: Arc::new(PgRegistrations::new(
            pool.clone(),
            wake.clone(),
            ids.clone(),
        )),
        users: Arc::new(PgUsers::new(pool.clone())),
        sessions: Arc::new(PgSessions::new(pool, wake, ids.clone())),
        codes: Arc::new(RedisCodes::new(redis)),
        passwords: Arc::new(passwords(&settings.passwords)?),
        pairs: TokenPairs::new(keys.refresh, rules, access, chance_and_ids),
        code_rules: (keys.codes, settings.code_rules()),
        chance,
        clock: Arc::new(SystemClock),
        ids,
    })
}

impl Parts {
    fn register(&self) -> Register {
        Register::new(
            self.registrations.clone(),
            self.passwords.clone(),
            self.chance.clone(),
            (self.clock.clone(), self.ids.clone()),
            self.code_rules.1,
        )
    }

    fn resend_code(&self) -> ResendCode {
        ResendCode::new(
            self.registrations.clone(),
            self.codes.clone(),
            self.code_rules.clone(),
            (self.chance.clone(), self.clock.clone()),
        )
    }

    fn verify_registration(&self) -> VerifyRegistration {
        VerifyRegistration::new(
            self.registrations.clone(),
            self.codes.clone(),
            self.code_rules.clone(),
            self.pairs.clone(),
            (self.clock.clone(), self.ids.clone()),
        )
    }

    fn login(&self) -> Login {
        Login::new(
            self.users.clone(),
            self.sessions.clone(),
            self.passwords.clone(),
            self.pairs.clone(),
            self.clock.clone(),
        )
    }

    fn refresh_session(&self) -> RefreshSession {
        RefreshSession::new(
            self.sessions.clone(),
            self.pairs.clone(),
            self.clock.clone(),
        )
    }

    fn show_verification(&self) -> ShowVerification {
        ShowVerification::new(
            self.registrations.clone(),
            self.codes.clone(),
            self.code_rules.0.clone(),
            self.clock.clone(),
        )
    }

    fn show_contact(&self) -> ShowContact {
        ShowContact::new(self.users.clone())
    }
}

fn passwords(settings: &PasswordSettings) -> anyhow::Result<Argon2Passwords> {
    let cost = Cost {
        memory_kib: settings.memory_kib.small(),
        passes: settings.passes.small(),
    };
    let crowd = Crowd {
        at_once: settings.at_once(),
        queue: settings.queue.size(),
        patience: settings.wait_ms.millis(),
    };
    Argon2Passwords::new(cost, crowd).context("passwords cannot be hashed at this cost")
}

fn guard(settings: &Settings) -> ServiceGuard {
    let guard = ServiceGuard::new()
        .caller("notification-service", &settings.callers.notification)
        .caller("story-service", &settings.callers.story);
    METHODS.iter().fold(guard, |guard, (method, callers)| {
        guard.allow(method, callers)
    })
}

/// Hands queued mails to notification-service for as long as the process lives.
fn relay_mails(
    process: &mut Process,
    settings: &Settings,
    (pool, wake): (&PgPool, &Wake),
) -> anyhow::Result<()> {
    let peer = &settings.peers.notification;
    let channel = runtime::grpc::connect(peer, &settings.service_token, HAND_OVER)?;
    let deliver = Arc::new(mails::MailRelay::new(channel.clone()));
    let relay = outbox::Relay::new(pool.clone(), settings.outbox.clone(), wake.clone());
    let relay = relay.topic(mails::TOPIC, deliver);
    relay.register(process.registry())?;
    let tasks = process.tasks();
    tasks.keep("mails", relay.run(tasks.stopping()));
    process.dependency("notification-service", Need::Useful, move || {
        runtime::grpc::check(channel.clone())
    });
    Ok(())
}

/// Shows how the datastores are. Without PostgreSQL nothing works; without Redis only
/// codes cannot be tried.
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
    let pool = pool.clone();
    process.pool("postgres", move || PoolStats {
        max: pool.options().get_max_connections().into(),
        open: pool.size().into(),
        idle: u64::try_from(pool.num_idle()).unwrap_or(u64::MAX),
    });
}

async fn sweep_often(sweep: Sweep, stopping: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = sweep.run().await {
            tracing::warn!(error.message = problem::chain(&error), "nothing swept");
        }
    }
}
