use std::path::PathBuf;
use std::time::{Duration, Instant};

use contracts::ratelimit::rate_limit_descriptor::Entry;
use contracts::ratelimit::rate_limit_response::{Code, DescriptorStatus};
use contracts::ratelimit::rate_limit_service_client::RateLimitServiceClient;
use contracts::ratelimit::{RateLimitDescriptor, RateLimitRequest, RateLimitResponse};
use hyper_util::rt::TokioIo;
use ratelimit_sidecar::{app, settings::Settings};
use runtime::{Running, Service};
use testkit::Redis;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

pub const SERVICE: Service = Service {
    name: "ratelimit-sidecar",
    version: "0.0.0",
};

/// A sidecar in this process, on a Unix socket and on TCP.
pub struct Sidecar {
    pub running: Running,
    pub socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Sidecar {
    pub async fn start(redis: &Redis) -> Self {
        Self::with(redis, &[]).await
    }

    /// With settings of its own.
    pub async fn with(redis: &Redis, own: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("rl.sock");
        let variables = [
            (
                "RATELIMIT__GRPC__SOCKET",
                socket.to_str().unwrap().to_owned(),
            ),
            ("RATELIMIT__GRPC__LISTEN", "127.0.0.1:0".to_owned()),
            ("RATELIMIT__OPS__LISTEN", "127.0.0.1:0".to_owned()),
            ("RATELIMIT__REDIS__URL", redis.url()),
            ("RATELIMIT__REDIS__RESPONSE_TIMEOUT_MS", "100".to_owned()),
            ("RATELIMIT__DRAIN_MS", "0".to_owned()),
        ];
        let own = own.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables = variables.into_iter().chain(own);
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let settings = Settings::load_from(variables).unwrap();
        let running = app::serve(SERVICE, &settings)
            .unwrap()
            .start()
            .await
            .unwrap();
        Self {
            running,
            socket,
            _folder: folder,
        }
    }

    pub fn over_the_socket(&self) -> RateLimitServiceClient<Channel> {
        let socket = self.socket.clone();
        let connect = move |_| {
            let socket = socket.clone();
            async move { std::io::Result::Ok(TokioIo::new(UnixStream::connect(socket).await?)) }
        };
        let endpoint = Endpoint::from_static("http://sidecar");
        RateLimitServiceClient::new(endpoint.connect_with_connector_lazy(service_fn(connect)))
    }

    fn over_tcp(&self) -> RateLimitServiceClient<Channel> {
        let address = self.running.address("grpc").unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        RateLimitServiceClient::new(endpoint.connect_lazy())
    }
}

pub fn request(route: &str, ip: &str) -> RateLimitRequest {
    let entry = |(key, value): (&str, &str)| Entry {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    RateLimitRequest {
        domain: "storyloom".to_owned(),
        descriptors: vec![RateLimitDescriptor {
            entries: [("route", route), ("ip", ip)].map(entry).into(),
            ..RateLimitDescriptor::default()
        }],
        hits_addend: 1,
    }
}

pub async fn ask(
    client: &mut RateLimitServiceClient<Channel>,
    route: &str,
    ip: &str,
) -> RateLimitResponse {
    let answer = client.should_rate_limit(request(route, ip)).await;
    answer.unwrap().into_inner()
}

pub async fn passes(client: &mut RateLimitServiceClient<Channel>, route: &str, ip: &str) -> usize {
    let mut passed = 0;
    for _ in 0..12 {
        passed += usize::from(ask(client, route, ip).await.overall_code() == Code::Ok);
    }
    passed
}

pub const LOGIN: &str = "POST /v1/auth/login";

#[tokio::test]
async fn two_sidecars_share_one_limit() {
    let redis = Redis::start().await;
    let (one, two) = (Sidecar::start(&redis).await, Sidecar::start(&redis).await);
    let (mut one_client, mut two_client) = (one.over_the_socket(), two.over_tcp());
    let together = passes(&mut one_client, LOGIN, "192.0.2.1").await
        + passes(&mut two_client, LOGIN, "192.0.2.1").await;
    assert_eq!(together, 5);
    assert_eq!(passes(&mut one_client, LOGIN, "192.0.2.2").await, 5);
    one.running.stop().await;
    two.running.stop().await;
}

#[tokio::test]
async fn a_cluster_keeps_the_limit_too() {
    let redis = Redis::start_cluster().await;
    let sidecar = Sidecar::with(&redis, &[("RATELIMIT__RULES__IPV6_48", "2")]).await;
    let mut client = sidecar.over_the_socket();
    assert_eq!(passes(&mut client, LOGIN, "192.0.2.1").await, 5);
    assert_eq!(passes(&mut client, LOGIN, "2001:db8:1:2::/64").await, 5);
    sidecar.running.stop().await;
}

#[tokio::test]
async fn each_of_two_descriptors_is_answered() {
    let redis = Redis::start_cluster().await;
    let sidecar = Sidecar::start(&redis).await;
    let mut client = sidecar.over_the_socket();
    let mut both = request(LOGIN, "192.0.2.1");
    let other = request(LOGIN, "192.0.2.2").descriptors;
    assert_eq!(passes(&mut client, LOGIN, "192.0.2.2").await, 5);
    both.descriptors.extend(other);
    let answer = client.should_rate_limit(both).await.unwrap().into_inner();
    assert_eq!(answer.overall_code(), Code::OverLimit);
    let codes: Vec<_> = answer.statuses.iter().map(DescriptorStatus::code).collect();
    assert_eq!(codes, [Code::Ok, Code::OverLimit]);
    let left = passes(&mut client, LOGIN, "192.0.2.1").await;
    assert_eq!(left, 5, "the refused request cost nothing");
    sidecar.running.stop().await;
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let mut client = sidecar.over_the_socket();
    passes(&mut client, LOGIN, "192.0.2.1").await;
    let refused = ask(&mut client, LOGIN, "192.0.2.1").await;
    assert_eq!(refused.overall_code(), Code::OverLimit);
    let headers = refused.response_headers_to_add.iter();
    let retry = headers.clone().find(|it| it.key == "retry-after").unwrap();
    assert!((1..=12).contains(&retry.value.parse::<u32>().unwrap()));
    assert!(refused.statuses[0].duration_until_reset.is_some());
    sidecar.running.stop().await;
}

#[tokio::test]
async fn without_redis_nobody_waits_and_the_limit_is_kept() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let mut client = sidecar.over_the_socket();
    assert_eq!(passes(&mut client, LOGIN, "192.0.2.1").await, 5);
    redis.pause();
    let start = Instant::now();
    assert_eq!(
        passes(&mut client, LOGIN, "192.0.2.1").await,
        0,
        "it was empty"
    );
    assert_eq!(passes(&mut client, LOGIN, "192.0.2.2").await, 5);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    redis.resume();
    testkit::eventually_true("the debt is settled", Duration::from_secs(10), async || {
        let answer = ask(&mut sidecar.over_the_socket(), LOGIN, "192.0.2.2").await;
        let keys = redis.cli(&["KEYS", "storyloom:rl:*"]).await;
        answer.overall_code() == Code::OverLimit && keys.matches("storyloom:rl:").count() >= 2
    })
    .await;
    sidecar.running.stop().await;
}

#[tokio::test]
async fn no_address_stands_in_redis() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    ask(&mut sidecar.over_the_socket(), LOGIN, "192.0.2.1").await;
    assert!(!redis.cli(&["KEYS", "*"]).await.contains("192.0.2.1"));
    sidecar.running.stop().await;
}

#[tokio::test]
async fn nonsense_is_refused() {
    let redis = Redis::start().await;
    let sidecar = Sidecar::start(&redis).await;
    let mut client = sidecar.over_the_socket();
    let nowhere = RateLimitRequest {
        domain: String::new(),
        ..request(LOGIN, "::1")
    };
    let refused = client.should_rate_limit(nowhere).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    let mut empty = request(LOGIN, "::1");
    empty.descriptors[0].entries.clear();
    let refused = client.should_rate_limit(empty).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    sidecar.running.stop().await;
}
