use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use futures::FutureExt as _;
use prometheus::Registry;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tonic::service::Routes;

use crate::grpc::{self, GrpcMetrics, ServiceGuard};
use crate::http::{self, HttpMetrics, Stack};
use crate::listeners::{Listen, Running};
use crate::operations::{self, Health, Need, PoolStats, ProcessCollector};
use crate::rate_limit::RateLimit;
use crate::{Service, Tasks};

/// One process, put together by the composition root and then run.
pub struct Process {
    pub(crate) tasks: Tasks,
    pub(crate) health: Health,
    pub(crate) registry: Registry,
    pub(crate) operations: SocketAddr,
    pub(crate) listeners: Vec<Listen>,
    pub(crate) drain: Duration,
    pub(crate) finish: Duration,
    http_metrics: HttpMetrics,
    grpc_metrics: GrpcMetrics,
}

/// How long requests and tasks may take to finish when nothing else is said.
const FINISH: Duration = Duration::from_secs(30);

impl Process {
    /// A process whose operations listener will be at `operations`, and that goes on
    /// serving for `drain` after it was asked to end. Binds nothing yet.
    pub fn new(
        service: Service,
        operations: SocketAddr,
        drain: Duration,
    ) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let health = Health::new(service);
        registry.register(Box::new(ProcessCollector::new(health.clone())?))?;
        Ok(Self {
            tasks: Tasks::default(),
            health,
            operations,
            listeners: Vec::new(),
            drain,
            finish: FINISH,
            http_metrics: HttpMetrics::register(&registry)?,
            grpc_metrics: GrpcMetrics::register(&registry)?,
            registry,
        })
    }

    /// Sets how long requests and tasks may take to finish after the drain time.
    pub fn finish_within(&mut self, limit: Duration) {
        self.finish = limit;
    }

    /// What runs in the background.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Where metrics are registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Has `check` asked each second whether something that the process depends on is
    /// there. It is down until the first good answer.
    pub fn dependency<F, E>(
        &mut self,
        name: &'static str,
        need: Need,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let check = operations::check(check);
        let dependencies = self.health.dependencies.clone();
        dependencies.list(name, need);
        let watch = dependencies.watch(name, check, self.tasks.stopping());
        self.tasks.keep(name, watch);
    }

    /// Keeps the process from being ready until `check` was good once. It is asked twice a
    /// second until then, and never again.
    pub fn ready_after<F, E>(
        &mut self,
        name: &'static str,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let check = operations::check(check);
        let conditions = self.health.conditions.clone();
        conditions.list(name);
        self.tasks
            .spawn(conditions.watch(name, check, self.tasks.stopping()));
    }

    /// Shows how much of a pool is in use, in `/health` and in the metrics.
    pub fn pool(
        &mut self,
        name: &'static str,
        read: impl Fn() -> PoolStats + Send + Sync + 'static,
    ) {
        self.health.pool(name, Arc::new(read));
    }

    /// Shows in `/health` how a stream is.
    pub fn stream<F, T>(
        &mut self,
        name: impl Into<String>,
        read: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = T> + Send + 'static,
        T: Serialize,
    {
        let read = move || {
            let shown = |stats: T| serde_json::to_value(stats).unwrap_or_default();
            read().map(shown).boxed()
        };
        self.health.stream(name.into(), Arc::new(read));
    }

    /// Puts the whole middleware stack around the routes of a public port.
    /// `public_url` is where clients reach the system, without a slash at its end.
    pub fn public(
        &self,
        router: Router,
        settings: &http::Settings,
        public_url: Arc<str>,
        limit: RateLimit,
    ) -> Router {
        let stack = Stack {
            settings,
            public_url,
            limit,
            health: self.health.clone(),
            metrics: self.http_metrics.clone(),
        };
        http::wrap(router, stack)
    }

    /// Serves a router over HTTP/1.1.
    pub fn http(&mut self, listen: SocketAddr, router: Router) {
        self.listeners.push(Listen::Http(listen, router));
    }

    /// Serves gRPC over TCP, with its health service.
    pub fn grpc(&mut self, listen: SocketAddr, routes: Routes, guard: ServiceGuard) {
        let routes = grpc::wrap(routes, guard, self.grpc_metrics.clone());
        self.listeners.push(Listen::Grpc(listen, routes));
    }

    /// Serves gRPC over a Unix socket, with its health service.
    pub fn grpc_unix(&mut self, path: impl Into<PathBuf>, routes: Routes, guard: ServiceGuard) {
        let routes = grpc::wrap(routes, guard, self.grpc_metrics.clone());
        self.listeners.push(Listen::GrpcUnix(path.into(), routes));
    }

    /// Starts, serves until SIGTERM or SIGINT, and stops without loss.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut terminate = signal(SignalKind::terminate()).context("no SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("no SIGINT")?;
        let asked = self.tasks.ending();
        let running = self.start().await?;
        let reason = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            () = asked.cancelled() => "failure",
        };
        tracing::info!(reason, "ending");
        let clean = running.stop().await;
        Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Binds every listener and serves. Fails if an address cannot be had; nothing is left
    /// listening then.
    pub async fn start(self) -> anyhow::Result<Running> {
        Running::start(self).await
    }
}
