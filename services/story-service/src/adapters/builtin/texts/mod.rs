//! The built-in storyteller's texts: TOML files in the binary, read once into the domain's grammar.

mod files;
mod lexicon;
#[cfg(test)]
mod lint;
mod plots;
#[cfg(test)]
mod small;

use crate::domain::storyteller::{
    Alt, Condition, FlagList, Grammar, PickOption, Pools, Symbols, WishDefaults,
};

/// Why the grammar cannot be used. The files are part of the binary, so a test finds it first.
#[derive(Debug, thiserror::Error)]
pub enum GrammarError {
    #[error("{file}: {problem}")]
    Toml { file: String, problem: String },
    #[error("{file}: {problem}")]
    Text { file: String, problem: String },
}

impl GrammarError {
    fn text(file: &str, problem: impl Into<String>) -> Self {
        Self::Text {
            file: file.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Reads what the English grammar knows of wishes. That is little: only who tells needs it all.
pub fn wish_defaults() -> Result<WishDefaults, GrammarError> {
    let defaults = lexicon(files::LEXICON)?.wish_defaults();
    defaults.map_err(|problem| GrammarError::text(LEXICON, problem))
}

/// Reads the English grammar.
pub fn grammar() -> Result<Grammar, GrammarError> {
    read(files::LEXICON, files::PLOTS)
}

/// Reads a grammar. Each file is read twice, once for what it declares and once for its texts,
/// so that never more than one of them is in memory as it was written.
fn read(words: &str, plots: &[(&str, &str)]) -> Result<Grammar, GrammarError> {
    let tags = lexicon(words)?
        .tags()
        .map_err(|problem| GrammarError::text(LEXICON, problem))?;
    let mut symbols = Symbols::new(&tags);
    lexicon(words)?.declare(&mut symbols);
    for (name, text) in plots {
        parsed::<plots::PlotFile>(name, text)?.declare(&mut symbols);
    }
    let mut grammar = lexicon(words)?
        .read(&mut symbols)
        .map_err(|problem| GrammarError::text(LEXICON, problem))?;
    for (name, text) in plots {
        let read = parsed::<plots::PlotFile>(name, text)?.read(&mut symbols);
        let plot = read.map_err(|problem| GrammarError::text(name, problem))?;
        grammar.plots.push(plot);
    }
    grammar.sentences = symbols.sentences();
    grammar.flags = symbols.flags.clone();
    grammar.version = version(words, plots);
    grammar.tags = tags.clone();
    Ok(grammar)
}

const LEXICON: &str = "lexicon.toml";

fn lexicon(text: &str) -> Result<lexicon::LexiconFile, GrammarError> {
    parsed(LEXICON, text)
}

fn parsed<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, GrammarError> {
    toml::from_str(text).map_err(|error| GrammarError::Toml {
        file: file.to_owned(),
        problem: error.to_string(),
    })
}

/// A number of the texts: any change of them changes it.
fn version(words: &str, plots: &[(&str, &str)]) -> String {
    let texts = plots.iter().map(|(_, text)| *text).chain([words]);
    let hash = texts
        .flat_map(str::bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("en-{:08x}", hash >> 32)
}

/// A table of a file: names and their texts.
type Table = toml::Table;

/// Says which parts the options of a pick have.
fn declare_pools<'t>(
    pools: impl Iterator<Item = (&'t String, &'t toml::Value)>,
    symbols: &mut Symbols<'_>,
) {
    for (name, pool) in pools {
        symbols.declare(name, "");
        for option in pool
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_table)
        {
            option.keys().for_each(|part| symbols.declare(name, part));
        }
    }
}

/// Reads what can be chosen from, by name.
fn pools<'t>(
    pools: impl Iterator<Item = (&'t String, &'t toml::Value)>,
    symbols: &mut Symbols<'_>,
) -> Result<Pools, String> {
    let mut read = Pools::new();
    for (name, pool) in pools {
        let options = pool
            .as_array()
            .ok_or_else(|| format!("{name} is no list"))?;
        let number = symbols.pick(name).ok_or("too many picks")?;
        let options = options.iter().map(|option| pick_option(option, symbols));
        read.insert(number, options.collect::<Result<_, _>>()?);
    }
    Ok(read)
}

fn pick_option(value: &toml::Value, symbols: &mut Symbols<'_>) -> Result<PickOption, String> {
    if let Some(text) = value.as_str() {
        let alt = Alt::parse(text, symbols)?;
        return Ok(PickOption {
            condition: alt.condition.clone(),
            sets: FlagList::default(),
            parts: [(symbols.part("").ok_or("too many parts")?, [alt].into())].into(),
        });
    }
    let table = value.as_table().ok_or("neither a text nor a table")?;
    let flags = table
        .get("flags")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten();
    let flags = flags
        .filter_map(toml::Value::as_str)
        .chain([text(table, "id")])
        .filter(|flag| !flag.is_empty());
    let parts = table
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "when" | "flags" | "id"));
    Ok(PickOption {
        condition: Condition::parse(text(table, "when"), symbols)?,
        sets: symbols.flags.numbers(flags).ok_or("too many flags")?,
        parts: parts
            .map(|(name, texts)| {
                let part = symbols.part(name).ok_or("too many parts")?;
                Ok((part, alts(texts, symbols)?))
            })
            .collect::<Result<_, String>>()?,
    })
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table
        .get(key)
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
}

/// Reads one wording or several.
fn alts(value: &toml::Value, symbols: &mut Symbols<'_>) -> Result<Box<[Alt]>, String> {
    match value {
        toml::Value::String(text) => Ok([Alt::parse(text, symbols)?].into()),
        toml::Value::Array(texts) => {
            let texts = texts
                .iter()
                .map(|text| text.as_str().ok_or("a wording is no text"));
            texts.map(|text| Alt::parse(text?, symbols)).collect()
        }
        _ => Err("neither a text nor a list of texts".to_owned()),
    }
}
