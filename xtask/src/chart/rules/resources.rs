//! Everything is bounded: CPU, memory, and what is written to the node.

use serde_json::Value;

use super::unless;
use crate::chart::objects::{Rendering, at, items, text};

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for pod in rendering.pods() {
        for container in pod.containers() {
            let who = format!("{}, {}", pod.title(), container.name());
            for (bound, resource) in [
                ("requests", "cpu"),
                ("requests", "memory"),
                ("limits", "cpu"),
                ("limits", "memory"),
            ] {
                let there = at(container.spec, &format!("/resources/{bound}/{resource}"));
                faults.extend(unless(!there.is_null(), || {
                    format!("{who}: no {bound} of {resource}")
                }));
            }
            let resources = at(container.spec, "/resources");
            for resource in ["cpu", "memory"] {
                let most = amount(at(resources, &format!("/limits/{resource}")));
                let asked = amount(at(resources, &format!("/requests/{resource}")));
                faults.extend(unless(asked <= most, || {
                    format!("{who}: asks for more {resource} than its limit")
                }));
            }
        }
        let volumes = items(pod.spec, "/volumes").iter();
        let written = volumes.filter(|it| it.get("emptyDir").is_some());
        // A volume of the user's own is the user's to bound.
        let own = written.filter(|it| text(it, "/name") != "scratch");
        faults.extend(own.filter_map(|it| {
            unless(!at(it, "/emptyDir/sizeLimit").is_null(), || {
                format!("{}: volume {} has no limit", pod.title(), text(it, "/name"))
            })
        }));
    }
    faults
}

/// A quantity in thousandths, `0.1` and `100m` alike.
fn amount(quantity: &Value) -> u128 {
    let text = match quantity {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let factor = match text.strip_prefix(digits).unwrap_or_default() {
        "m" => 1,
        "" => 1000,
        "k" => 1_000_000,
        "Ki" => 1_024_000,
        "M" => 1_000_000_000,
        "Mi" => 1_048_576_000,
        "G" => 1_000_000_000_000,
        _ => 1_073_741_824_000,
    };
    digits.parse::<u128>().unwrap_or_default() * factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn what_is_unbounded_is_found() {
        let planted = deployment(
            "limits: {cpu: \"1\", memory: 256Mi}",
            "limits: {cpu: \"1\"}",
        );
        assert!(
            faults(&planted)
                .iter()
                .any(|it| it.contains("no limits of memory"))
        );
        let planted = deployment("configMap: {name: tale-storyloom-auth}", "emptyDir: {}");
        finds(&faults(&planted), &["volume settings", "no limit"]);
    }

    #[test]
    fn a_request_is_within_its_limit() {
        let planted = deployment("memory: 64Mi", "memory: 1Gi");
        finds(&faults(&planted), &["more memory"]);
    }
}
