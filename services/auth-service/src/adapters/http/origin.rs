use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use runtime::http::ClientIp;

use crate::domain::{Device, DisplayName};

/// Where a request comes from.
pub struct Origin {
    ip: ClientIp,
    user_agent: Option<String>,
}

impl Origin {
    /// The most characters that are kept of what a client says it is.
    const LONGEST_USER_AGENT: usize = 256;

    /// The device, with the name that its owner gives it.
    pub fn device(self, name: Option<DisplayName>) -> Device {
        Device {
            name,
            user_agent: self.user_agent,
            ip: Some(self.ip.0),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let ip = ClientIp::from_request_parts(parts, state).await?;
        let given = parts.headers.get(header::USER_AGENT);
        let given = given.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let cut = |text: String| {
            let visible = text.chars().filter(|c| !c.is_control());
            visible.take(Self::LONGEST_USER_AGENT).collect()
        };
        Ok(Self {
            ip,
            user_agent: given.map(cut),
        })
    }
}
