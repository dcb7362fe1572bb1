use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::{KeyKind, KeyName, Plan, PlanError, PlannedSecret, SecretName};

/// A plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the plan {} cannot be used", path.display())]
pub struct BadPlan {
    path: PathBuf,
    #[source]
    why: WhyBad,
}

#[derive(Debug, thiserror::Error)]
enum WhyBad {
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    #[error(transparent)]
    Malformed(Box<serde_saphyr::Error>),
    #[error(transparent)]
    Unfit(#[from] PlanError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    secrets: Vec<SecretEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretEntry {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    keys: Vec<KeyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    name: String,
    kind: String,
}

/// Reads a plan of secrets, YAML or JSON:
/// `secrets: [{name, labels, keys: [{name, kind}]}]`.
pub fn read_plan(path: &Path) -> Result<Plan, BadPlan> {
    let text = std::fs::read_to_string(path).map_err(WhyBad::from);
    text.and_then(|text| parse(&text)).map_err(|why| BadPlan {
        path: path.to_owned(),
        why,
    })
}

fn parse(text: &str) -> Result<Plan, WhyBad> {
    let file = serde_saphyr::from_str(text);
    let file: PlanFile = file.map_err(|error| WhyBad::Malformed(error.into()))?;
    let secrets = file.secrets.into_iter().map(SecretEntry::parse);
    let secrets = secrets.collect::<Result<_, _>>()?;
    Ok(Plan::new(secrets)?)
}

impl SecretEntry {
    fn parse(self) -> Result<PlannedSecret, PlanError> {
        let name = SecretName::parse(&self.name)?;
        let keys = self
            .keys
            .iter()
            .map(|key| Ok((KeyName::parse(&key.name)?, KeyKind::parse(&key.kind)?)));
        PlannedSecret::new(name, self.labels, keys.collect::<Result<_, PlanError>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
secrets:
  - name: x-jwt
    labels: {app.kubernetes.io/name: storyloom}
    keys: [{name: key, kind: ed25519-pem}]
  - name: x-keys
    keys:
      - {name: refresh, kind: base64-32}
      - {name: otp, kind: base64-32}
";

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = parse(YAML).unwrap();
        let json = r#"{"secrets": [
            {"name": "x-jwt", "labels": {"app.kubernetes.io/name": "storyloom"},
             "keys": [{"name": "key", "kind": "ed25519-pem"}]},
            {"name": "x-keys", "keys": [{"name": "otp", "kind": "base64-32"},
                                        {"name": "refresh", "kind": "base64-32"}]}]}"#;
        assert_eq!(yaml, parse(json).unwrap());
        assert_eq!(yaml.secrets()[1].keys.len(), 2);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(refused("secrets: [{name: a, keys: [], kyes: []}]").contains("kyes"));
        assert!(refused("secrets: [{name: A, keys: []}]").contains("\"A\""));
        let kind = "secrets: [{name: a, keys: [{name: k, kind: rsa}]}]";
        assert!(refused(kind).contains("\"rsa\""));
        assert!(refused("secrets: [{name: a, keys: []}]").contains("no keys"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_plan(Path::new("/nowhere/plan.yaml")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/plan.yaml"));
    }
}
