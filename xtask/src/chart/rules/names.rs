//! Names leave room for what Kubernetes puts behind them; there are no hooks but tests.

use super::unless;
use crate::chart::objects::{Rendering, kind, map, name, title};

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for object in &rendering.objects {
        let (length, most) = (name(object).len(), most(kind(object)));
        faults.extend(unless((1..=most).contains(&length), || {
            format!("{}: {length} characters, {most} are allowed", title(object))
        }));
        for (label, value) in map(object, "/metadata/labels") {
            faults.extend(unless(value.len() <= 63, || {
                format!("{}: {label}", title(object))
            }));
        }
        let hook = map(object, "/metadata/annotations").remove("helm.sh/hook");
        let test = hook.is_none_or(|it| it == "test");
        faults.extend(unless(test, || format!("{} is a hook", title(object))));
    }
    faults
}

/// How long a name may be, so that the labels that Kubernetes makes of it are at most 63.
fn most(kind: &str) -> usize {
    match kind {
        // `-` and ten characters: the revision, or the time.
        "StatefulSet" | "CronJob" => 52,
        _ => 63,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::{finds, rendering};

    #[test]
    fn a_name_that_is_too_long_is_found() {
        let long = "x".repeat(53);
        let planted = rendering(&format!("kind: CronJob\nmetadata: {{name: {long}}}"));
        finds(&faults(&planted), &["53"]);
    }

    #[test]
    fn a_hook_is_found() {
        let yaml = "kind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: pre-install}}";
        finds(&faults(&rendering(yaml)), &["hook"]);
    }
}
