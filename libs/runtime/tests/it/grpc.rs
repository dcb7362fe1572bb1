use std::time::Duration;

use axum::Router;
use axum::routing::get;
use contracts::SERVICE_AUTHORIZATION;
use contracts::ratelimit::rate_limit_service_client::RateLimitServiceClient;
use contracts::ratelimit::rate_limit_service_server::{RateLimitService, RateLimitServiceServer};
use contracts::ratelimit::{RateLimitRequest, RateLimitResponse};
use runtime::Running;
use runtime::grpc::{Caller, ServiceChannel, ServiceGuard};
use serde_json::json;
use settings::Secret;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::world::{self, anywhere, ask, process};

const METHOD: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/// Answers with who called and in which trace.
struct Echo;

#[tonic::async_trait]
impl RateLimitService for Echo {
    async fn should_rate_limit(
        &self,
        request: Request<RateLimitRequest>,
    ) -> Result<Response<RateLimitResponse>, Status> {
        let caller = request.extensions().get::<Caller>().map(|caller| caller.0);
        let trace = telemetry::traceparent().unwrap_or_default();
        let said = format!("{} {trace}", caller.unwrap_or("nobody"));
        let raw_body = said.into_bytes();
        Ok(Response::new(RateLimitResponse {
            raw_body,
            ..RateLimitResponse::default()
        }))
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn guard() -> ServiceGuard {
    ServiceGuard::new()
        .caller("story-service", &secret("token-of-story"))
        .caller("auth-service", &secret("token-of-auth"))
        .caller("notification-service", &secret(""))
        .allow(METHOD, &["story-service"])
}

async fn serve(guard: ServiceGuard) -> Running {
    let mut process = process();
    process.grpc(
        anywhere(),
        Routes::new(RateLimitServiceServer::new(Echo)),
        guard,
    );
    process.start().await.unwrap()
}

fn endpoint(running: &Running) -> Endpoint {
    let address = running.address("grpc").unwrap();
    Endpoint::from_shared(format!("http://{address}")).unwrap()
}

fn connect(running: &Running, token: &str) -> ServiceChannel {
    runtime::grpc::connect(&endpoint(running), &secret(token), Duration::from_secs(5)).unwrap()
}

async fn call(channel: ServiceChannel) -> Result<String, Status> {
    let mut client = RateLimitServiceClient::new(channel);
    let answer = client
        .should_rate_limit(RateLimitRequest::default())
        .await?;
    Ok(String::from_utf8(answer.into_inner().raw_body).unwrap())
}

#[tokio::test]
async fn a_service_is_known_by_its_token() {
    let running = serve(guard()).await;
    let told = call(connect(&running, "token-of-story")).await.unwrap();
    assert!(told.starts_with("story-service"), "{told}");
    let refused = async |token: &str| call(connect(&running, token)).await.unwrap_err().code();
    assert_eq!(refused("token-of-auth").await, Code::PermissionDenied);
    assert_eq!(refused("token-of-storz").await, Code::Unauthenticated);
    assert_eq!(
        refused("token-of-story-and-more").await,
        Code::Unauthenticated
    );
    assert_eq!(refused("").await, Code::Unauthenticated);

    // An empty token is nobody's, however it is presented.
    let channel: Channel = endpoint(&running).connect().await.unwrap();
    let mut bare = RateLimitServiceClient::new(channel);
    let mut request = Request::new(RateLimitRequest::default());
    request
        .metadata_mut()
        .insert(SERVICE_AUTHORIZATION, "Bearer ".parse().unwrap());
    let status = bare.should_rate_limit(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn what_is_not_allowed_expressly_is_refused() {
    let known = ServiceGuard::new().caller("story-service", &secret("token-of-story"));
    let running = serve(known).await;
    let refused = call(connect(&running, "token-of-story")).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn an_open_port_asks_for_nothing() {
    let running = serve(ServiceGuard::open()).await;
    assert!(
        call(connect(&running, ""))
            .await
            .unwrap()
            .starts_with("nobody")
    );
}

#[tokio::test]
async fn whether_a_service_serves_may_be_asked_by_anybody() {
    let running = serve(guard()).await;
    let channel = connect(&running, "");
    runtime::grpc::check(channel.clone()).await.unwrap();
    running.stop().await;
    assert_eq!(
        runtime::grpc::check(channel).await.unwrap_err().code(),
        Code::Unavailable
    );
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_at_once_and_found_when_it_is_back() {
    let gone = serve(guard()).await;
    let address = gone.address("grpc").unwrap();
    let channel = connect(&gone, "token-of-story");
    call(channel.clone()).await.unwrap();
    gone.stop().await;
    let began = std::time::Instant::now();
    assert_eq!(
        call(channel.clone()).await.unwrap_err().code(),
        Code::Unavailable
    );
    assert!(began.elapsed() < Duration::from_secs(2));

    let mut process = process();
    process.grpc(
        address,
        Routes::new(RateLimitServiceServer::new(Echo)),
        guard(),
    );
    let back = process.start().await.unwrap();
    call(channel).await.unwrap();
    back.stop().await;
}

#[tokio::test]
async fn a_unix_socket_is_taken_over_from_the_dead_and_removed_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper/limits.sock");
    std::fs::create_dir(folder.path().join("deeper")).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let start = async || {
        let mut process = process();
        let routes = Routes::new(RateLimitServiceServer::new(Echo));
        process.grpc_unix(&path, routes, ServiceGuard::open());
        process.start().await
    };
    let running = start().await.unwrap();
    let Err(error) = start().await else {
        unreachable!("somebody listens already");
    };
    assert!(error.to_string().contains("limits.sock"), "{error}");
    let channel = Endpoint::from_shared(format!("unix://{}", path.display())).unwrap();
    let mut client = RateLimitServiceClient::new(channel.connect().await.unwrap());
    client
        .should_rate_limit(RateLimitRequest::default())
        .await
        .unwrap();
    drop(client);
    assert!(running.stop().await);
    assert!(!path.exists());
}

#[tokio::test]
async fn one_trace_goes_from_the_request_into_the_call() {
    let telemetry = json!({"level": "off", "format": "ecs", "otlp_endpoint": ""});
    let origin = telemetry::Origin {
        service: "story-service",
        version: "0.1.0",
        environment: serde_json::from_value(json!("test")).unwrap(),
    };
    let telemetry = serde_json::from_value(telemetry).unwrap();
    let _guard = telemetry::init(&telemetry, &origin).unwrap();
    let called = serve(guard()).await;
    let channel = connect(&called, "token-of-story");
    let asks = async move || call(channel.clone()).await.unwrap();
    let calling = world::serve(Router::new().route("/ask", get(asks))).await;
    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let told = ask(&calling, "GET /ask", &[trace]).await.body;
    let (_, received) = told.split_once(' ').unwrap();
    assert!(
        received.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
        "{told}"
    );
    assert!(!received.contains("00f067aa0ba902b7"), "{told}");
}
