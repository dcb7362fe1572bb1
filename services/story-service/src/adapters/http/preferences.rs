use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use problem::{Json, Problem};
use tokens::SignedIn;

use super::wishes::{PreferencesBody, clashes};
use super::{Api, conditions};
use crate::application::PutPreferencesError;
use crate::application::ports::KeptPreferences;

/// `GET /v1/preferences`
pub async fn get(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kept = api.get_preferences.run(user).await?;
    if conditions::is_known(&headers, kept.version) {
        let etag = [(header::ETAG, conditions::etag(kept.version))];
        return Ok((StatusCode::NOT_MODIFIED, etag).into_response());
    }
    Ok(answer(&kept))
}

/// `PUT /v1/preferences`
pub async fn put(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    headers: HeaderMap,
    Json(body): Json<PreferencesBody>,
) -> Result<Response, Problem> {
    let preferences = body.parse()?;
    let precondition = conditions::precondition(&headers)?;
    let kept = api
        .put_preferences
        .run(user, preferences, precondition)
        .await;
    Ok(answer(&kept.map_err(refused)?))
}

fn refused(error: PutPreferencesError) -> Problem {
    match error {
        PutPreferencesError::Conflicts(conflicts) => clashes(&conflicts),
        other => other.into(),
    }
}

fn answer(kept: &KeptPreferences) -> Response {
    let etag = [(header::ETAG, conditions::etag(kept.version))];
    let body = PreferencesBody::from(&kept.preferences);
    (etag, Json(body)).into_response()
}
