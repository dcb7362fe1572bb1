//! Every object says what it is and where; selectors hold what never changes, and are nobody
//! else's.

use std::collections::{BTreeMap, BTreeSet};

use super::unless;
use crate::chart::objects::{Rendering, kind, map, namespace, selects, text, title};

const EVERYWHERE: [&str; 5] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
];
const OF_SELECTORS: [&str; 3] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
];
/// An object of the user's own, from `extraObjects`.
const EXTRA: &str = "-extra";

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    let own = rendering.objects.iter();
    for object in own.filter(|it| !title(it).ends_with(EXTRA)) {
        let labels = map(object, "/metadata/labels");
        for label in EVERYWHERE {
            let there = labels.get(label).is_some_and(|it| !it.is_empty());
            faults.extend(unless(there, || {
                format!("{}: no label {label}", title(object))
            }));
        }
        let placed = kind(object) == "Namespace" || !namespace(object).is_empty();
        faults.extend(unless(placed, || {
            format!("{}: no namespace", title(object))
        }));
    }
    faults.extend(doubled(rendering));
    faults.extend(selectors(rendering));
    faults
}

fn doubled(rendering: &Rendering) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let objects = rendering.objects.iter();
    let doubled = objects.filter(|it| !seen.insert((title(it), namespace(it))));
    doubled
        .map(|it| format!("{} is there twice", title(it)))
        .collect()
}

fn selectors(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    let mut taken: BTreeMap<BTreeMap<String, String>, String> = BTreeMap::new();
    for pod in rendering.pods().iter().filter(|it| it.is_lasting()) {
        let selector = map(pod.owner, "/spec/selector/matchLabels");
        let keys: BTreeSet<_> = selector.keys().map(String::as_str).collect();
        let wanted = BTreeSet::from(OF_SELECTORS);
        faults.extend(unless(keys == wanted, || {
            format!("{}: its selector has {keys:?}", pod.title())
        }));
        faults.extend(unless(selects(&selector, &pod.labels()), || {
            format!("{}: its selector is not for its pods", pod.title())
        }));
        if let Some(other) = taken.insert(selector, pod.title()) {
            faults.push(format!("{} selects what {other} does", pod.title()));
        }
    }
    for pod in rendering.pods() {
        let component = pod.labels().remove("app.kubernetes.io/component");
        let same = component.as_deref().unwrap_or_default()
            == text(pod.owner, "/metadata/labels/app.kubernetes.io~1component");
        faults.extend(unless(same, || {
            format!("{}: component {component:?}", pod.title())
        }));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{deployment, finds};

    #[test]
    fn a_label_that_changes_is_not_for_selectors() {
        let planted = deployment(
            "  selector:\n    matchLabels:\n",
            "  selector:\n    matchLabels:\n      app.kubernetes.io/version: \"1\"\n",
        );
        let faults = faults(&planted);
        assert!(faults[0].contains("version"), "{faults:#?}");
    }

    #[test]
    fn an_object_says_where_it_is() {
        let planted = deployment(
            "Service\nmetadata:\n  name: tale-storyloom-auth\n  namespace: tales",
            "Service\nmetadata:\n  name: tale-storyloom-auth",
        );
        finds(&faults(&planted), &["Service", "namespace"]);
    }
}
