//! An API server that knows Secrets alone, as far as versions and merge patches go.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use serde_json::{Map, Value, json};

type Meddler = Box<dyn FnMut(&Method, &mut Secrets) + Send>;

/// The Secrets, by name.
pub type Secrets = BTreeMap<String, Value>;

#[derive(Clone, Default)]
pub struct FakeApi(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    secrets: Secrets,
    version: u64,
    /// What was asked, as `POST /…`, with the content type of patches.
    asked: Vec<String>,
    meddler: Option<Meddler>,
    refusal: Option<(u16, &'static str)>,
}

impl FakeApi {
    /// A client of the namespace `here`.
    pub fn client(&self) -> Client {
        let api = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.serve(request).await) }
        });
        Client::new(service, "here")
    }

    /// Does something before each request is served, as others might.
    pub fn meddle(&self, meddler: impl FnMut(&Method, &mut Secrets) + Send + 'static) {
        self.0.lock().unwrap().meddler = Some(Box::new(meddler));
    }

    /// From now on it answers nothing but this.
    pub fn refuse(&self, code: u16, message: &'static str) {
        self.0.lock().unwrap().refusal = Some((code, message));
    }

    pub fn secret(&self, name: &str) -> Option<Value> {
        self.0.lock().unwrap().secrets.get(name).cloned()
    }

    pub fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let mut state = self.0.lock().unwrap();
        let kind = head.headers.get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap());
        let asked = format!("{} {} {kind}", head.method, head.uri.path());
        state.asked.push(asked.trim_end().to_owned());
        if let Some((code, message)) = state.refusal {
            return refusal(code, message);
        }
        if let Some(mut meddler) = state.meddler.take() {
            meddler(&head.method, &mut state.secrets);
            state.meddler = Some(meddler);
        }
        let path = head
            .uri
            .path()
            .strip_prefix("/api/v1/namespaces/here/secrets");
        let name = path.unwrap().trim_start_matches('/').to_owned();
        state.answer(&head.method, &name, body)
    }
}

impl State {
    fn answer(&mut self, method: &Method, name: &str, body: Value) -> Response<Body> {
        match *method {
            Method::POST => self.create(body),
            Method::GET => match self.secrets.get(name) {
                Some(secret) => answer(201, secret),
                None => refusal(404, "not found"),
            },
            Method::PATCH => self.patch(name, &body),
            _ => refusal(405, "not allowed"),
        }
    }

    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    fn create(&mut self, mut secret: Value) -> Response<Body> {
        let name = secret["metadata"]["name"].as_str().unwrap().to_owned();
        if self.secrets.contains_key(&name) {
            return refusal(409, "already exists");
        }
        secret["metadata"]["resourceVersion"] = json!(self.next_version());
        self.secrets.insert(name.clone(), secret);
        answer(201, &self.secrets[&name])
    }

    fn patch(&mut self, name: &str, patch: &Value) -> Response<Body> {
        let version = self.next_version();
        let Some(secret) = self.secrets.get_mut(name) else {
            return refusal(404, "not found");
        };
        let wanted = &patch["metadata"]["resourceVersion"];
        if !wanted.is_null() && *wanted != secret["metadata"]["resourceVersion"] {
            return refusal(409, "the object has been modified");
        }
        merge(secret, patch);
        secret["metadata"]["resourceVersion"] = json!(version);
        answer(200, secret)
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

fn answer(code: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(code).unwrap())
        .body(Body::from(serde_json::to_vec(body).unwrap()))
        .unwrap()
}

fn refusal(code: u16, message: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": message, "reason": message, "code": code,
    });
    answer(code, &status)
}
