use axum::extract::State;
use problem::{Json, Problem};
use runtime::http::ClientIp;
use serde::Deserialize;

use super::token_pair::TokenPairView;
use super::{Api, refresh_token};
use crate::application::RefreshSessionError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    refresh_token: String,
}

/// `POST /v1/auth/token/refresh`
pub async fn create(
    State(api): State<Api>,
    ip: ClientIp,
    Json(body): Json<RefreshBody>,
) -> Result<Json<TokenPairView>, Problem> {
    let token = refresh_token::read(&body.refresh_token);
    let token = token.ok_or(RefreshSessionError::InvalidToken)?;
    let pair = api.refresh_session.run(&token, Some(ip.0)).await?;
    Ok(Json(pair.into()))
}
