use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use problem::{Problem, codes};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

/// How bodies may arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) arrive_within: Duration,
}

/// How much of a body nobody wants is read.
const DRAINED: u64 = 1024 * 1024;

/// Middleware: a body has to arrive in time, and what the handler left of it is read
/// before the answer goes out, up to a limit. A proxy that is still sending when the
/// answer comes tells its client of a broken connection instead.
pub(crate) async fn drain(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let deadline = Instant::now() + limits.arrive_within;
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let lender = Lender::new(body, deadline);
    let lent = Body::new(lender.lend());
    let response = next.run(Request::from_parts(parts, lent)).await;
    let Lent { late, begun, rest } = lender.take_back();
    if late {
        return too_slow();
    }
    // A client that waits for leave to send its body is simply not given it.
    if let Some(rest) = rest.filter(|_| begun || !asks_first) {
        let read = read_away(rest);
        let read = timeout_at(deadline, read).await;
        tracing::trace!(in_time = read.is_ok(), "rest of the body read");
    }
    response
}

async fn read_away(mut body: Body) {
    let mut read = 0;
    while read < DRAINED {
        match body.frame().await {
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, |data| data.len() as u64),
            _ => return,
        }
    }
}

fn too_slow() -> Response {
    let problem = Problem::new(&codes::REQUEST_TIMEOUT, "the body did not arrive in time");
    let close = HeaderValue::from_static("close");
    problem
        .with_header(header::CONNECTION, close)
        .into_response()
}

/// Lends a body to a handler and gets back what the handler did not read.
struct Lender {
    shelf: Arc<Mutex<Lent>>,
    deadline: Instant,
}

/// What is known of a lent body; `rest` is there once the handler is done with it.
struct Lent {
    late: bool,
    begun: bool,
    rest: Option<Body>,
}

impl Lender {
    fn new(body: Body, deadline: Instant) -> Self {
        let lent = Lent {
            late: false,
            begun: false,
            rest: Some(body),
        };
        Self {
            shelf: Arc::new(Mutex::new(lent)),
            deadline,
        }
    }

    fn lend(&self) -> TimedBody {
        TimedBody {
            body: locked(&self.shelf).rest.take(),
            shelf: Arc::clone(&self.shelf),
            timer: Box::pin(sleep_until(self.deadline)),
        }
    }

    fn take_back(self) -> Lent {
        let mut lent = locked(&self.shelf);
        Lent {
            late: lent.late,
            begun: lent.begun,
            rest: lent.rest.take(),
        }
    }
}

/// A body that fails when its time is up, and goes back on the shelf when it is dropped.
struct TimedBody {
    body: Option<Body>,
    shelf: Arc<Mutex<Lent>>,
    timer: Pin<Box<Sleep>>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        if this.timer.as_mut().poll(context).is_ready() {
            locked(&this.shelf).late = true;
            return Poll::Ready(Some(Err(axum::Error::new(Late))));
        }
        locked(&this.shelf).begun = true;
        let frame = ready!(Pin::new(body).poll_frame(context));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        locked(&self.shelf).rest = self.body.take();
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct Late;

fn locked(shelf: &Mutex<Lent>) -> std::sync::MutexGuard<'_, Lent> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
