use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::Block;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::application::ports::PasswordRefused;

/// How many may hash and wait.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many hash at once.
    pub at_once: usize,
    /// How many wait besides.
    pub queue: usize,
    /// How long somebody waits at most.
    pub patience: Duration,
}

/// Memory to hash in; it is kept from one hash to the next.
pub(super) type Arena = Vec<Block>;

/// Lets so many hash at once and so many wait; each who hashes has an arena alone. Arenas
/// are made when they are first needed.
pub(super) struct Seats {
    /// Those who hash or wait.
    inside: Arc<Semaphore>,
    /// Those who hash.
    hashing: Arc<Semaphore>,
    arenas: Arc<Mutex<Vec<Arena>>>,
    patience: Duration,
}

impl Seats {
    pub(super) fn new(crowd: Crowd) -> Self {
        Self {
            inside: Arc::new(Semaphore::new(crowd.at_once + crowd.queue)),
            hashing: Arc::new(Semaphore::new(crowd.at_once)),
            arenas: Arc::new(Mutex::new(Vec::new())),
            patience: crowd.patience,
        }
    }

    /// Does `work` on a thread where it may take its time. Once begun it goes on even if
    /// the caller leaves, and keeps its seat so long.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Arena) -> T + Send + 'static,
    ) -> Result<T, PasswordRefused> {
        let seat = self.take().await?;
        let arenas = self.arenas.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut arena = locked(&arenas).pop().unwrap_or_default();
            let result = work(&mut arena);
            locked(&arenas).push(arena);
            drop(seat);
            result
        });
        task.await
            .map_err(|error| PasswordRefused::Failed(error.into()))
    }

    async fn take(&self) -> Result<[OwnedSemaphorePermit; 2], PasswordRefused> {
        let inside = self.inside.clone().try_acquire_owned();
        let inside = inside.map_err(|_| PasswordRefused::Busy)?;
        let hashing = timeout(self.patience, self.hashing.clone().acquire_owned()).await;
        match hashing {
            Ok(Ok(hashing)) => Ok([hashing, inside]),
            Ok(Err(_)) | Err(_) => Err(PasswordRefused::Busy),
        }
    }
}

fn locked(arenas: &Mutex<Vec<Arena>>) -> std::sync::MutexGuard<'_, Vec<Arena>> {
    arenas.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn seats(queue: usize, patience_ms: u64) -> Seats {
        Seats::new(Crowd {
            at_once: 1,
            queue,
            patience: Duration::from_millis(patience_ms),
        })
    }

    #[tokio::test]
    async fn whoever_finds_no_room_is_sent_away_at_once() {
        let seats = seats(0, 60_000);
        let (release, wait) = mpsc::channel::<()>();
        let first = seats.run(move |_| wait.recv().ok());
        let second = async {
            let refused = seats.run(|_| ()).await;
            release.send(()).unwrap();
            refused
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok());
        assert!(matches!(second, Err(PasswordRefused::Busy)));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let seats = seats(1, 1);
        let (release, wait) = mpsc::channel::<()>();
        let first = seats.run(move |_| wait.recv().ok());
        let second = async {
            let refused = seats.run(|_| ()).await;
            release.send(()).unwrap();
            refused
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok());
        assert!(matches!(second, Err(PasswordRefused::Busy)));
    }

    #[tokio::test]
    async fn a_caller_who_leaves_frees_no_seat() {
        let seats = seats(0, 1);
        let (begun, begins) = mpsc::channel::<()>();
        let (release, wait) = mpsc::channel::<()>();
        let impatient = seats.run(move |_| {
            begun.send(()).unwrap();
            wait.recv().ok()
        });
        let left = timeout(Duration::from_millis(20), impatient).await;
        assert!(left.is_err());
        begins.recv().unwrap();
        assert!(seats.run(|_| ()).await.is_err());
        release.send(()).unwrap();
        testkit::eventually(Duration::from_secs(5), async || {
            seats.run(|_| ()).await.ok()
        })
        .await;
    }

    #[tokio::test]
    async fn memory_is_used_again() {
        let seats = seats(0, 1);
        seats
            .run(|arena| arena.resize(8, Block::new()))
            .await
            .unwrap();
        assert_eq!(seats.run(|arena| arena.len()).await.unwrap(), 8);
    }
}
