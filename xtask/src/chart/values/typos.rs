//! A typo in any value is refused, at every depth.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};

use super::{resolved, schema};
use crate::chart::helm::{Asked, Helm};
use crate::chart::passed_unless;
use crate::checks::Outcome;

/// What no key is called.
const TYPO: &str = "typo";

/// Puts a wrong key beside those of every object of the schema, all at once: Helm names each.
pub async fn check(helm: &Helm) -> anyhow::Result<Outcome> {
    let schema = schema()?;
    let wrong = with_typos(&schema, &schema);
    let file = tempfile::Builder::new().suffix(".json").tempfile()?;
    fs::write(file.path(), wrong.to_string())?;
    let mut asked = Asked::default();
    asked.values.push(file.path().to_owned());
    let said = match helm.template(&asked).await {
        Ok(_) => anyhow::bail!("Helm takes every typo"),
        Err(error) => format!("{error:#}"),
    };
    let faults = unrefused(&places(&wrong), &said);
    let refused = places(&wrong).len() - faults.len();
    passed_unless(&faults, format!("{refused} misspelt keys"))
}

/// A value of the schema's form in which every object has a wrong key besides all of its own.
fn with_typos(of: &Value, schema: &Value) -> Value {
    let of = resolved(schema, of);
    let Some(properties) = of.get("properties").and_then(Value::as_object) else {
        return of.get("items").map_or(Value::Null, |items| {
            let item = with_typos(items, schema);
            if item.is_null() {
                item
            } else {
                Value::from(vec![item])
            }
        });
    };
    let inner = properties
        .iter()
        .map(|(key, of)| (key.clone(), with_typos(of, schema)));
    let mut object: Map<_, _> = inner.filter(|(_, value)| !value.is_null()).collect();
    // Beside each key, so that it is a likely slip.
    for key in properties.keys() {
        object.insert(format!("{key}{TYPO}"), Value::from(1));
    }
    Value::Object(object)
}

/// Every wrong key and where it is, as `/place: 'key'`.
fn places(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(value, "", &mut found);
    found
}

fn visit(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    let inner: Vec<_> = match value {
        Value::Object(map) => map.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(list) => (0..).map(|it: usize| it.to_string()).zip(list).collect(),
        _ => return,
    };
    for (key, value) in inner {
        if key.ends_with(TYPO) {
            found.insert(format!("{place}: '{key}'"));
        }
        visit(value, &format!("{place}/{key}"), found);
    }
}

/// The wrong keys that Helm does not name.
fn unrefused(places: &BTreeSet<String>, said: &str) -> Vec<String> {
    let missing = places.iter().filter(|it| {
        let (place, key) = it.split_once(": '").unwrap_or_default();
        let about = format!("at '{place}': additional properties ");
        let mut lines = said.lines().filter(|it| it.contains(&about));
        !lines.any(|it| it.contains(&format!("'{key}")))
    });
    missing
        .map(|it| format!("a typo is taken at {it}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_object_gets_a_wrong_key_beside_each_of_its_own() {
        let schema = json!({
            "properties": {"a": {"$ref": "#/$defs/x"}, "b": {"type": "string"}},
            "$defs": {"x": {"properties": {"c": {}}}},
        });
        let wrong = with_typos(&schema, &schema);
        assert_eq!(wrong, json!({"a": {"ctypo": 1}, "atypo": 1, "btypo": 1}));
        let said = "- at '/a': additional properties 'ctypo' not allowed\n\
            - at '': additional properties 'atypo' not allowed";
        assert_eq!(
            unrefused(&places(&wrong), said),
            ["a typo is taken at : 'btypo'"]
        );
    }
}
