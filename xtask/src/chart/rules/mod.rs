//! What holds for the objects of every set of values; one file for each theme.

pub mod changes;
mod images;
mod labels;
mod names;
mod network;
pub mod parts;
mod probes;
mod references;
mod resources;
mod scaling;
mod secrets;
mod security;
mod services;
mod volumes;

use serde_json::Value;

use super::objects::{Container, Pod, Rendering};
use super::passed_unless;
use crate::checks::Outcome;

/// Answers what is wrong.
type Rule = fn(&Rendering) -> Vec<String>;

const RULES: [(&str, Rule); 12] = [
    ("images", images::faults),
    ("labels", labels::faults),
    ("names", names::faults),
    ("network", network::faults),
    ("probes", probes::faults),
    ("references", references::faults),
    ("resources", resources::faults),
    ("scaling", scaling::faults),
    ("secrets", secrets::faults),
    ("security", security::faults),
    ("services", services::faults),
    ("volumes", volumes::faults),
];

/// Every rule, for every set of values.
pub fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let mut faults = changes::same_jobs(renderings);
    for rendering in renderings {
        for (theme, rule) in RULES {
            let named = |fault: String| format!("{}, {theme}: {fault}", rendering.set);
            faults.extend(rule(rendering).into_iter().map(named));
        }
    }
    let objects: usize = renderings.iter().map(|it| it.objects.len()).sum();
    let (rules, sets) = (RULES.len(), renderings.len());
    passed_unless(
        &faults,
        format!("{rules} themes, {sets} sets, {objects} objects"),
    )
}

/// What is wrong with each container of each pod, with the names of both.
fn of_containers(
    rendering: &Rendering,
    rule: fn(&Pod<'_>, Container<'_>) -> Vec<String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for pod in rendering.pods() {
        for container in pod.containers() {
            let named = |fault| format!("{}, {}: {fault}", pod.title(), container.name());
            faults.extend(rule(&pod, container).into_iter().map(named));
        }
    }
    faults
}

/// A fault unless it is so.
fn unless(so: bool, fault: impl FnOnce() -> String) -> Option<String> {
    (!so).then(fault)
}

/// Whether a value is this text.
fn is(value: &Value, wanted: &str) -> bool {
    value.as_str() == Some(wanted)
}

#[cfg(test)]
mod planted {
    use super::*;

    /// A rendering of these objects.
    pub fn rendering(yaml: &str) -> Rendering {
        Rendering {
            set: "planted".to_owned(),
            objects: crate::chart::helm::objects(yaml).unwrap(),
        }
    }

    /// A fault that has all of these words is found, and nothing else.
    #[track_caller]
    pub fn finds(faults: &[String], words: &[&str]) {
        assert_eq!(faults.len(), 1, "{faults:#?}");
        for word in words {
            assert!(faults[0].contains(word), "{word} is not in: {}", faults[0]);
        }
    }

    /// A Deployment that keeps every rule, with some text replaced.
    pub fn deployment(replaced: &str, by: &str) -> Rendering {
        assert!(DEPLOYMENT.contains(replaced), "{replaced} is nowhere");
        rendering(&DEPLOYMENT.replace(replaced, by))
    }

    const DEPLOYMENT: &str = include_str!("planted.yaml");

    #[test]
    fn the_unchanged_objects_keep_every_rule() {
        let rendering = rendering(DEPLOYMENT);
        for (theme, rule) in RULES {
            assert_eq!(rule(&rendering), Vec::<String>::new(), "{theme}");
        }
    }
}
