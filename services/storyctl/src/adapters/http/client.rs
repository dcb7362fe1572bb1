use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::time::timeout;

use crate::application::ports::Unavailable;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const LONGEST: usize = 4 << 20;

/// Sends requests with JSON in them. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// An authority's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadAuthority {
    /// It is no PEM.
    #[error("it is not a certificate in PEM")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// Nothing is in it.
    #[error("there is no certificate in it")]
    Empty,
    /// It is a PEM of something else, or the system's own cannot be read.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    /// Null if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// A member that is a text; empty if there is none.
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default()
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl HttpClient {
    /// Trusts the authority whose certificates are given, and no other; else those that the
    /// system trusts.
    pub fn new(authority: Option<&str>) -> Result<Self, BadAuthority> {
        let https = HttpsConnectorBuilder::new();
        let https = match authority {
            Some(pem) => https.with_tls_config(trusting(pem)?),
            None => https.try_with_platform_verifier()?,
        };
        let https = https.https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(https)))
    }

    /// Sends a request; any status is an answer.
    pub async fn send(
        &self,
        (method, url): (Method, &str),
        authorization: Option<&HeaderValue>,
        body: Option<&Value>,
    ) -> Result<Answer, Unavailable> {
        let what = format!("{method} {url} is not answered");
        let mut request = Request::builder().method(method).uri(url);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let exchanged = async {
            let request = request.body(Full::new(body))?;
            timeout(PATIENCE, self.exchange(request)).await?
        };
        let exchanged: Result<Answer, Cause> = exchanged.await;
        exchanged.map_err(|cause| Unavailable { what, cause })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Cause> {
        let response = self.0.request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LONGEST)
            .collect()
            .await?;
        let body = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        Ok(Answer { status, body })
    }
}

fn trusting(pem: &str) -> Result<ClientConfig, BadAuthority> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        return Err(BadAuthority::Empty);
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(config.with_no_client_auth())
}
