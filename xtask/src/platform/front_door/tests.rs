use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::routing::any;
use hyper::body::Frame;
use testkit::http::Client;
use tokio::sync::mpsc;

use super::*;

/// A door before two services; they answer who they are and what they were asked.
struct House {
    client: Client,
    _tasks: Vec<JoinSet<()>>,
}

impl House {
    async fn open() -> Self {
        let (auth, auth_task) = serve(echo("auth")).await;
        let (story, story_task) = serve(echo("story")).await;
        let (client, door) = door_to(auth, story).await;
        Self {
            client,
            _tasks: vec![auth_task, story_task, door],
        }
    }
}

async fn door_to(auth: SocketAddr, story: SocketAddr) -> (Client, JoinSet<()>) {
    let listener = listener(0).await.unwrap();
    let client = Client::new(format!("http://{}", listener.local_addr().unwrap()));
    let public_url = "http://localhost:8080".to_owned();
    let door = open(
        listener,
        Backends {
            auth,
            story,
            public_url,
        },
    );
    (client, door)
}

async fn serve(router: Router) -> (SocketAddr, JoinSet<()>) {
    let listener = listener(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, task)
}

fn echo(name: &'static str) -> Router {
    Router::new().fallback(any(async move |request: Request| {
        let header = |name: &str| {
            let value = request.headers().get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let seen = [header("x-forwarded-for"), header("x-hop"), header("host")].join("|");
        format!("{name} {} {seen}", request.uri())
    }))
}

#[tokio::test]
async fn paths_lead_to_the_service_that_answers_them() {
    let house = House::open().await;
    for (path, service) in [
        ("/v1/stories", "story"),
        ("/v1/stories/1/events?x=1", "story"),
        ("/v1/preferences", "story"),
        ("/v1/storieshelf", "auth"),
        ("/v1/me", "auth"),
        ("/", "auth"),
    ] {
        let said = house.client.get(path).send().await.expect(200).text();
        assert!(said.starts_with(&format!("{service} {path} ")), "{said}");
    }
}

#[tokio::test]
async fn the_client_is_named_last_and_what_is_for_this_hop_stays_behind() {
    let house = House::open().await;
    let request = house
        .client
        .get("/v1/me")
        .header("x-forwarded-for", "203.0.113.7");
    let request = request
        .header("connection", "x-hop")
        .header("x-hop", "secret");
    let said = request
        .header("host", "stories.example")
        .send()
        .await
        .text();
    assert_eq!(said, "auth /v1/me 203.0.113.7, 127.0.0.1||stories.example");
}

#[tokio::test]
async fn a_service_that_is_away_is_a_problem() {
    let nobody: SocketAddr = (Ipv4Addr::LOCALHOST, testkit::free_port()).into();
    let (client, _door) = door_to(nobody, nobody).await;
    let reply = client.get("/v1/me").send().await.expect(503);
    assert_eq!(reply.problem(), "temporarily-unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_huge_body_is_refused() {
    let house = House::open().await;
    let huge = vec![b'x'; 3 * 1024 * 1024];
    let reply = house
        .client
        .post("/v1/stories")
        .body("text/plain", huge)
        .send()
        .await;
    assert_eq!(reply.expect(413).problem(), "body-too-large");
}

#[tokio::test]
async fn events_pass_as_they_come() {
    let (sender, receiver) = mpsc::channel::<&'static str>(1);
    let receiver = Arc::new(Mutex::new(receiver));
    let router = Router::new().fallback(async move || Body::new(Told(receiver)));
    let (address, _task) = serve(router).await;
    let (client, _door) = door_to(address, address).await;
    let mut events = client.get("/v1/stories/1/events").events().await.unwrap();
    for text in ["event: plan\ndata: 1\n\n", "event: ready\ndata: 2\n\n"] {
        sender.send(text).await.unwrap();
        let event = events.next().await.unwrap().unwrap();
        assert!(text.starts_with(&format!("event: {}", event.name)));
    }
    drop(sender);
    assert_eq!(events.next().await.unwrap(), None);
}

/// A body that says what it is told to.
struct Told(Arc<Mutex<mpsc::Receiver<&'static str>>>);

impl axum::body::HttpBody for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.lock().unwrap().poll_recv(context);
        next.map(|text| text.map(|it| Ok(Frame::data(Bytes::from_static(it.as_bytes())))))
    }
}
