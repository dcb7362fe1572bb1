use axum::extract::State;
use axum::http::StatusCode;
use kernel::EmailAddress;
use problem::{Json, Problem, Violations};
use serde::Deserialize;

use super::Api;
use super::origin::Origin;
use super::token_pair::TokenPairView;
use crate::application::SignIn;
use crate::domain::{DisplayName, Password};

const ROUTE: &str = "POST /v1/auth/login";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateSession {
    email: String,
    password: String,
    device_name: Option<String>,
}

impl CreateSession {
    fn parse(&self, origin: Origin) -> Result<SignIn, Violations> {
        let mut violations = Violations::default();
        let email = violations.check("/email", EmailAddress::parse(&self.email));
        let password = violations.check("/password", Password::typed(&self.password));
        let name = self.device_name.as_deref().map(DisplayName::parse);
        let name = violations.check("/device_name", name.transpose());
        let sign_in = email.zip(password).map(|(email, password)| SignIn {
            email,
            password,
            device: origin.device(name.flatten()),
        });
        violations.or(sign_in)
    }
}

/// `POST /v1/auth/login`
pub async fn create(
    State(api): State<Api>,
    origin: Origin,
    Json(body): Json<CreateSession>,
) -> Result<(StatusCode, Json<TokenPairView>), Problem> {
    let sign_in = body.parse(origin)?;
    let identity = api.fingerprints.of(sign_in.email.canonical().as_bytes());
    api.limit
        .check_identity(ROUTE, &identity.to_string())
        .await?;
    let pair = api.login.run(sign_in).await?;
    Ok((StatusCode::CREATED, Json(pair.into())))
}
