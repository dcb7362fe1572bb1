//! Every value is described, and in the schema; the schema has no value that is not there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::table::{self, Row};
use super::{resolved, schema, values};
use crate::chart::passed_unless;
use crate::checks::Outcome;

pub fn check() -> anyhow::Result<Outcome> {
    let text = values()?;
    let (values, schema): (Value, Value) = (serde_saphyr::from_str(&text)?, schema()?);
    let rows = table::rows(&text)?;
    let mut faults = undescribed(&values, &rows);
    faults.extend(unlisted(&values, &schema));
    passed_unless(&faults, format!("{} values", rows.len()))
}

/// Values without a description.
fn undescribed(values: &Value, rows: &[Row]) -> Vec<String> {
    let described: BTreeSet<_> = rows.iter().map(|it| it.key.as_str()).collect();
    let mut leaves = Vec::new();
    collect(values, "", &described, &mut leaves);
    let missing = leaves.iter().filter(|it| !described.contains(it.as_str()));
    missing.map(|it| format!("{it} is not described")).collect()
}

/// The keys of what has no keys that are described themselves.
fn collect(value: &Value, key: &str, described: &BTreeSet<&str>, leaves: &mut Vec<String>) {
    match value.as_object().filter(|it| !it.is_empty()) {
        Some(map) if !described.contains(key) => {
            for (name, value) in map {
                let dot = if key.is_empty() { "" } else { "." };
                collect(value, &format!("{key}{dot}{name}"), described, leaves);
            }
        }
        _ => leaves.push(key.to_owned()),
    }
}

/// Keys of the values that the schema lacks, and the other way round.
fn unlisted(values: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    compare(values, schema, schema, "", &mut faults);
    faults
}

fn compare(values: &Value, of: &Value, schema: &Value, key: &str, faults: &mut Vec<String>) {
    let of = resolved(schema, of);
    let (Some(map), Some(properties)) = (
        values.as_object(),
        of.get("properties").and_then(Value::as_object),
    ) else {
        return;
    };
    for (name, value) in map {
        match properties.get(name) {
            Some(of) => compare(value, of, schema, &format!("{key}.{name}"), faults),
            None => faults.push(format!("{key}.{name} is not in values.schema.json")),
        }
    }
    // What stands as `{}` lists what may be set; what stands with keys lists all of them.
    let open = map.is_empty() || OPTIONAL.iter().any(|it| key.ends_with(it));
    // Of a service's settings the defaults set those alone that differ in a cluster.
    let open = open || key.ends_with(".config") || key.contains(".config.");
    for name in properties.keys().filter(|_| !open) {
        if !map.contains_key(name) {
            faults.push(format!("{key}.{name} is not in values.yaml"));
        }
    }
}

/// Objects in the form of Kubernetes, of which the defaults set some keys.
const OPTIONAL: [&str; 6] = [
    "odSecurityContext",
    ".securityContext",
    ".capabilities",
    ".seccompProfile",
    ".requests",
    ".limits",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_a_description_is_found() {
        let text = "a:\n  # -- One.\n  b: 1\n  c: 2\n";
        let values = serde_saphyr::from_str(text).unwrap();
        let rows = table::rows(text).unwrap();
        assert_eq!(undescribed(&values, &rows), ["a.c is not described"]);
    }

    #[test]
    fn values_and_schema_have_the_same_keys() {
        let values = serde_json::json!({"a": {"b": 1}, "d": 1});
        let schema = serde_json::json!({
            "properties": {"a": {"$ref": "#/$defs/a"}},
            "$defs": {"a": {"properties": {"b": {}, "c": {}}}},
        });
        let faults = unlisted(&values, &schema);
        assert_eq!(
            faults,
            [
                ".a.c is not in values.yaml",
                ".d is not in values.schema.json"
            ]
        );
    }

    #[test]
    fn settings_of_a_service_may_be_left_out_but_not_misspelt() {
        let values = serde_json::json!({"a": {"config": {"b": {"c": 1, "x": 1}}}});
        let schema = serde_json::json!({"properties": {"a": {"properties": {"config": {
            "properties": {"b": {"properties": {"c": {}, "d": {}}}, "e": {}}}}}}});
        let faults = unlisted(&values, &schema);
        assert_eq!(faults, [".a.config.b.x is not in values.schema.json"]);
    }
}
