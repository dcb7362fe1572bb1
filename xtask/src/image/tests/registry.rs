//! A registry that keeps what is pushed to it, and what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use oci_client::secrets::RegistryAuth;
use tokio::task::JoinSet;

use super::super::blob::sha256;
use super::super::push::Registry;
use super::image;

/// `reader:secret`
const CREDENTIALS: &str = "Basic cmVhZGVyOnNlY3JldA==";

#[derive(Default)]
struct Kept {
    /// By path, or by digest.
    content: HashMap<String, Bytes>,
    upload: Vec<u8>,
    /// Paths of what was kept, in order.
    order: Vec<String>,
    password_needed: bool,
}

type Shared = Arc<Mutex<Kept>>;

async fn answer(State(kept): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut kept = kept.lock().unwrap();
    if kept.password_needed && !is_allowed(&head.headers) {
        let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"stories\"")];
        return (StatusCode::UNAUTHORIZED, ask).into_response();
    }
    let path = head.uri.path().to_owned();
    let at = |status, location: &str| (status, [(header::LOCATION, location)]).into_response();
    match (head.method, path.as_str()) {
        (Method::GET, "/v2/") => StatusCode::OK.into_response(),
        (Method::HEAD, path) if kept.content.contains_key(path) => StatusCode::OK.into_response(),
        (Method::HEAD, _) => StatusCode::NOT_FOUND.into_response(),
        (Method::POST, path) => {
            kept.upload.clear();
            at(StatusCode::ACCEPTED, &format!("{path}one"))
        }
        (Method::PATCH, path) => {
            kept.upload.extend_from_slice(&body);
            let last = kept.upload.len() - 1;
            let range = [
                (header::LOCATION, path.to_owned()),
                (header::RANGE, format!("0-{last}")),
            ];
            (StatusCode::ACCEPTED, range).into_response()
        }
        (Method::PUT, path) if path.contains("/manifests/") => {
            keep(&mut kept, path.to_owned(), body);
            at(StatusCode::CREATED, path)
        }
        (Method::PUT, path) => {
            let mut bytes = std::mem::take(&mut kept.upload);
            bytes.extend_from_slice(&body);
            let query = head.uri.query().unwrap().replace("%3A", ":");
            assert!(query.contains(&format!("digest={}", sha256(&bytes))));
            let (blobs, _) = path.split_once("uploads/").unwrap();
            let place = format!("{blobs}{}", sha256(&bytes));
            keep(&mut kept, place.clone(), bytes.into());
            at(StatusCode::CREATED, &place)
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn is_allowed(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION);
    given.is_some_and(|it| it == CREDENTIALS)
}

fn keep(kept: &mut Kept, path: String, content: Bytes) {
    kept.content.insert(path.clone(), content);
    kept.order.push(path);
}

/// A registry on a free port; what it keeps, its address, and what it lives as long as.
async fn start(password_needed: bool) -> (Shared, String, JoinSet<()>) {
    let kept = Shared::default();
    kept.lock().unwrap().password_needed = password_needed;
    let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (kept, address, server)
}

#[tokio::test]
async fn a_registry_gets_every_blob_and_then_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let image = image(folder.path());
    let (kept, address, _server) = start(false).await;
    let registry = Registry::with(&format!("{address}/team/"), RegistryAuth::Anonymous).unwrap();
    let name = registry.push(&image).await.unwrap();
    assert_eq!(
        name,
        format!("{address}/team/storyloom/story-service:1.2.3-rc.1")
    );
    let manifest = "/v2/team/storyloom/story-service/manifests/1.2.3-rc.1";
    {
        let kept = kept.lock().unwrap();
        assert_eq!(&kept.content[manifest], image.manifest().bytes());
        assert_eq!(kept.order.last().unwrap(), manifest);
        for blob in image.blobs() {
            let path = format!("/v2/team/storyloom/story-service/blobs/{}", blob.digest());
            assert_eq!(&kept.content[&path], blob.bytes());
        }
    }
    // The second time all is there, and only the name is set again.
    let before = kept.lock().unwrap().order.len();
    registry.push(&image).await.unwrap();
    assert_eq!(kept.lock().unwrap().order.len(), before + 1);
}

#[tokio::test]
async fn a_registry_may_ask_for_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let image = image(folder.path());
    let (kept, address, _server) = start(true).await;
    let stranger = Registry::with(&address, RegistryAuth::Anonymous).unwrap();
    stranger.push(&image).await.unwrap_err();
    assert!(kept.lock().unwrap().content.is_empty());
    let auth = RegistryAuth::Basic("reader".to_owned(), "secret".to_owned());
    let known = Registry::with(&address, auth).unwrap();
    known.push(&image).await.unwrap();
    assert_eq!(kept.lock().unwrap().order.len(), 4);
}
