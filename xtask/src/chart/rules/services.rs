//! A Service leads to pods and ports that are there, a route to a Service, a budget to pods.

use serde_json::Value;

use super::unless;
use crate::chart::objects::{Pod, Rendering, at, items, map, selects, text, title};

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    let pods = rendering.pods();
    for service in rendering.of_kind("Service") {
        let selector = map(service, "/spec/selector");
        let behind: Vec<_> = pods
            .iter()
            .filter(|it| selects(&selector, &it.labels()))
            .collect();
        faults.extend(unless(behind.len() == 1, || {
            format!(
                "{}: {} workloads are behind it",
                title(service),
                behind.len()
            )
        }));
        for port in items(service, "/spec/ports") {
            let target = at(port, "/targetPort");
            let there = behind.iter().all(|it| has_port(it, target));
            faults.extend(unless(there, || {
                format!("{}: no pod has port {target}", title(service))
            }));
        }
    }
    for (who, name, port) in backends(rendering) {
        let service = rendering.find("Service", &name);
        let ports = service
            .map(|it| items(it, "/spec/ports"))
            .unwrap_or_default();
        let there = ports
            .iter()
            .any(|it| at(it, "/port") == &port || at(it, "/name") == &port);
        faults.extend(unless(there, || {
            format!("{who}: no Service {name} with port {port}")
        }));
    }
    for budget in rendering.of_kind("PodDisruptionBudget") {
        let selector = map(budget, "/spec/selector/matchLabels");
        let kept = pods.iter().filter(|it| it.is_lasting());
        let kept = kept.filter(|it| selects(&selector, &it.labels())).count();
        faults.extend(unless(kept == 1, || {
            format!("{}: for {kept} workloads", title(budget))
        }));
    }
    faults
}

/// Whether a pod has a port of this name or number.
pub fn has_port(pod: &Pod<'_>, wanted: &Value) -> bool {
    let mut ports = pod.ports().into_iter();
    ports.any(|(name, number)| wanted == name.as_str() || wanted.as_u64() == Some(number))
}

/// Where Ingresses and routes lead: who, the Service, its port.
fn backends(rendering: &Rendering) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for ingress in rendering.of_kind("Ingress") {
        let rules = items(ingress, "/spec/rules").iter();
        for path in rules.flat_map(|it| items(it, "/http/paths")) {
            let service = at(path, "/backend/service");
            let port = at(service, "/port").as_object();
            let port = port.and_then(|it| it.values().next()).cloned();
            let name = text(service, "/name").to_owned();
            found.push((title(ingress), name, port.unwrap_or_default()));
        }
    }
    let routes = rendering.of_kind("HTTPRoute");
    for route in routes.chain(rendering.of_kind("GRPCRoute")) {
        let rules = items(route, "/spec/rules").iter();
        for backend in rules.flat_map(|it| items(it, "/backendRefs")) {
            let (name, port) = (text(backend, "/name"), at(backend, "/port"));
            found.push((title(route), name.to_owned(), port.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn a_service_leads_to_a_port() {
        let planted = deployment("targetPort: http", "targetPort: rest");
        finds(&faults(&planted), &["Service", "rest"]);
    }

    #[test]
    fn a_route_leads_to_a_service() {
        let mut planted = deployment("kind: Service\n", "kind: Service\n");
        let route = "kind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{backendRefs: [{name: tale-storyloom-auth, port: 80}]}]}";
        planted
            .objects
            .extend(crate::chart::helm::objects(route).unwrap());
        finds(&faults(&planted), &["HTTPRoute", "80"]);
    }
}
