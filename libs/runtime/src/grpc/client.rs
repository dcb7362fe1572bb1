use std::time::Duration;

use contracts::SERVICE_AUTHORIZATION;
use settings::Secret;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// A connection to another service that says who we are.
pub type ServiceChannel = InterceptedService<Channel, Credentials>;

const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How often a silent connection is tried, and how long it may stay silent then.
const ALIVE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(5));

/// A token that cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("service_token must consist of visible ASCII characters")]
pub struct UnsendableToken;

/// Prepares the connection to another service; it is made when it is first used, and made
/// again after it broke. Each call presents `token` (nothing, if that is empty) and hands
/// on the trace. Must be called within a Tokio runtime.
pub fn connect(
    to: &Endpoint,
    token: &Secret<String>,
    answer_within: Duration,
) -> Result<ServiceChannel, UnsendableToken> {
    let credentials = Credentials::new(token)?;
    let channel = channel(to, answer_within);
    Ok(InterceptedService::new(channel, credentials))
}

/// The same without a token.
pub(crate) fn channel(to: &Endpoint, answer_within: Duration) -> Channel {
    to.clone()
        .connect_timeout(CONNECT_WITHIN)
        .timeout(answer_within)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(ALIVE.0)
        .keep_alive_timeout(ALIVE.1)
        .keep_alive_while_idle(true)
        .connect_lazy()
}

/// Whether the service at the other end says that it serves.
pub async fn check(channel: ServiceChannel) -> Result<(), Status> {
    let everything = HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel).check(everything).await?;
    match answer.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        _ => Err(Status::unavailable("the service does not serve")),
    }
}

/// Adds our token and the trace to each call.
#[derive(Clone)]
pub struct Credentials(Option<MetadataValue<Ascii>>);

impl Credentials {
    fn new(token: &Secret<String>) -> Result<Self, UnsendableToken> {
        if token.expose().is_empty() {
            return Ok(Self(None));
        }
        let bearer = format!("Bearer {}", token.expose());
        let mut bearer = MetadataValue::try_from(bearer).map_err(|_| UnsendableToken)?;
        bearer.set_sensitive(true);
        Ok(Self(Some(bearer)))
    }
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let metadata = request.metadata_mut();
        if let Some(bearer) = &self.0 {
            metadata.insert(SERVICE_AUTHORIZATION, bearer.clone());
        }
        let traceparent = telemetry::traceparent();
        if let Some(value) = traceparent.and_then(|text| text.parse().ok()) {
            metadata.insert("traceparent", value);
        }
        Ok(request)
    }
}
