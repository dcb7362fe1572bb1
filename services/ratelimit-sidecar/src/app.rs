//! Composition root: the only file that names every concrete type.

use std::future::ready;
use std::process::ExitCode;
use std::sync::Arc;

use contracts::ratelimit::rate_limit_service_server::RateLimitServiceServer;
use datastores::redis::Redis;
use kernel::{Ids as _, SystemClock, TimeOrderedIds};
use runtime::grpc::{MAX_MESSAGE, ServiceGuard};
use runtime::{Need, Process, Service};
use tonic::service::Routes;

use crate::adapters::files;
use crate::adapters::grpc::RateLimitServer;
use crate::adapters::redis::{RedisBuckets, RedisPeers};
use crate::application::CheckLimits;
use crate::settings::{Rules, Settings};

/// What this process is for.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Role {
    /// Answer Envoy's rate limit service v3
    Serve,
    /// Ask a running sidecar how it is; exit 0 if it is well
    Health,
    /// Read the settings as any other role does, then exit: 0 if they are fit, else 64
    CheckSettings,
}

/// Plays the role until told to stop or done.
pub async fn run(service: Service, role: Role, settings: Settings) -> anyhow::Result<ExitCode> {
    match role {
        Role::Serve => serve(service, &settings)?.run().await,
        Role::Health => Ok(runtime::ask_health(settings.ops.listen).await),
        // They were read before this is called.
        Role::CheckSettings => Ok(ExitCode::SUCCESS),
    }
}

/// The sidecar, put together; it binds nothing yet.
pub fn serve(service: Service, settings: &Settings) -> anyhow::Result<Process> {
    let mut process = Process::new(service, settings.ops.listen, settings.drain_ms.millis())?;
    let redis = Redis::new(&settings.redis)?;
    let checked = redis.clone();
    process.dependency("redis", Need::Useful, move || {
        let redis = checked.clone();
        async move { redis.check().await }
    });
    let peers = RedisPeers::new();
    let clock = Arc::new(SystemClock);
    let seen = peers.clone().run(
        redis.clone(),
        clock.clone(),
        TimeOrderedIds.next(),
        process.tasks().stopping(),
    );
    process.tasks().keep("peers", seen);
    let buckets = RedisBuckets::new(
        redis,
        settings.redis.response_timeout_ms.millis(),
        process.tasks(),
    );
    let check_limits = CheckLimits::new(
        settings.limits()?,
        Arc::new(buckets),
        Arc::new(peers),
        clock,
    );
    let check_limits = if settings.rules.enforce {
        check_limits
    } else {
        check_limits.without_enforcing()
    };
    let check_limits = Arc::new(check_limits);
    follow_rules(&mut process, &settings.rules, check_limits.clone());
    let server = RateLimitServer::new(
        check_limits,
        settings.public_url.clone(),
        settings.grpc.headers,
    );
    let server = RateLimitServiceServer::new(server).max_decoding_message_size(MAX_MESSAGE);
    listen(&mut process, settings, &Routes::new(server));
    Ok(process)
}

/// Takes changes of the rules file into force; while it is bad, `/health` shows it.
fn follow_rules(process: &mut Process, rules: &Rules, check_limits: Arc<CheckLimits>) {
    let Some(file) = rules.file.clone() else {
        return;
    };
    let checked = file.clone();
    process.dependency("rules", Need::Useful, move || {
        ready(files::load(&checked).map(drop))
    });
    let rules = rules.clone();
    let replace = move |read| check_limits.replace_rules(rules.applied(read));
    let followed = files::follow(file, replace, process.tasks().stopping());
    process.tasks().keep("rules", followed);
}

fn listen(process: &mut Process, settings: &Settings, routes: &Routes) {
    let grpc = &settings.grpc;
    if let Some(socket) = &grpc.socket {
        process.grpc_unix(socket.clone(), routes.clone(), ServiceGuard::open());
    }
    if let Some(address) = grpc.listen {
        process.grpc(address, routes.clone(), ServiceGuard::open());
    }
}
