use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kernel::{Coded as _, EmailAddress};
use problem::{Json, Problem, Violations};
use runtime::http::ClientIp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Api, idempotency};
use crate::application::ports::{Answer, PasswordRefused};
use crate::application::{CodeMailed, RegisterError, Registered, Repeatable, Wish};
use crate::domain::{DisplayName, Locale, Password, PasswordError, RegistrationId};

const ROUTE: &str = "POST /v1/auth/register";
const RESEND_ROUTE: &str = "POST /v1/auth/register/resend";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    email: String,
    password: String,
    display_name: Option<String>,
    locale: Option<String>,
}

impl CreateAccount {
    fn parse(&self) -> Result<Wish, Violations> {
        let mut violations = Violations::default();
        let email = violations.check("/email", EmailAddress::parse(&self.email));
        let name = self.display_name.as_deref().map(DisplayName::parse);
        let display_name = violations
            .check("/display_name", name.transpose())
            .flatten();
        let locale = self.locale.as_deref().map(Locale::parse);
        let locale = violations.check("/locale", locale.transpose());

        let password = Password::chosen(&self.password);
        let weak = password.as_ref().is_err_and(PasswordError::is_weakness);
        let only_weak = weak && violations.is_empty();
        let password = violations.check("/password", password);
        if only_weak {
            return Err(violations.as_weak_password());
        }
        let wish = email.zip(password).map(|(email, password)| Wish {
            email,
            password,
            display_name,
            locale: locale.flatten().unwrap_or_default(),
        });
        violations.or(wish)
    }
}

/// `POST /v1/auth/register`
pub async fn create(
    State(api): State<Api>,
    ip: ClientIp,
    headers: HeaderMap,
    Json(body): Json<CreateAccount>,
) -> Result<Response, Problem> {
    let wish = body.parse()?;
    let named = idempotency::named(&headers, &api.fingerprints, &body)?;
    let repeatable = named.map(|named| Repeatable {
        owner: ip.key(),
        route: ROUTE,
        key: named.key,
        fingerprint: named.fingerprint,
        answer,
    });
    let registered = api.register.run(wish, repeatable).await;
    Ok(match registered.map_err(refused)? {
        Registered::Now(mailed) => answer(&mailed).into_response(),
        Registered::Before(answer) => answer.into_response(),
    })
}

fn refused(error: RegisterError) -> Problem {
    match error {
        RegisterError::Password(PasswordRefused::Weak(weakness)) => {
            let mut violations = Violations::default();
            violations.add("/password", weakness.code(), weakness.to_string());
            violations.as_weak_password().into()
        }
        other => other.into(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResendBody {
    registration_id: Uuid,
}

/// `POST /v1/auth/register/resend`
pub async fn resend(
    State(api): State<Api>,
    Json(body): Json<ResendBody>,
) -> Result<Answer, Problem> {
    let id = RegistrationId(body.registration_id);
    let identity = id.0.to_string();
    api.limit.check_identity(RESEND_ROUTE, &identity).await?;
    let mailed = api.resend_code.run(id).await?;
    Ok(answer(&mailed))
}

#[derive(Serialize)]
struct CodeMailedView {
    registration_id: Uuid,
    expires_in: u64,
    resend_after: u64,
}

/// The one answer of both: for known and unknown addresses, now and when it is repeated.
fn answer(mailed: &CodeMailed) -> Answer {
    let view = CodeMailedView {
        registration_id: mailed.registration.0,
        expires_in: mailed.expires_in.as_secs(),
        resend_after: mailed.resend_after.as_secs(),
    };
    Answer {
        status: StatusCode::ACCEPTED.as_u16(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: serde_json::to_vec(&view).unwrap_or_default(),
    }
}
