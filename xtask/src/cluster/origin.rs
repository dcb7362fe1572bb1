use std::path::PathBuf;

use serde_json::Value;

/// What is said where there is no cluster.
pub const NONE: &str = "there is no cluster: set STORYLOOM_CLUSTER to the folder of the cluster kit, or STORYLOOM_CONTEXT to a \
     context of a cluster that may be broken";

const LABEL: &str = "storyloom.dev/disposable";

/// Where the cluster comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// The kit in this folder starts it.
    Kit(PathBuf),
    /// It runs, and kubectl knows it by this name.
    Context(String),
}

impl Origin {
    /// The one that is asked for; nothing where none is.
    pub fn choose(kit: Option<String>, context: Option<String>) -> anyhow::Result<Option<Self>> {
        match (kit, context) {
            (Some(_), Some(_)) => {
                anyhow::bail!("STORYLOOM_CLUSTER and STORYLOOM_CONTEXT are both set; which one?")
            }
            (Some(folder), None) => Ok(Some(Self::Kit(folder.into()))),
            (None, Some(name)) => Ok(Some(Self::Context(name))),
            (None, None) => Ok(None),
        }
    }
}

/// Refuses a cluster whose `kube-system` namespace does not say that it may be broken.
pub fn ensure_disposable(context: &str, kube_system: &Value) -> anyhow::Result<()> {
    let labels = kube_system.pointer("/metadata/labels");
    let label = labels.and_then(|it| it.get(LABEL)).and_then(Value::as_str);
    anyhow::ensure!(
        label == Some("true"),
        "the cluster of the context {context} is not marked as disposable, and the scenarios delete things; if nobody \
         needs it: kubectl --context {context} label namespace kube-system {LABEL}=true"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_cluster_is_chosen() -> anyhow::Result<()> {
        let kit = || Some("/kit".to_owned());
        let context = || Some("kind-storyloom".to_owned());
        assert_eq!(Origin::choose(None, None)?, None);
        assert_eq!(
            Origin::choose(kit(), None)?,
            Some(Origin::Kit("/kit".into()))
        );
        let chosen = Origin::choose(None, context())?;
        assert_eq!(chosen, Some(Origin::Context("kind-storyloom".into())));
        assert!(Origin::choose(kit(), context()).is_err());
        Ok(())
    }

    #[test]
    fn only_a_cluster_that_says_so_is_disposable() {
        let check = |labels: Value, accepted: bool| {
            let namespace = json!({"metadata": {"labels": labels}});
            assert_eq!(ensure_disposable("c", &namespace).is_ok(), accepted);
        };
        check(json!({ LABEL: "true" }), true);
        check(json!({ LABEL: "false" }), false);
        check(json!({ LABEL: true }), false);
        check(json!({"storyloom.dev/other": "true"}), false);
        check(Value::Null, false);
        assert!(ensure_disposable("c", &json!({})).is_err());
    }
}
