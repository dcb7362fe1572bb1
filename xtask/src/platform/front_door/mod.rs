//! One address for all services; routes as the ingress does.

mod refusal;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use http::Uri;
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use refusal::{AWAY, TOO_LARGE, problem};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What holds for one connection only (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 5] = [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
/// Larger bodies are refused here, as ingresses do.
const LARGEST_BODY: u64 = 1024 * 1024;
/// How much of a refused body is read before the answer.
const PATIENT_BYTES: usize = 64 * 1024 * 1024;
/// What story-service answers; auth-service answers the rest.
const STORY_PATHS: [&str; 5] = [
    "/v1/preferences",
    "/v1/stories",
    "/v1/schedules",
    "/v1/usage",
    "/v1/webhooks",
];

/// Where the services answer, and what clients call the system.
#[derive(Debug, Clone)]
pub struct Backends {
    pub auth: SocketAddr,
    pub story: SocketAddr,
    pub public_url: String,
}

#[derive(Clone)]
struct Door {
    backends: Backends,
    client: Client<HttpConnector, Body>,
}

/// Serves until it is dropped.
pub fn open(listener: TcpListener, backends: Backends) -> JoinSet<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let door = Door { backends, client };
    let router = Router::new().fallback(forward).with_state(door);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        let _slower = stream.set_nodelay(true);
    });
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let _ended = axum::serve(listener, service).await;
    });
    serving
}

/// The port that is wanted, or a free one if it is taken.
pub async fn listener(wanted: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, testkit::free_port())).await,
    }
}

async fn forward(
    State(door): State<Door>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    let public_url = door.backends.public_url.clone();
    if request.body().size_hint().lower() > LARGEST_BODY {
        drain(request.into_body()).await;
        return problem(&public_url, &path, &TOO_LARGE);
    }
    let backend = door.backends.of(&path);
    prepare(&mut request, client, backend);
    match door.client.request(request).await {
        Ok(response) => {
            let (mut head, body) = response.into_parts();
            remove_hop_by_hop(&mut head.headers);
            Response::from_parts(head, Body::new(body))
        }
        Err(_) => problem(&public_url, &path, &AWAY),
    }
}

impl Backends {
    fn of(&self, path: &str) -> SocketAddr {
        let below = |prefix: &&str| {
            let rest = path.strip_prefix(*prefix);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if STORY_PATHS.iter().any(below) {
            self.story
        } else {
            self.auth
        }
    }
}

/// The same request, addressed to the service, with the client's address at the end of
/// `X-Forwarded-For`. `Host` stays.
fn prepare(request: &mut Request, client: SocketAddr, backend: SocketAddr) {
    let mut uri = request.uri().clone().into_parts();
    if let (None, Some(authority)) = (request.headers().get(HOST), &uri.authority)
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
    }
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = backend.to_string().parse::<Authority>().ok();
    uri.path_and_query = uri.path_and_query.or(Some(PathAndQuery::from_static("/")));
    if let Ok(uri) = Uri::from_parts(uri) {
        *request.uri_mut() = uri;
    }
    let headers = request.headers_mut();
    remove_hop_by_hop(headers);
    let before = headers
        .get_all(&FORWARDED_FOR)
        .iter()
        .filter_map(|it| it.to_str().ok());
    let addresses: Vec<_> = before
        .map(str::to_owned)
        .chain([client.ip().to_string()])
        .collect();
    if let Ok(addresses) = HeaderValue::from_str(&addresses.join(", ")) {
        headers.insert(FORWARDED_FOR, addresses);
    }
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok());
    let named = named.flat_map(|it| it.split(','));
    let named: Vec<_> = named
        .filter_map(|it| it.trim().parse::<HeaderName>().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Reads on, so that a client that is still sending comes to see the answer.
async fn drain(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > PATIENT_BYTES {
            break;
        }
    }
}
