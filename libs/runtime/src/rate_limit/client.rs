use std::io;
use std::path::PathBuf;
use std::time::Duration;

use contracts::ratelimit::rate_limit_descriptor::Entry;
use contracts::ratelimit::rate_limit_response::Code;
use contracts::ratelimit::rate_limit_service_client::RateLimitServiceClient;
use contracts::ratelimit::{RateLimitDescriptor, RateLimitRequest, RateLimitResponse};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::RateLimitSettings;
use crate::grpc;

/// The sidecar on its Unix socket, or a limiter that is shared. Connects when it is first asked, and again after it
/// was away.
#[derive(Debug, Clone)]
pub(super) struct Sidecar {
    client: RateLimitServiceClient<Channel>,
    timeout: Duration,
}

/// The domain of all our limits.
const DOMAIN: &str = "storyloom";
/// A channel needs an address; the connector takes the socket instead.
const PLACEHOLDER: &str = "http://ratelimit-sidecar";

impl Sidecar {
    pub(super) fn new(settings: &RateLimitSettings) -> Self {
        let timeout = settings.timeout_ms.millis();
        let channel = match &settings.address {
            Some(address) => grpc::channel(address, timeout),
            None => beside(settings.socket.clone()),
        };
        Self {
            client: RateLimitServiceClient::new(channel),
            timeout,
        }
    }

    /// What the sidecar says of a request; none if it does not say it in time.
    pub(super) async fn ask(&self, entries: [(&str, &str); 2]) -> Option<RateLimitResponse> {
        let entry = |(key, value): (&str, &str)| Entry {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let descriptor = RateLimitDescriptor {
            entries: entries.map(entry).into(),
            ..RateLimitDescriptor::default()
        };
        let request = RateLimitRequest {
            domain: DOMAIN.to_owned(),
            descriptors: vec![descriptor],
            hits_addend: 1,
        };
        let mut client = self.client.clone();
        let answer = tokio::time::timeout(self.timeout, client.should_rate_limit(request)).await;
        let answer = answer.ok()?.ok()?.into_inner();
        (answer.overall_code() != Code::Unknown).then_some(answer)
    }
}

/// The sidecar in the same pod.
fn beside(socket: PathBuf) -> Channel {
    let connect = move |_: Uri| {
        let socket = socket.clone();
        async move { io::Result::Ok(TokioIo::new(UnixStream::connect(socket).await?)) }
    };
    Endpoint::from_static(PLACEHOLDER).connect_with_connector_lazy(service_fn(connect))
}
