//! What runs for long has three probes, native sidecars too; what ends by itself has none.

use super::{of_containers, unless};
use crate::chart::objects::{Container, Pod, Rendering, at, items, text};

const PROBES: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];

pub fn faults(rendering: &Rendering) -> Vec<String> {
    of_containers(rendering, of_container)
}

fn of_container(pod: &Pod<'_>, container: Container<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for key in PROBES {
        let probe = container.spec.get(key);
        let fault = if container.lasting {
            "has no"
        } else {
            "needs no"
        };
        faults.extend(unless(probe.is_some() == container.lasting, || {
            format!("{fault} {key}")
        }));
        let Some(port) = probe.and_then(|it| it.pointer("/httpGet/port")) else {
            continue;
        };
        let ports = items(container.spec, "/ports").iter();
        let named = ports.map(|it| text(it, "/name")).any(|it| port == it);
        faults.extend(unless(named, || format!("{key} asks port {port}")));
    }
    let grace = at(pod.spec, "/terminationGracePeriodSeconds").as_u64();
    let drains = !pod.is_lasting() || grace != Some(0);
    faults.extend(unless(drains, || "is killed at once".to_owned()));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn a_missing_probe_is_found() {
        let planted = deployment("livenessProbe: {", "other: {");
        finds(&faults(&planted), &["auth", "api", "livenessProbe"]);
    }

    #[test]
    fn a_native_sidecar_needs_probes_too() {
        let planted = deployment(
            "containers:",
            "initContainers: [{name: ratelimit, restartPolicy: Always}]\n      containers:",
        );
        assert_eq!(faults(&planted).len(), 3);
    }

    #[test]
    fn a_probe_asks_a_port_of_its_container() {
        let planted = deployment("path: /livez, port: ops", "path: /livez, port: grpc");
        finds(&faults(&planted), &["livenessProbe", "grpc"]);
    }
}
