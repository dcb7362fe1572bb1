//! The values: described, closed against typos, and nothing that a service could not read.

pub mod config;
pub mod described;
pub mod refusals;
pub mod table;
pub mod typos;

use std::fs;

use anyhow::Context as _;
use serde_json::Value;

use super::folder;

fn values() -> anyhow::Result<String> {
    let file = folder().join("values.yaml");
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

fn schema() -> anyhow::Result<Value> {
    let file = folder().join("values.schema.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

/// The schema that a `$ref` of the same file means; else the schema itself.
fn resolved<'a>(schema: &'a Value, of: &'a Value) -> &'a Value {
    let reference = of.get("$ref").and_then(Value::as_str);
    let place = reference.and_then(|it| it.strip_prefix('#'));
    place.and_then(|it| schema.pointer(it)).unwrap_or(of)
}
