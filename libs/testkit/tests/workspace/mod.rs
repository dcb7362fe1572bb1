//! Reads what the rules are about: packages, files, and the names in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

pub struct Package {
    pub name: String,
    pub folder: PathBuf,
    pub dependencies: Vec<Dependency>,
}

pub struct Dependency {
    pub name: String,
    /// Part of this workspace.
    pub ours: bool,
}

/// An identifier that is imported or part of a path.
pub struct Word {
    pub text: String,
    pub line: usize,
    /// Nothing comes before it in its path.
    pub first: bool,
}

impl Package {
    /// Whether a word of its code means a crate of its manifest or a module of its `src`.
    /// A crate comes first in its path; elsewhere the same word is a module's or item's.
    pub fn means_something(&self, word: &Word) -> bool {
        let is_crate = |it: &Dependency| it.name.replace('-', "_") == word.text;
        let modules = entries(&self.folder.join("src"));
        word.first && self.dependencies.iter().any(is_crate)
            || modules.iter().any(|it| stem(it) == word.text)
    }
}

/// The packages of this workspace with their dependencies, less those of tests.
pub fn packages() -> Vec<Package> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |it: &Value| Dependency {
        name: text(&it["name"]),
        ours: it["path"].is_string(),
    };
    let package = |it: &Value| Package {
        name: text(&it["name"]),
        folder: Path::new(&text(&it["manifest_path"])).with_file_name(""),
        dependencies: list(&it["dependencies"])
            .iter()
            .filter(|it| it["kind"] != "dev")
            .map(dependency)
            .collect(),
    };
    list(&metadata["packages"]).iter().map(package).collect()
}

/// Every identifier that is imported or part of a path (`a::b`).
pub fn path_words(file: &Path) -> Vec<Word> {
    let source = fs::read_to_string(file).unwrap();
    let source = source.replace("#[tokio::test]", "#[test]");
    let mut words = Vec::new();
    collect_path_words(source.parse().unwrap(), false, true, &mut words);
    words
}

fn collect_path_words(
    tokens: TokenStream,
    mut importing: bool,
    first: bool,
    words: &mut Vec<Word>,
) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_colon = |i: usize| tokens.get(i).is_some_and(|it| it.to_string() == ":");
    let is_joint = |i: usize| is_colon(i) && is_colon(i + 1);
    for (i, token) in tokens.iter().enumerate() {
        let follows = i >= 2 && is_joint(i - 2);
        match token {
            TokenTree::Group(group) => {
                collect_path_words(group.stream(), importing, first && !follows, words);
            }
            TokenTree::Ident(word) if word == "use" => importing = true,
            TokenTree::Ident(word) => {
                if importing || is_joint(i + 1) || follows {
                    words.push(Word {
                        text: word.to_string(),
                        line: word.span().start().line,
                        first: first && !follows,
                    });
                }
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => importing = false,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|p| p.is_dir());
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|end| end == "rs");
    let deeper = folders.iter().flat_map(|folder| rust_files(folder));
    files.into_iter().filter(is_rust).chain(deeper).collect()
}

/// What lies directly in a folder; nothing if there is no such folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
