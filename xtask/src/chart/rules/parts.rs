//! What a set of values switches on is there, whole: the authority of a Redis over TLS, and backups.

use anyhow::Context as _;

use crate::chart::objects::{Container, Pod, Rendering, at, items, text, title};
use crate::chart::settings::{package, prefix};
use crate::chart::{FULL_NAME, passed_unless};
use crate::checks::Outcome;

/// The file that a process reads, and the Secret of the set `external-db` that has it.
const AUTHORITY: (&str, &str) = ("/run/secrets/storyloom/redis-ca/ca.crt", "redis-ca");

/// Both, in the sets that have them.
pub fn check(renderings: &[Rendering]) -> anyhow::Result<Outcome> {
    let set = |name: &str| {
        let found = renderings.iter().find(|it| it.set == name);
        found.with_context(|| format!("there is no set {name}"))
    };
    let mut faults = redis_authority(set("external-db")?);
    faults.extend(backup(set("all-on")?));
    passed_unless(&faults, "redis.external.caSecret, backups".to_owned())
}

/// Every process that speaks to Redis is told of the file, sees it, and from the right Secret; KEDA
/// has it too.
fn redis_authority(rendering: &Rendering) -> Vec<String> {
    let (file, secret) = AUTHORITY;
    let (mut faults, mut count) = (Vec::new(), 0);
    for pod in rendering.pods() {
        for container in pod.containers().into_iter().filter(|it| it.lasting) {
            let Some(package) = package(container) else {
                continue;
            };
            count += 1;
            let name = format!("{}__REDIS__CA_FILE", prefix(package));
            if !container.variables().contains(&(name.as_str(), file)) {
                faults.push(format!("{}: {name} is not {file}", pod.title()));
            }
            if !sees(&pod, container, AUTHORITY) {
                faults.push(format!("{}: {secret} is not at {file}", pod.title()));
            }
        }
    }
    for asked in rendering.of_kind("TriggerAuthentication") {
        let references = items(asked, "/spec/secretTargetRef").iter();
        let mut authorities = references.filter(|it| text(it, "/parameter") == "ca");
        if !authorities.any(|it| text(it, "/name") == secret && text(it, "/key") == "ca.crt") {
            faults.push(format!("{} has no authority", title(asked)));
        }
        count += 1;
    }
    if count < 2 {
        faults.push("nobody speaks to Redis".to_owned());
    }
    faults
}

/// Whether the container has a key of the Secret at that place.
fn sees(pod: &Pod<'_>, container: Container<'_>, (file, secret): (&str, &str)) -> bool {
    items(container.spec, "/volumeMounts").iter().any(|mount| {
        let folder = text(mount, "/mountPath");
        let mut volumes = items(pod.spec, "/volumes").iter();
        let volume = volumes.find(|it| text(it, "/name") == text(mount, "/name"));
        let sources = volume.map_or(&[][..], |it| items(it, "/projected/sources"));
        let sources = sources
            .iter()
            .filter(|it| text(it, "/secret/name") == secret);
        let mut places = sources.flat_map(|it| items(it, "/secret/items"));
        places.any(|it| format!("{folder}/{}", text(it, "/path")) == file)
    })
}

/// The `CronJob` dumps to a volume that stays when the release goes, and a Job has it made at once.
fn backup(rendering: &Rendering) -> Vec<String> {
    let name = format!("{FULL_NAME}-backup");
    let mut faults = Vec::new();
    let cron = rendering.find("CronJob", &name);
    if cron.is_none_or(|it| text(it, "/spec/schedule").is_empty()) {
        faults.push("no CronJob makes backups".to_owned());
    }
    let claim = rendering.find("PersistentVolumeClaim", &name);
    let stays = claim.map(|it| at(it, "/metadata/annotations/helm.sh~1resource-policy"));
    if stays.is_none_or(|it| it != "keep") {
        faults.push("no volume for backups stays".to_owned());
    }
    let kinds = ["CronJob", "Job"];
    for kind in kinds {
        let pods = rendering
            .pods()
            .into_iter()
            .filter(|pod| text(pod.owner, "/kind") == kind && title(pod.owner).contains(&name));
        if !pods.into_iter().any(|pod| writes_dumps(&pod, &name)) {
            faults.push(format!("no {kind} writes to {name}"));
        }
    }
    faults
}

