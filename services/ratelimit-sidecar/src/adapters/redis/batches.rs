use std::sync::Arc;
use std::time::Duration;

use redis::{ErrorKind, RedisError};
use runtime::Tasks;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};

use super::draw::Request;
use super::store::Store;
use crate::application::ports::{Level, StoreAway};

/// Asks Redis for many requests in one call, without ever waiting for more to come.
///
/// A request that finds a call free is asked for at once; while all are under way, the
/// others gather, and the next call takes all of them along.
pub(super) struct Batches {
    store: Arc<Store>,
    calls: Arc<Semaphore>,
    queue: mpsc::Sender<Waiting>,
}

type Answer = Result<Vec<Level>, StoreAway>;

struct Waiting {
    request: Request,
    answer: oneshot::Sender<Answer>,
}

impl Batches {
    /// How many calls are under way at most.
    const CALLS: usize = 2;
    /// How many buckets one call asks for, and some more if its last request has several.
    const LARGEST: usize = 256;
    /// How many requests wait at most; more are not asked for.
    const LONGEST: usize = 4096;

    /// A call that takes longer than the deadline makes room for the next. Ends with the
    /// tasks.
    pub(super) fn new(store: Arc<Store>, deadline: Duration, tasks: &Tasks) -> Self {
        let (queue, waiting) = mpsc::channel(Self::LONGEST);
        let calls = Arc::new(Semaphore::new(Self::CALLS));
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..Self::CALLS {
            let (waiting, calls, store) = (waiting.clone(), calls.clone(), store.clone());
            let stop = tasks.stopping();
            tasks.keep("batches", async move {
                let gathered = gather(&waiting, &calls, &store, deadline);
                stop.run_until_cancelled(gathered).await;
            });
        }
        Self {
            store,
            calls,
            queue,
        }
    }

    /// Takes for one request.
    pub(super) async fn take(&self, request: Request) -> Answer {
        if let Ok(_call) = self.calls.try_acquire() {
            let levels = self.store.take(&[request]).await.map_err(|it| away(&it))?;
            return levels.into_iter().next().ok_or(StoreAway::Silent);
        }
        let (answer, said) = oneshot::channel();
        let waiting = Waiting { request, answer };
        let queued = self.queue.try_send(waiting);
        queued.map_err(|_| StoreAway::NotAsked)?;
        said.await.unwrap_or(Err(StoreAway::Silent))
    }
}

/// Sends off what waits as soon as a call is free.
async fn gather(
    waiting: &Mutex<mpsc::Receiver<Waiting>>,
    calls: &Semaphore,
    store: &Store,
    deadline: Duration,
) {
    loop {
        let mut waiting = waiting.lock().await;
        let (Some(first), Ok(call)) = (waiting.recv().await, calls.acquire().await) else {
            return;
        };
        let mut size = first.request.len();
        let mut batch = vec![first];
        while size < Batches::LARGEST
            && let Ok(next) = waiting.try_recv()
        {
            size += next.request.len();
            batch.push(next);
        }
        drop(waiting);
        answer(batch, store, deadline).await;
        drop(call);
    }
}

/// Leaves out who has stopped waiting.
async fn answer(batch: Vec<Waiting>, store: &Store, deadline: Duration) {
    let waiting = batch.into_iter().filter(|it| !it.answer.is_closed());
    let (requests, answers): (Vec<_>, Vec<_>) = waiting.map(|it| (it.request, it.answer)).unzip();
    if requests.is_empty() {
        return;
    }
    let taken = tokio::time::timeout(deadline, store.take(&requests)).await;
    let taken = match taken {
        Ok(taken) => taken.map_err(|error| away(&error)),
        Err(_) => Err(StoreAway::Silent),
    };
    let mut levels = taken.map(Vec::into_iter);
    for answer in answers {
        let own = levels.as_mut().map_err(|away| *away);
        let own = own.and_then(|levels| levels.next().ok_or(StoreAway::Silent));
        let _gone = answer.send(own);
    }
}

/// Whether Redis may have done it nevertheless.
pub(super) fn away(error: &RedisError) -> StoreAway {
    tracing::debug!(error.message = %error, "redis refused a check");
    match error.kind() {
        ErrorKind::Server(_) => StoreAway::NotAsked,
        _ => StoreAway::Silent,
    }
}
