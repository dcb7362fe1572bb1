//! What is mounted is there, and what is there is mounted.

use super::unless;
use crate::chart::objects::{Rendering, items, text};

pub fn faults(rendering: &Rendering) -> Vec<String> {
    let mut faults = Vec::new();
    for pod in rendering.pods() {
        let volumes = items(pod.spec, "/volumes")
            .iter()
            .map(|it| text(it, "/name"));
        let claims = items(pod.owner, "/spec/volumeClaimTemplates").iter();
        let claims = claims.map(|it| text(it, "/metadata/name"));
        let there: Vec<_> = volumes.chain(claims).collect();
        let mut mounted = Vec::new();
        for container in pod.containers() {
            let mounts = items(container.spec, "/volumeMounts");
            mounted.extend(mounts.iter().map(|it| text(it, "/name")));
            let mut paths: Vec<_> = mounts.iter().map(|it| text(it, "/mountPath")).collect();
            paths.sort_unstable();
            let double = paths.windows(2).any(|it| it.first() == it.last());
            faults.extend(unless(!double, || {
                format!(
                    "{}, {}: two volumes at one path",
                    pod.title(),
                    container.name()
                )
            }));
        }
        for name in &mounted {
            faults.extend(unless(there.contains(name), || {
                format!("{}: there is no volume {name}", pod.title())
            }));
        }
        for name in &there {
            faults.extend(unless(mounted.contains(name), || {
                format!("{}: nobody mounts {name}", pod.title())
            }));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::deployment;

    #[test]
    fn volumes_and_mounts_belong_together() {
        let faults = faults(&deployment("- name: settings", "- name: other"));
        assert_eq!(faults.len(), 2, "{faults:#?}");
    }
}
