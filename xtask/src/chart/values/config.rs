//! `<service>.config` of the values takes what the service's settings file lists, but for what
//! the chart sets itself: with the same types, nothing more and nothing less.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use serde_json::Value;

use super::{resolved, schema, values};
use crate::chart::objects::{Pod, Rendering, at, text};
use crate::chart::rules::changes::settings_file;
use crate::chart::{folder, passed_unless};
use crate::checks::Outcome;
use crate::tree;

/// What stands in the values, and the crate with the settings.
const SERVICES: [(&str, &str); 4] = [
    ("auth", "auth-service"),
    ("story", "story-service"),
    ("notification", "notification-service"),
    ("ratelimit", "ratelimit-sidecar"),
];
/// What the chart leaves as it is, since other objects count on it.
const FIXED: [&str; 7] = [
    "http.listen",
    "grpc.listen",
    "grpc.socket",
    "ops.listen",
    "ratelimit.socket",
    "rules.enforce",
    "bootstrap.role",
];
/// What only the role `migrate` reads, whose Job has no settings file.
const OF_MIGRATIONS: [&str; 2] = ["bootstrap.", "migrate."];

pub fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let schema = schema()?;
    let (mut faults, mut count) = (Vec::new(), 0);
    for (service, package) in SERVICES {
        let listed = listed(package)?;
        let mut set = set_by_chart(service, renderings)?;
        set.extend(FIXED.map(str::to_owned));
        let of = at(&schema, &format!("/$defs/{service}Config"));
        let taken = taken(of, &schema);
        count += taken.len();
        let named = |fault| format!("{service}.config: {fault}");
        faults.extend(differences(&listed, &set, &taken).into_iter().map(named));
    }
    passed_unless(&faults, format!("{count} settings of services"))
}

fn differences(
    listed: &BTreeMap<String, String>,
    set: &BTreeSet<String>,
    taken: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, kind) in listed {
        let migrates = OF_MIGRATIONS.iter().any(|it| key.starts_with(it));
        let own = set.contains(key) || migrates;
        match taken.get(key) {
            None if !own => faults.push(format!("{key} is not in the schema")),
            Some(_) if own => faults.push(format!("{key} is the chart's to set")),
            Some(other) if other != kind => {
                faults.push(format!("{key} is of type {kind}, not {other}"));
            }
            _ => {}
        }
    }
    let unknown = taken.keys().filter(|it| !listed.contains_key(*it));
    faults.extend(unknown.map(|it| format!("{it} is no setting of the service")));
    faults
}

/// Every setting of a service with its type, in the words of JSON Schema.
fn listed(package: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let file = tree::root().join(format!("services/{package}/settings.toml"));
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let keys = leaves(&text)?;
    let kinds = keys.into_iter().map(|(key, value)| {
        let kind = match value.type_str() {
            "float" => "number",
            other => other,
        };
        (key, kind.to_owned())
    });
    Ok(kinds.collect())
}

/// Keys and values of a settings file.
fn leaves(text: &str) -> anyhow::Result<Vec<(String, toml::Value)>> {
    let table: toml::Table = text.parse()?;
    let mut leaves = Vec::new();
    for (section, value) in table {
        match value {
            toml::Value::Table(table) => {
                let inner = table.into_iter();
                leaves.extend(inner.map(|(key, it)| (format!("{section}.{key}"), it)));
            }
            value => leaves.push((section, value)),
        }
    }
    Ok(leaves)
}

/// What the schema takes, with its type.
fn taken(of: &Value, schema: &Value) -> BTreeMap<String, String> {
    let mut taken = BTreeMap::new();
    let properties = |of: &Value| {
        let properties = of.get("properties").and_then(Value::as_object);
        properties.cloned().unwrap_or_default()
    };
    for (section, of) in properties(of) {
        let of = resolved(schema, &of);
        let inner = properties(of);
        if inner.is_empty() {
            taken.insert(section.clone(), text(of, "/type").to_owned());
        }
        for (key, of) in inner {
            let kind = text(resolved(schema, &of), "/type").to_owned();
            taken.insert(format!("{section}.{key}"), kind);
        }
    }
    taken
}

/// What the settings files and the containers of any set have, but for the set's own `config`.
fn set_by_chart(service: &str, renderings: &[Rendering]) -> anyhow::Result<BTreeSet<String>> {
    let mut set = BTreeSet::new();
    for rendering in renderings {
        let own = own_config(service, &rendering.set)?;
        if let Ok(file) = settings_file(rendering, service) {
            let keys = leaves(file)?.into_iter().map(|(key, _)| key);
            set.extend(keys.filter(|it| !own.contains(it)));
        }
        set.extend(variables(service, rendering));
    }
    Ok(set)
}

/// What `config` of the defaults and of the set says.
fn own_config(service: &str, set: &str) -> anyhow::Result<BTreeSet<String>> {
    let mut own = config_keys(service, &values()?)?;
    let file = folder().join(format!("ci/{set}-values.yaml"));
    if let Ok(text) = fs::read_to_string(file) {
        own.extend(config_keys(service, &text)?);
    }
    Ok(own)
}

fn config_keys(service: &str, values: &str) -> anyhow::Result<BTreeSet<String>> {
    let values: Value = serde_saphyr::from_str(values)?;
    let config = at(&values, &format!("/{service}/config")).as_object();
    let mut own = BTreeSet::new();
    for (section, value) in config.into_iter().flatten() {
        own.insert(section.clone());
        let keys = value.as_object().into_iter().flatten();
        own.extend(keys.map(|(key, _)| format!("{section}.{key}")));
    }
    Ok(own)
}

/// What the environment of its containers sets; not that of migrations.
fn variables(service: &str, rendering: &Rendering) -> BTreeSet<String> {
    let prefix = format!("{}__", service.to_uppercase());
    let pods = rendering.pods();
    let containers = pods.iter().flat_map(Pod::containers);
    let lasting = containers.filter(|it| it.lasting);
    let mut set = BTreeSet::new();
    for (name, _) in lasting.flat_map(|it| {
        let variables = it.variables().into_iter();
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    }) {
        let key = name
            .strip_prefix(&prefix)
            .filter(|it| *it != "SETTINGS_FILE");
        let key = key.map(|it| it.strip_suffix("_FILE").unwrap_or(it));
        set.extend(key.map(|it| it.to_lowercase().replace("__", ".")));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(key, kind): &(&str, &str)| ((*key).to_owned(), (*kind).to_owned());
        entries.iter().map(owned).collect()
    }

    #[test]
    fn both_directions_and_types_are_held() {
        let listed = map(&[
            ("a.b", "integer"),
            ("a.c", "string"),
            ("d", "boolean"),
            ("e", "string"),
        ]);
        let set = BTreeSet::from(["d".to_owned(), "e".to_owned()]);
        let taken = map(&[("a.b", "string"), ("d", "boolean"), ("x.y", "string")]);
        assert_eq!(
            differences(&listed, &set, &taken),
            [
                "a.b is of type integer, not string",
                "a.c is not in the schema",
                "d is the chart's to set",
                "x.y is no setting of the service",
            ]
        );
    }
}
