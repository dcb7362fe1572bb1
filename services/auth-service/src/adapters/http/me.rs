use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use problem::{Json, MergePatch, Problem, Violations};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use tokens::SignedIn;
use uuid::Uuid;

use super::Api;
use super::etag::{ETag, IfMatch};
use crate::domain::{Change, DisplayName, Locale, ProfileChange, Timezone, User};

#[derive(Serialize)]
pub struct ProfileView {
    id: Uuid,
    email: String,
    email_verified: bool,
    display_name: Option<String>,
    locale: String,
    timezone: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<User> for ProfileView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            email: user.email.as_str().to_owned(),
            // Nobody becomes a user without proving the address.
            email_verified: true,
            display_name: user.display_name.map(|name| name.as_str().to_owned()),
            locale: user.locale.as_str().to_owned(),
            timezone: user.timezone.as_str().to_owned(),
            created_at: user.created_at,
        }
    }
}

type Shown = ([(HeaderName, HeaderValue); 1], Json<ProfileView>);

fn shown(user: User) -> Shown {
    let etag = ETag::of_version(user.version).header();
    ([etag], Json(user.into()))
}

/// `GET /v1/me`
pub async fn show(
    State(api): State<Api>,
    signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let user = api.read_profile.run(signed_in.user).await?;
    let etag = ETag::of_version(user.version);
    if etag.is_known(&headers) {
        return Ok((StatusCode::NOT_MODIFIED, [etag.header()]).into_response());
    }
    Ok(shown(user).into_response())
}

/// A member of a merge patch (RFC 7396).
#[derive(Default)]
enum Member {
    /// Changes nothing.
    #[default]
    Absent,
    /// Removes the value, or resets it where there must be one.
    Null,
    /// Replaces the value.
    Value(String),
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}

impl Member {
    /// The change that it means.
    fn parse<T, E>(
        &self,
        null: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Change<T>, E> {
        match self {
            Self::Absent => Ok(Change::Keep),
            Self::Null => Ok(Change::Set(null)),
            Self::Value(text) => parse(text).map(Change::Set),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeAccount {
    #[serde(default)]
    display_name: Member,
    #[serde(default)]
    locale: Member,
    #[serde(default)]
    timezone: Member,
}

impl ChangeAccount {
    fn parse(&self) -> Result<ProfileChange, Violations> {
        let mut violations = Violations::default();
        let name = |text: &str| DisplayName::parse(text).map(Some);
        let name = violations.check("/display_name", self.display_name.parse(None, name));
        let locale = self.locale.parse(Locale::default(), Locale::parse);
        let locale = violations.check("/locale", locale);
        let timezone = self.timezone.parse(Timezone::default(), Timezone::parse);
        let timezone = violations.check("/timezone", timezone);
        violations.or(Some(ProfileChange {
            display_name: name.unwrap_or_default(),
            locale: locale.unwrap_or_default(),
            timezone: timezone.unwrap_or_default(),
        }))
    }
}

/// `PATCH /v1/me`
pub async fn change(
    State(api): State<Api>,
    signed_in: SignedIn,
    headers: HeaderMap,
    MergePatch(body): MergePatch<ChangeAccount>,
) -> Result<Shown, Problem> {
    let based_on = IfMatch::read(&headers)?;
    let change = body.parse()?;
    let is_current = |version| based_on.fits(&ETag::of_version(version));
    let user = api
        .change_profile
        .run(signed_in.user, change, is_current)
        .await?;
    Ok(shown(user))
}
