//! Checks by packages of Python.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::checks::Outcome;
use crate::tools;

/// Names the folder with published schemas.
const SCHEMAS: &str = "STORYLOOM_SCHEMAS";

/// Every document fits a schema, which is looked for where the environment says.
pub async fn fits_schema(schema: &str, documents: &[Value]) -> anyhow::Result<Outcome> {
    let Some(folder) = env::var_os(SCHEMAS).map(PathBuf::from) else {
        let without = format!("names and paths are right; no {schema}: {SCHEMAS} is not set");
        return Ok(Outcome::Skipped(without));
    };
    let path = folder.join(schema);
    let text = std::fs::read_to_string(&path);
    let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
    let schema: Value = serde_json::from_str(&text)?;
    let input = json!({"schema": schema, "documents": documents});
    let Some(faults) = run(include_str!("schema.py"), &input).await? else {
        return Ok(Outcome::Skipped("jsonschema cannot be had".to_owned()));
    };
    anyhow::ensure!(faults == json!([]), "{faults}");
    Ok(Outcome::Passed(format!("{} variants", documents.len())))
}

/// Runs a script with this input; answers what it printed as JSON, or nothing where Python's
/// packages cannot be had.
pub async fn run(script: &str, input: &Value) -> anyhow::Result<Option<Value>> {
    let Some(folder) = tools::INNER_LOOP.try_install().await? else {
        return Ok(None);
    };
    let mut python = Command::new(folder.join("python3"));
    python.args(["-c", script]);
    python
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = python.kill_on_drop(true).spawn()?;
    let mut stdin = child.stdin.take().context("the script reads")?;
    stdin.write_all(&serde_json::to_vec(input)?).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}", said.trim());
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}
