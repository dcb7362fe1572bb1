use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::patience::Patience;
use crate::stream::Stream;

/// How many entries one `XACK` takes.
const BATCH: usize = 200;

/// Takes entries to be acknowledged.
pub(crate) type Acks = UnboundedSender<String>;

pub(crate) fn channel() -> (Acks, UnboundedReceiver<String>) {
    mpsc::unbounded_channel()
}

/// Acknowledges what is sent, gathered, and tries until Redis takes it. Ends when every sender
/// is gone and all is acknowledged.
pub(crate) async fn run(stream: Stream, mut entries: UnboundedReceiver<String>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut patience = Patience::new();
    while entries.recv_many(&mut batch, BATCH).await > 0 {
        while let Err(error) = stream.ack(&batch).await {
            if patience.is_fresh() {
                tracing::warn!(%error, "entries could not be acknowledged");
            }
            tokio::time::sleep(patience.wait()).await;
        }
        patience.forget();
        batch.clear();
    }
}
