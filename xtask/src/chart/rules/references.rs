//! What an object names is there: settings, accounts, workloads, Services.

use serde_json::Value;

use super::unless;
use crate::chart::objects::{Rendering, at, items, kind, text, title};

/// What every namespace has.
const GIVEN: &str = "kube-root-ca.crt";

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    let mut need = |who: &str, wanted: &str, name: &str| {
        let there = rendering.find(wanted, name).is_some() || name == GIVEN;
        faults.extend(unless(there, || {
            format!("{who}: there is no {wanted} {name}")
        }));
    };
    for pod in rendering.pods() {
        let who = pod.title();
        need(
            &who,
            "ServiceAccount",
            text(pod.spec, "/serviceAccountName"),
        );
        for name in config_maps(pod.spec) {
            need(&who, "ConfigMap", name);
        }
    }
    for object in &rendering.objects {
        let who = title(object);
        match kind(object) {
            "ScaledObject" | "HorizontalPodAutoscaler" => {
                let target = at(object, "/spec/scaleTargetRef");
                need(&who, text(target, "/kind"), text(target, "/name"));
            }
            "RoleBinding" => {
                need(&who, "Role", text(object, "/roleRef/name"));
                for subject in items(object, "/subjects") {
                    need(&who, text(subject, "/kind"), text(subject, "/name"));
                }
            }
            _ => {}
        }
        for trigger in items(object, "/spec/triggers") {
            let name = text(trigger, "/authenticationRef/name");
            if !name.is_empty() {
                need(&who, "TriggerAuthentication", name);
            }
        }
    }
    faults
}

fn config_maps(spec: &Value) -> Vec<&str> {
    let volumes = items(spec, "/volumes");
    let own = volumes.iter().map(|it| text(it, "/configMap/name"));
    let sources = volumes
        .iter()
        .flat_map(|it| items(it, "/projected/sources"));
    let sources = sources.map(|it| text(it, "/configMap/name"));
    own.chain(sources).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn what_is_named_is_there() {
        let planted = deployment(
            "configMap: {name: tale-storyloom-auth}",
            "configMap: {name: x}",
        );
        finds(&faults(&planted), &["ConfigMap x"]);
        let planted = deployment(
            "serviceAccountName: tale-storyloom",
            "serviceAccountName: other",
        );
        finds(&faults(&planted), &["ServiceAccount other"]);
    }
}
