//! Checks of what brings a change to a cluster quickly: Skaffold's and Tilt's files. Neither
//! program is needed for them.

mod manifests;
mod python;
mod skaffold;
mod structure;
mod tiltfile;

pub use manifests::{check as manifests, objects};
pub use skaffold::check as skaffold;
pub use tiltfile::check as tiltfile;

use anyhow::Context as _;
use serde_json::Value;

use crate::tree;

/// A YAML file of this checkout; of several documents in it, all.
fn documents(path: &str) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(tree::root().join(path));
    let text = text.with_context(|| format!("{path} cannot be read"))?;
    serde_saphyr::from_multiple(&text).with_context(|| format!("{path} is no YAML"))
}

/// A YAML file with one document.
fn document(path: &str) -> anyhow::Result<Value> {
    let mut documents = documents(path)?;
    let one = documents.pop().filter(|_| documents.is_empty());
    one.with_context(|| format!("{path} has not one document"))
}

/// Something below; `null` where there is nothing.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The texts of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Fails unless a file or folder is there.
fn exists(path: &str) -> anyhow::Result<()> {
    anyhow::ensure!(tree::root().join(path).exists(), "there is no {path}");
    Ok(())
}
