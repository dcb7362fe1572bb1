//! The table of values in the chart's README, made from the comments in `values.yaml`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::values;
use crate::chart::folder;
use crate::checks::Outcome;
use crate::console;

const BEGIN: &str = "<!-- values: begin -->";
const END: &str = "<!-- values: end -->";
/// What a description begins with.
const MARK: &str = "# -- ";

/// A value that is described.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub key: String,
    default: String,
    about: String,
}

/// Fails if the README's table is not what the values give.
pub fn check() -> anyhow::Result<Outcome> {
    let readme = fs::read_to_string(readme())?;
    let rows = rows(&values()?)?;
    anyhow::ensure!(
        readme == with_table(&readme, &rows)?,
        "the table of values in the chart's README is out of date; type: cargo xtask chart --write"
    );
    Ok(Outcome::Passed(format!("{} rows", rows.len())))
}

/// Writes the table anew.
pub fn write() -> anyhow::Result<()> {
    let text = fs::read_to_string(readme())?;
    let rows = rows(&values()?)?;
    fs::write(readme(), with_table(&text, &rows)?)?;
    console::line(&format!("{} values are in the chart's README", rows.len()));
    Ok(())
}

fn readme() -> PathBuf {
    folder().join("README.md")
}

fn with_table(readme: &str, rows: &[Row]) -> anyhow::Result<String> {
    let (before, rest) = readme.split_once(BEGIN).context(BEGIN)?;
    let (_, after) = rest.split_once(END).context(END)?;
    let mut table = "| value | default | what it does |\n|---|---|---|\n".to_owned();
    for Row {
        key,
        default,
        about,
    } in rows
    {
        let cells = [format!("`{key}`"), cell(default), about.replace('|', "\\|")];
        table.extend(["| ", &cells.join(" | "), " |\n"]);
    }
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

fn cell(default: &str) -> String {
    let default = default.replace('|', "\\|");
    if default.is_empty() {
        return default;
    }
    format!("`{default}`")
}

/// The values with a description, in the order in which they stand.
pub fn rows(text: &str) -> anyhow::Result<Vec<Row>> {
    let values: Value = serde_saphyr::from_str(text)?;
    let mut rows = Vec::new();
    let mut path: Vec<(usize, &str)> = Vec::new();
    let mut about: Option<String> = None;
    for line in text.lines() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if let Some(first) = code.strip_prefix(MARK) {
            about = Some(first.to_owned());
        } else if let Some(more) = code.strip_prefix("# ") {
            if let Some(about) = &mut about {
                about.extend([" ", more]);
            }
        } else if let Some(key) = key(code) {
            path.retain(|(outer, _)| *outer < indent);
            path.push((indent, key));
            if let Some(about) = about.take() {
                rows.push(row(&values, &path, about));
            }
        }
    }
    Ok(rows)
}

/// The key that a line sets.
fn key(code: &str) -> Option<&str> {
    let (key, rest) = code.split_once(':')?;
    let word = key.chars().all(|it| it.is_ascii_alphanumeric());
    (word && (rest.is_empty() || rest.starts_with(' '))).then_some(key)
}

fn row(values: &Value, path: &[(usize, &str)], about: String) -> Row {
    let names: Vec<_> = path.iter().map(|(_, name)| *name).collect();
    let default = values.pointer(&format!("/{}", names.join("/")));
    Row {
        key: names.join("."),
        default: default.map(ToString::to_string).unwrap_or_default(),
        about,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &str = "# A section.\na:\n  # -- First\n  # line | bar.\n  b: x\n  # Aside.\n  c:\n    # -- List.\n    d: [1]\n# -- Last.\ne: {}\n";

    #[test]
    fn comments_become_rows() {
        let rows = rows(VALUES).unwrap();
        let keys: Vec<_> = rows.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["a.b", "a.c.d", "e"]);
        assert_eq!(rows[0].about, "First line | bar.");
        assert_eq!(rows[1].default, "[1]");
    }

    #[test]
    fn the_table_stands_between_its_marks() {
        let readme = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let table = with_table(&readme, &rows(VALUES).unwrap()).unwrap();
        assert!(table.starts_with("before\n"), "{table}");
        assert!(table.ends_with("after\n"), "{table}");
        assert!(
            table.contains("| `a.b` | `\"x\"` | First line \\| bar. |"),
            "{table}"
        );
        assert!(!table.contains("old"), "{table}");
    }
}
