//! Links between our own pages lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use super::report::Outcome;
use crate::tree;

/// Folders that are not ours to check.
const LEFT_OUT: [&str; 3] = ["target", ".git", "node_modules"];

/// Every relative link of every page names a file or folder that is there.
pub fn check() -> anyhow::Result<Outcome> {
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages(&tree::root())? {
        let text = fs::read_to_string(&page)?;
        for link in links(&text) {
            count += 1;
            let target = page.with_file_name("").join(&link);
            if !target.exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    anyhow::ensure!(broken.is_empty(), "broken links: {}", broken.join(", "));
    Ok(Outcome::Passed(format!("{count} lead somewhere")))
}

fn pages(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !LEFT_OUT.contains(&name.as_ref()) {
            pages.extend(self::pages(&path)?);
        } else if name.ends_with(".md") {
            pages.push(path);
        }
    }
    Ok(pages)
}

/// The relative targets of `[text](target)`, without what follows a `#`; not those in code.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if !in_code {
            let prose = line.split('`').step_by(2).collect::<String>();
            let targets = prose
                .split("](")
                .skip(1)
                .filter_map(|it| it.split_once(')'));
            links.extend(targets.filter_map(|(target, _)| relative(target)));
        }
    }
    links
}

fn relative(target: &str) -> Option<String> {
    let file = target.split(['#', ' ']).next().unwrap_or_default();
    let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
    (!elsewhere).then(|| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_are_found() {
        let page = "See [a](docs/a.md#part), [b](https://b.example), `[c](c.md)` and [d](#d).\n\
            ```\n[e](e.md)\n```\n[f](f.md)";
        assert_eq!(links(page), ["docs/a.md", "f.md"]);
    }
}
