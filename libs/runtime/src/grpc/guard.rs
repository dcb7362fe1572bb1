use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use contracts::SERVICE_AUTHORIZATION;
use settings::Secret;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use tonic::Status;

/// Which service calls, proven by its token. In the extensions of every guarded call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub &'static str);

/// Knows the services by their tokens, and who may call what. What is not allowed
/// expressly is refused.
#[derive(Clone, Default)]
pub struct ServiceGuard {
    open: bool,
    tokens: Vec<(&'static str, Secret<String>)>,
    allowed: HashMap<&'static str, &'static [&'static str]>,
}

impl ServiceGuard {
    /// Lets nobody in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody call everything.
    pub fn open() -> Self {
        Self {
            open: true,
            ..Self::default()
        }
    }

    /// Makes a service known by its token. An empty token is nobody's.
    #[must_use]
    pub fn caller(mut self, name: &'static str, token: &Secret<String>) -> Self {
        if !token.expose().is_empty() {
            self.tokens.push((name, token.clone()));
        }
        self
    }

    /// Lets the named services call a method: `/storyloom.auth.v1.AuthService/GetJwks`.
    #[must_use]
    pub fn allow(mut self, method: &'static str, callers: &'static [&'static str]) -> Self {
        self.allowed.insert(method, callers);
        self
    }

    fn admit(&self, method: &str, headers: &HeaderMap) -> Result<Caller, Status> {
        let caller = bearer(headers).and_then(|token| self.whose(token));
        let Some(caller) = caller else {
            return Err(Status::unauthenticated("no valid service token"));
        };
        let allowed = self.allowed.get(method);
        if allowed.is_some_and(|callers| callers.contains(&caller.0)) {
            return Ok(caller);
        }
        tracing::warn!(caller = caller.0, method, "service may not call this");
        Err(Status::permission_denied("this service may not call this"))
    }

    /// Compares with every token, to the end, so that time tells nothing about them.
    fn whose(&self, presented: &str) -> Option<Caller> {
        let mut found = u64::MAX;
        for (index, (_, token)) in (0..).zip(&self.tokens) {
            let equal: Choice = token.expose().as_bytes().ct_eq(presented.as_bytes());
            found.conditional_assign(&index, equal);
        }
        let (name, _) = self.tokens.get(usize::try_from(found).ok()?)?;
        Some(Caller(name))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(SERVICE_AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Probes of gRPC health may come from anybody.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// Middleware: lets a call pass if its caller may make it.
pub(crate) async fn admit(
    State(guard): State<Arc<ServiceGuard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let method = request.uri().path();
    if guard.open || method.starts_with(HEALTH) {
        return next.run(request).await;
    }
    match guard.admit(method, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(status) => status.into_http::<Body>(),
    }
}
