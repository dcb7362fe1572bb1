//! One scaler for each workload, and it alone says how many pods there are; KEDA watches the
//! lanes that the relay fills.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::unless;
use crate::chart::folder;
use crate::chart::objects::{Rendering, at, component, items, kind, name, text, title};

const TRIGGERS: [(&str, &str); 2] = [("lag", "lagCount"), ("pending", "pendingEntriesCount")];

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for workload in rendering.of_kind("Deployment") {
        let scalers = scalers(rendering, workload);
        let replicas = !at(workload, "/spec/replicas").is_null();
        let who = title(workload);
        faults.extend(unless(scalers <= 1, || {
            format!("{who} has {scalers} scalers")
        }));
        faults.extend(unless(replicas == (scalers == 0), || {
            format!("{who}: replicas and scaler do not agree")
        }));
        let spread = items(workload, "/spec/template/spec/topologySpreadConstraints");
        faults.extend(unless(!spread.is_empty(), || {
            format!("{who} does not spread")
        }));
        let one_more = at(workload, "/spec/strategy/rollingUpdate");
        let whole = one_more.get("maxUnavailable") == Some(&Value::from(0));
        faults.extend(unless(whole, || format!("{who} lets pods be away")));
    }
    for object in rendering.of_kind("ScaledObject") {
        faults.extend(watched(rendering, object));
    }
    faults
}

fn scalers(rendering: &Rendering, workload: &Value) -> usize {
    let scalers = rendering.objects.iter().filter(|it| {
        matches!(kind(it), "ScaledObject" | "HorizontalPodAutoscaler")
            && text(it, "/spec/scaleTargetRef/name") == name(workload)
    });
    scalers.count()
}

/// Every lane of the service is watched for both, with as many jobs a pod as it has slots.
fn watched(rendering: &Rendering, object: &Value) -> Vec<String> {
    let who = title(object);
    let service = component(object).trim_end_matches("-worker");
    let listed = match lanes() {
        Ok(listed) => listed,
        Err(error) => return vec![format!("lanes.json: {error:#}")],
    };
    let group = text(&listed, "/group");
    let lanes = items(&listed, "/lanes").iter();
    let lanes = lanes.filter(|it| text(it, "/service") == service);
    let slots = slots(rendering, service);
    let mut wanted = BTreeSet::new();
    for lane in lanes {
        let stream = format!("storyloom:jobs:{service}:{}", text(lane, "/lane"));
        for (_, count) in TRIGGERS {
            wanted.insert((stream.clone(), group.to_owned(), count, slots.clone()));
        }
    }
    let mut there = BTreeSet::new();
    for trigger in items(object, "/spec/triggers") {
        let about = at(trigger, "/metadata");
        for (_, count) in TRIGGERS {
            if let Some(slots) = about.get(count).and_then(Value::as_str) {
                let (stream, group) = (text(about, "/stream"), text(about, "/consumerGroup"));
                there.insert((stream.to_owned(), group.to_owned(), count, slots.to_owned()));
            }
        }
    }
    let fault = || format!("{who} watches {there:?}, not {wanted:?}");
    let some = !wanted.is_empty();
    unless(some && there == wanted, fault).into_iter().collect()
}

fn lanes() -> anyhow::Result<Value> {
    let text = fs::read_to_string(folder().join("files/lanes.json"))?;
    Ok(serde_json::from_str(&text)?)
}

/// How many jobs a worker of the service takes at once, as its settings file says.
fn slots(rendering: &Rendering, service: &str) -> String {
    let files = rendering.of_kind("ConfigMap");
    let mut files = files.filter(|it| name(it).ends_with(&format!("-{service}")));
    let file = files.next().map(|it| text(it, "/data/settings.toml"));
    let settings = file.and_then(|it| it.parse::<toml::Table>().ok());
    let slots = settings.and_then(|it| it.get("jobs")?.get("slots")?.as_integer());
    slots.map_or_else(String::new, |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds, rendering};

    const WATCHED: &str = "
kind: ConfigMap
metadata: {name: tale-storyloom-story}
data: {settings.toml: \"[jobs]\\nslots = 4\"}
---
kind: ScaledObject
metadata: {name: w, labels: {app.kubernetes.io/component: story-worker}}
spec:
  triggers:
    - metadata: {stream: storyloom:jobs:story:interactive, consumerGroup: workers, lagCount: \"4\"}
    - metadata: {stream: storyloom:jobs:story:interactive, consumerGroup: workers, pendingEntriesCount: \"4\"}
";

    #[test]
    fn a_scaled_workload_says_nothing_of_replicas() {
        let planted = deployment("replicas: 2", "x: 2");
        finds(&faults(&planted), &["replicas"]);
    }

    #[test]
    fn lanes_slots_and_both_triggers_are_watched() {
        assert_eq!(faults(&rendering(WATCHED)), Vec::<String>::new());
        for (replaced, by) in [
            ("story:interactive", "story:bulk"),
            ("lagCount: \"4\"", "lagCount: \"5\""),
            ("slots = 4", "slots = 5"),
            ("pendingEntriesCount", "other"),
            ("workers", "others"),
        ] {
            let planted = rendering(&WATCHED.replacen(replaced, by, 1));
            finds(&faults(&planted), &["watches"]);
        }
    }
}
