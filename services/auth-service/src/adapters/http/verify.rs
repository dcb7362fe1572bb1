use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use problem::{Json, Problem, Violations};
use serde::Deserialize;
use uuid::Uuid;

use super::Api;
use super::origin::Origin;
use super::token_pair::TokenPairView;
use crate::application::VerifyRegistrationError;
use crate::domain::{Code, RegistrationId};

const ROUTE: &str = "POST /v1/auth/register/verify";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    registration_id: Uuid,
    code: String,
}

impl VerifyBody {
    fn parse(&self) -> Result<(RegistrationId, Code), Violations> {
        let mut violations = Violations::default();
        let code = violations.check("/code", Code::parse(&self.code));
        violations.or(code.map(|code| (RegistrationId(self.registration_id), code)))
    }
}

type Created = (
    StatusCode,
    [(HeaderName, &'static str); 1],
    Json<TokenPairView>,
);

/// `POST /v1/auth/register/verify`
pub async fn create(
    State(api): State<Api>,
    origin: Origin,
    Json(body): Json<VerifyBody>,
) -> Result<Created, Problem> {
    let (id, code) = body.parse()?;
    api.limit.check_identity(ROUTE, &id.0.to_string()).await?;
    let device = origin.device(None);
    let pair = api.verify_registration.run(id, &code, device).await;
    let pair = pair.map_err(refused)?;
    let location = [(header::LOCATION, "/v1/me")];
    Ok((StatusCode::CREATED, location, Json(pair.into())))
}

fn refused(error: VerifyRegistrationError) -> Problem {
    match error.attempts_left() {
        Some(left) => Problem::from(error).with_member("attempts_left", left),
        None => error.into(),
    }
}
