use axum::extract::State;
use axum::http::StatusCode;
use problem::{Problem, Query};
use serde::Deserialize;
use tokens::SignedIn;

use super::Api;
use crate::application::ports::Ending;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogOutQuery {
    #[serde(default)]
    scope: Scope,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    #[default]
    This,
    Others,
    All,
}

/// `POST /v1/auth/logout?scope=this|others|all`
pub async fn create(
    State(api): State<Api>,
    signed_in: SignedIn,
    Query(query): Query<LogOutQuery>,
) -> Result<StatusCode, Problem> {
    let which = match query.scope {
        Scope::This => Ending::This(signed_in.session),
        Scope::Others => Ending::Others(signed_in.session),
        Scope::All => Ending::All,
    };
    api.log_out.run(signed_in.user, which).await?;
    Ok(StatusCode::NO_CONTENT)
}