fn writes_dumps(pod: &Pod<'_>, claim: &str) -> bool {
    let mut volumes = items(pod.spec, "/volumes").iter();
    let volume = volumes.find(|it| text(it, "/persistentVolumeClaim/claimName") == claim);
    volume.is_some_and(|volume| {
        pod.containers().iter().any(|container| {
            let mut mounts = items(container.spec, "/volumeMounts").iter();
            let mount = mounts.find(|it| text(it, "/name") == text(volume, "/name"));
            let folder = mount.filter(|it| at(it, "/readOnly") != true);
            let folder = folder.map(|it| format!("{}/", text(it, "/mountPath")));
            let command = items(container.spec, "/command").last();
            let command = command.and_then(|it| it.as_str()).unwrap_or_default();
            folder.is_some_and(|it| command.contains(&it))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::rules::planted::rendering;

    const POD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      containers:
        - name: api
          image: storyloom/auth-service:1
          env: [{name: AUTH__REDIS__CA_FILE, value: /run/secrets/storyloom/redis-ca/ca.crt}]
          volumeMounts: [{name: s, mountPath: /run/secrets/storyloom}]
      volumes:
        - {name: s, projected: {sources: [{secret: {name: redis-ca, items: [{key: ca.crt, path: redis-ca/ca.crt}]}}]}}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: a}
spec: {secretTargetRef: [{parameter: ca, name: redis-ca, key: ca.crt}]}
";

    const BACKUP: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: tale-storyloom-backup, annotations: {helm.sh/resource-policy: keep}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tale-storyloom-backup}
spec: {schedule: '1 2 * * *', jobTemplate: {spec: {template: {spec: {
  containers: [{name: a, command: [sh, -c, 'touch /dumps/a'], volumeMounts: [{name: d, mountPath: /dumps}]}],
  volumes: [{name: d, persistentVolumeClaim: {claimName: tale-storyloom-backup}}]}}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: tale-storyloom-backup-volume-1}
spec: {template: {spec: {
  containers: [{name: a, command: [sh, -c, 'touch /dumps/a'], volumeMounts: [{name: d, mountPath: /dumps}]}],
  volumes: [{name: d, persistentVolumeClaim: {claimName: tale-storyloom-backup}}]}}}
";

    #[track_caller]
    fn found(yaml: &str, rule: fn(&Rendering) -> Vec<String>, broken: &[(&str, &str)]) {
        let whole = rule(&rendering(yaml));
        assert!(whole.is_empty(), "{whole:#?}");
        for (replaced, by) in broken {
            let changed = yaml.replacen(replaced, by, 1);
            assert_ne!(changed, yaml, "{replaced} is not there");
            assert_eq!(rule(&rendering(&changed)).len(), 1, "{replaced} → {by}");
        }
    }

    #[test]
    fn an_authority_that_is_not_mounted_is_found() {
        let changes = [
            ("AUTH__REDIS__CA_FILE", "AUTH__REDIS__CA"),
            ("{secret: {name: redis-ca", "{secret: {name: other"),
            ("path: redis-ca/ca.crt", "path: redis/ca.crt"),
            ("parameter: ca,", "parameter: tls,"),
        ];
        found(POD, redis_authority, &changes);
    }

    #[test]
    fn a_backup_without_its_volume_is_found() {
        let changes = [
            ("resource-policy: keep", "resource-policy: x"),
            ("schedule: '1 2 * * *'", "schedule: ''"),
            ("mountPath: /dumps", "mountPath: /other"),
            ("claimName: tale-storyloom-backup", "claimName: other"),
        ];
        found(BACKUP, backup, &changes);
    }
}
