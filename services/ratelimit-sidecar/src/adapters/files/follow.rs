use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{BadRules, parse};
use crate::domain::Rules;

/// How often the file is read.
const LOOK: Duration = Duration::from_millis(100);

/// Reads a rules file again and again until `stop`, since one in a mounted volume changes
/// behind symbolic links. What it says goes to `replace`, which tells whether that is
/// anything new; a bad file is logged and changes nothing.
pub async fn follow(path: PathBuf, replace: impl Fn(Rules) -> bool, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    let mut known = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => {}
        }
        let text = read(&path).await;
        let seen = text.as_ref().map_or_else(ToString::to_string, Clone::clone);
        if known.as_ref() == Some(&seen) {
            continue;
        }
        known = Some(seen);
        match text.and_then(|text| parse(&text)) {
            Ok(rules) => {
                if replace(rules) {
                    tracing::info!("rules replaced");
                }
            }
            Err(error) => tracing::error!(error.message = %error, "bad rules not taken"),
        }
    }
}

async fn read(path: &Path) -> Result<String, BadRules> {
    let text = tokio::fs::read_to_string(path).await;
    text.map_err(|source| BadRules::Unreadable {
        path: path.to_owned(),
        source,
    })
}
