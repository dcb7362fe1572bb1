use async_trait::async_trait;
use contracts::auth::GetJwksRequest;
use contracts::auth::auth_service_client::AuthServiceClient;
use jsonwebtoken::jwk::JwkSet;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::{Body as HttpBody, Bytes, StdError};

/// Where the public keys come from.
#[async_trait]
pub trait JwksSource: Send + Sync {
    /// The keys that are valid now.
    async fn fetch(&self) -> Result<JwkSet, JwksError>;
}

/// The keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// auth-service did not answer.
    #[error("auth-service did not give its keys")]
    Unavailable(#[from] Box<tonic::Status>),
    /// What it answered is no key set.
    #[error("auth-service gave a malformed key set")]
    Malformed(#[from] serde_json::Error),
    /// It was asked a moment ago and did not answer.
    #[error("auth-service did not give its keys a moment ago")]
    AskedJustNow,
}

/// Keys that do not change: those of the process that signs.
pub struct StaticJwks(pub JwkSet);

#[async_trait]
impl JwksSource for StaticJwks {
    async fn fetch(&self) -> Result<JwkSet, JwksError> {
        Ok(self.0.clone())
    }
}

/// Keys from auth-service, by gRPC.
pub struct GrpcJwks<C>(AuthServiceClient<C>);

impl<C> GrpcJwks<C> {
    /// Asks through a client of auth-service.
    pub const fn new(client: AuthServiceClient<C>) -> Self {
        Self(client)
    }
}

#[async_trait]
impl<C> JwksSource for GrpcJwks<C>
where
    C: GrpcService<Body> + Clone + Send + Sync + 'static,
    C::Future: Send,
    C::Error: Into<StdError>,
    C::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <C::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn fetch(&self) -> Result<JwkSet, JwksError> {
        let answer = self.0.clone().get_jwks(GetJwksRequest {}).await;
        let jwks = answer.map_err(Box::new)?.into_inner().jwks;
        Ok(serde_json::from_str(&jwks)?)
    }
}
