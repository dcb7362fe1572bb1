use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

/// How many lines may wait to be written.
const WAITING: usize = 4096;
/// How long the end of the process waits for them.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many log lines were lost since the start because they could not be written in time.
pub fn dropped_lines() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Writes lines on a thread of its own, so that nobody waits for a slow reader. When too
/// many wait, new ones are lost and counted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer(SyncSender<Message>);

impl Writer {
    /// A writer to standard output.
    pub(crate) fn stdout() -> std::io::Result<Self> {
        use std::os::fd::AsFd as _;
        // The file itself, since the standard handle would cut long lines in pieces.
        let file = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
        Self::to(file)
    }

    /// A writer to anywhere.
    pub(crate) fn to(output: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        let work = move || write_all(output, &receiver);
        thread::Builder::new().name("log".to_owned()).spawn(work)?;
        Ok(Self(sender))
    }

    /// Has a line written, with one call.
    pub(crate) fn write(&self, line: Vec<u8>) {
        if self.0.try_send(Message::Line(line)).is_err() {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines so far have been written, for a while.
    pub(crate) fn flush(&self) {
        let (done, wait) = sync_channel(1);
        let mut message = Message::Flush(done);
        // The queue may be full: its reader makes room, if anybody reads at all.
        for _ in 0..FLUSH_WITHIN.as_millis() {
            match self.0.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => message = back,
                Err(TrySendError::Disconnected(_)) => return,
            }
            thread::sleep(Duration::from_millis(1));
        }
        wait.recv_timeout(FLUSH_WITHIN).ok();
    }
}

fn write_all(mut output: impl Write, messages: &Receiver<Message>) {
    for message in messages {
        match message {
            Message::Line(line) => {
                if output.write_all(&line).is_err() {
                    DROPPED.fetch_add(1, Ordering::Relaxed);
                }
            }
            Message::Flush(done) => {
                output.flush().ok();
                done.send(()).ok(); // whoever waited may be gone
            }
        }
    }
}
