//! With network policies, every pod has one of its own, and what one side lets out the other
//! lets in.

use serde_json::Value;

use super::services::has_port;
use super::unless;
use crate::chart::objects::{Pod, Rendering, at, items, map, namespace, selects, title};

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let policies: Vec<_> = rendering.of_kind("NetworkPolicy").collect();
    if policies.is_empty() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let pods = rendering.pods();
    for pod in &pods {
        let own = policies.iter().filter(|it| is_for(it, pod));
        let both = own.filter(|it| items(it, "/spec/policyTypes").len() == 2);
        // The component tells a policy of its own from the one that denies by default.
        let own = both
            .filter(|it| map(it, SELECTOR).contains_key(COMPONENT))
            .count();
        faults.extend(unless(own == 1, || {
            format!("{}: {own} policies", pod.title())
        }));
    }
    for policy in &policies {
        let behind: Vec<_> = pods.iter().filter(|it| is_for(policy, it)).collect();
        let for_none = behind.is_empty();
        faults.extend(unless(!for_none, || {
            format!("{} is for no pod", title(policy))
        }));
        for rule in items(policy, "/spec/ingress") {
            for port in items(rule, "/ports").iter().map(|it| at(it, "/port")) {
                let there = behind.iter().any(|it| has_port(it, port));
                faults.extend(unless(there, || {
                    format!("{}: no port {port}", title(policy))
                }));
            }
        }
        for source in &behind {
            faults.extend(one_sided(&policies, &pods, policy, source));
        }
    }
    faults
}

const COMPONENT: &str = "app.kubernetes.io/component";
const SELECTOR: &str = "/spec/podSelector/matchLabels";

fn is_for(policy: &Value, pod: &Pod<'_>) -> bool {
    namespace(policy) == namespace(pod.owner) && selects(&map(policy, SELECTOR), &pod.labels())
}

/// Where a pod may go, and is not let in or reaches nobody.
fn one_sided(
    policies: &[&Value],
    pods: &[Pod<'_>],
    policy: &Value,
    source: &Pod<'_>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for rule in items(policy, "/spec/egress") {
        let ports = items(rule, "/ports").iter().map(|it| at(it, "/port"));
        for port in ports {
            for peer in items(rule, "/to").iter().filter(|it| is_of_release(it)) {
                let wanted = map(peer, "/podSelector/matchLabels");
                let targets = pods.iter().filter(|it| selects(&wanted, &it.labels()));
                let targets: Vec<_> = targets.filter(|it| has_port(it, port)).collect();
                let closed = targets
                    .iter()
                    .filter(|it| !lets_in(policies, it, source, port));
                faults.extend(closed.map(|it| {
                    format!(
                        "{} does not let {} in at {port}",
                        it.title(),
                        source.title()
                    )
                }));
            }
        }
    }
    faults
}

/// Whether a peer is pods of the same namespace that the chart makes.
fn is_of_release(peer: &Value) -> bool {
    let labels = map(peer, "/podSelector/matchLabels");
    peer.get("namespaceSelector").is_none() && labels.contains_key(COMPONENT)
}

fn lets_in(policies: &[&Value], target: &Pod<'_>, source: &Pod<'_>, port: &Value) -> bool {
    let own = policies.iter().filter(|it| is_for(it, target));
    let mut rules = own.flat_map(|it| items(it, "/spec/ingress"));
    rules.any(|rule| {
        let from = items(rule, "/from");
        let known = from.is_empty()
            || from.iter().any(|it| {
                let selector = map(it, "/podSelector/matchLabels");
                it.get("namespaceSelector").is_none()
                    && !selector.is_empty()
                    && selects(&selector, &source.labels())
            });
        let ports = items(rule, "/ports").iter().map(|it| at(it, "/port"));
        known && ports.into_iter().any(|it| same_port(target, it, port))
    })
}

/// Whether two ways to name a port, by name and by number, mean the same of a pod.
fn same_port(pod: &Pod<'_>, left: &Value, right: &Value) -> bool {
    let number = |port: &Value| {
        let ports = pod.ports();
        let named = ports.iter().find(|(name, _)| port == name.as_str());
        port.as_u64().or_else(|| named.map(|(_, number)| *number))
    };
    number(left).is_some() && number(left) == number(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn a_pod_without_a_policy_is_found() {
        let planted = deployment(
            "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: storyloom",
            "  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: other",
        );
        assert_eq!(faults(&planted).len(), 3);
    }

    #[test]
    fn what_is_let_out_is_let_in() {
        let planted = deployment(
            "ingress: [{ports: [{port: http}]}]",
            "ingress: [{ports: [{port: http}], from: [{podSelector: {matchLabels: {a: b}}}]}]",
        );
        finds(&faults(&planted), &["does not let", "8080"]);
    }

    #[test]
    fn a_policy_opens_ports_that_are_there() {
        let planted = deployment(
            "[{ports: [{port: http}]}]",
            "[{ports: [{port: http}, {port: x}]}]",
        );
        finds(&faults(&planted), &["no port", "x"]);
    }
}
