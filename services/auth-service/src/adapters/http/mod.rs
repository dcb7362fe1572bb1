//! The REST surface: accounts, sessions, keys and the pages about problems.

mod etag;
mod idempotency;
mod jwks;
mod log_out;
mod login;
mod me;
mod origin;
mod problems;
mod refresh;
mod refresh_token;
mod register;
mod token_pair;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use runtime::RateLimit;
use tokens::Verifier;

pub use jwks::Jwks;

use crate::application::{
    ChangeProfile, LogOut, Login, ReadProfile, RefreshSession, Register, ResendCode,
    VerifyRegistration,
};
use crate::domain::FingerprintKey;

/// The use cases handlers may call, and what they answer from memory.
#[derive(Clone)]
pub struct Api {
    pub register: Register,
    pub resend_code: ResendCode,
    pub verify_registration: VerifyRegistration,
    pub login: Login,
    pub refresh_session: RefreshSession,
    pub log_out: LogOut,
    pub read_profile: ReadProfile,
    pub change_profile: ChangeProfile,
    pub fingerprints: FingerprintKey,
    pub jwks: Arc<Jwks>,
    pub verifier: Verifier,
    /// Asked besides about addresses and registrations, wherever requests come from.
    pub limit: RateLimit,
}

impl FromRef<Api> for Verifier {
    fn from_ref(api: &Api) -> Self {
        api.verifier.clone()
    }
}

/// How long a sign-in may take.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Every route. What the whole system does alike is added by `runtime`.
pub fn router(api: Api) -> Router {
    let login = Router::new().route("/v1/auth/login", post(login::create));
    let json = Router::new()
        .route("/v1/auth/register", post(register::create))
        .route("/v1/auth/register/resend", post(register::resend))
        .route("/v1/auth/register/verify", post(verify::create))
        .route("/v1/auth/token/refresh", post(refresh::create))
        .route("/v1/me", get(me::show).patch(me::change))
        .route("/.well-known/jwks.json", get(jwks::show))
        .merge(runtime::http::within(login, LOGIN_TIMEOUT));
    let plain = runtime::http::json(json)
        .route("/problems", get(problems::index))
        .route("/problems/{code}", get(problems::show));
    runtime::http::without_query(plain)
        .route("/v1/auth/logout", post(log_out::create))
        .with_state(api)
}
