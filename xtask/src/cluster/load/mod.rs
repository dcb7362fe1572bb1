//! Readers who use the release while something is done to it, and the books about them: what
//! was refused, what was promised, what came.

mod books;
mod doors;
mod reader;
mod tally;
mod traffic;

pub use books::Books;
pub use doors::Doors;
pub use reader::Reader;
pub use tally::Tally;
pub use traffic::Traffic;

use super::release::NAME;
use super::stage::Stage;

/// Asks the release's database as its administrator; `|` between the columns of a row.
pub async fn psql(stage: &Stage, sql: &str) -> anyhow::Result<String> {
    let pod = format!("{NAME}-postgres-0");
    let psql = ["psql", "-U", "postgres", "-d", "storyloom", "-tAc", sql];
    let exec = ["exec", &pod, "--container=postgres", "--"];
    let answer = stage.kubectl(&[&exec[..], &psql[..]].concat()).await?;
    Ok(answer.trim().to_owned())
}

/// How many rows an SQL query with `count` counts.
pub async fn count(stage: &Stage, sql: &str) -> anyhow::Result<u64> {
    Ok(psql(stage, sql).await?.parse()?)
}
