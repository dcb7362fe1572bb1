use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ContainerStateTerminated, ContainerStatus, Event, Pod, PodStatus,
};
use kube::api::{ListParams, LogParams};
use kube::{Api, Client};
use serde_json::Value;

/// Whether it carries all of these labels.
pub fn has(pod: &Pod, labels: &BTreeMap<String, String>) -> bool {
    let own = pod.metadata.labels.as_ref();
    own.is_some_and(|own| {
        labels
            .iter()
            .all(|(name, value)| own.get(name) == Some(value))
    })
}

/// Whether it serves.
pub fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let conditions = status.and_then(|it| it.conditions.as_ref());
    conditions.is_some_and(|all| {
        all.iter()
            .any(|it| it.type_ == "Ready" && it.status == "True")
    })
}

/// What keeps a pod from being ready: what the API server knows, and what its containers said
/// last. None if it is ready, done, or on its way out.
pub async fn trouble(client: &Client, pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let done = status.phase.as_deref() == Some("Succeeded");
    if done || is_ready(pod) || pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let mut said = Vec::new();
    for ended in containers(status).filter_map(Ended::of) {
        let words = last_words(client, name, &ended).await;
        said.push(format!(
            "{} {}",
            ended.describe(),
            words.unwrap_or_default()
        ));
    }
    if said.is_empty() {
        said = waits(status);
    }
    if said.is_empty() {
        said.extend(last_warning(client, name).await);
    }
    if said.is_empty() {
        said = unready(status);
    }
    let said: Vec<_> = said.iter().map(|it| it.trim_end()).collect();
    Some(format!("{name}: {}", said.join(", ")))
}

fn containers(status: &PodStatus) -> impl Iterator<Item = &ContainerStatus> {
    let init = status.init_container_statuses.iter().flatten();
    init.chain(status.container_statuses.iter().flatten())
}

/// A container whose process ended badly.
struct Ended<'a> {
    container: &'a ContainerStatus,
    how: &'a ContainerStateTerminated,
    /// It was started again since, or waits for that.
    again: bool,
}

impl<'a> Ended<'a> {
    fn of(container: &'a ContainerStatus) -> Option<Self> {
        let of = |state: &'a Option<k8s_openapi::api::core::v1::ContainerState>| {
            let ended = state.as_ref().and_then(|it| it.terminated.as_ref());
            ended.filter(|it| it.exit_code != 0)
        };
        if container.ready {
            return None;
        }
        let (how, again) = match of(&container.state) {
            Some(how) => (how, false),
            None => (of(&container.last_state)?, true),
        };
        Some(Self {
            container,
            how,
            again,
        })
    }

    fn describe(&self) -> String {
        let ended = format!("{} ended with {}", self.container.name, self.how.exit_code);
        let reason = self.how.reason.as_deref().filter(|it| *it != "Error");
        let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
        let restarts = self.container.restart_count;
        match (self.again, self.how.message.as_deref()) {
            (true, _) => format!("{ended}{reason}, {restarts} restarts:"),
            (false, Some(message)) => format!("{ended}{reason}: {message}"),
            (false, None) => format!("{ended}{reason}:"),
        }
    }
}

/// What a container waits for that does not come by itself, or why no node takes the pod.
fn waits(status: &PodStatus) -> Vec<String> {
    let conditions = status.conditions.iter().flatten();
    let homeless = conditions.filter(|it| it.type_ == "PodScheduled" && it.status == "False");
    let homeless = homeless.filter_map(|it| it.message.clone());
    let waiting = containers(status).filter_map(|container| {
        let waiting = container.state.as_ref()?.waiting.as_ref()?;
        let reason = waiting.reason.as_deref()?;
        if matches!(reason, "PodInitializing" | "ContainerCreating") {
            return None;
        }
        let message = waiting.message.as_deref().unwrap_or_default();
        Some(format!("{} {reason}: {message}", container.name))
    });
    homeless.chain(waiting).collect()
}

fn unready(status: &PodStatus) -> Vec<String> {
    let unready = containers(status).filter(|container| !container.ready);
    let names: Vec<_> = unready.map(|container| container.name.as_str()).collect();
    vec![format!("not ready: {}", names.join(", "))]
}

/// What the API server noted last about the pod that is no good news.
async fn last_warning(client: &Client, pod: &str) -> Option<String> {
    let events = Api::<Event>::default_namespaced(client.clone());
    let of_pod = format!("involvedObject.name={pod},type=Warning");
    let of_pod = ListParams::default().fields(&of_pod);
    let events = events.list(&of_pod).await.ok()?;
    let last = events.items.into_iter().max_by_key(|event| {
        let seen = event.last_timestamp.as_ref().map(|it| it.0);
        seen.or(event.event_time.as_ref().map(|it| it.0))
    })?;
    last.message
}

/// The last line that a container wrote, or the message in it.
async fn last_words(client: &Client, pod: &str, ended: &Ended<'_>) -> Option<String> {
    let parameters = LogParams {
        container: Some(ended.container.name.clone()),
        previous: ended.again,
        tail_lines: Some(5),
        ..LogParams::default()
    };
    let pods = Api::<Pod>::default_namespaced(client.clone());
    let log = pods.logs(pod, &parameters).await.ok()?;
    let line = log.lines().rfind(|line| !line.trim().is_empty())?;
    Some(message_of(line))
}

/// A log line is JSON; what a process says before it can log is plain.
fn message_of(line: &str) -> String {
    let entry: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let message = text("error.message").or(text("message"));
    message.unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(value: Value) -> PodStatus {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_log_line_tells_its_error_first() {
        let line = r#"{"message":"stopped by an error","error.message":"no route"}"#;
        assert_eq!(message_of(line), "no route");
        assert_eq!(
            message_of("auth-service: bad settings"),
            "auth-service: bad settings"
        );
    }

    #[test]
    fn a_process_that_ends_again_and_again_is_described() {
        let status = status(json!({"containerStatuses": [{
            "name": "api", "ready": false, "restartCount": 3, "image": "", "imageID": "",
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 64, "reason": "Error"}}}]}));
        let ended: Vec<_> = containers(&status).filter_map(Ended::of).collect();
        assert_eq!(ended[0].describe(), "api ended with 64, 3 restarts:");
        assert!(ended[0].again);
    }

    #[test]
    fn a_sidecar_that_is_well_again_is_no_trouble() {
        let status = status(json!({"initContainerStatuses": [{
            "name": "ratelimit", "ready": true, "restartCount": 1, "image": "", "imageID": "",
            "lastState": {"terminated": {"exitCode": 1}}}]}));
        assert_eq!(containers(&status).filter_map(Ended::of).count(), 0);
    }

    #[test]
    fn what_does_not_pass_by_itself_is_told() {
        let waiting = |reason: &str| {
            let status = status(json!({"containerStatuses": [{
                "name": "api", "ready": false, "restartCount": 0, "image": "", "imageID": "",
                "state": {"waiting": {"reason": reason, "message": "why"}}}]}));
            waits(&status)
        };
        assert_eq!(waiting("ImagePullBackOff"), ["api ImagePullBackOff: why"]);
        assert!(waiting("ContainerCreating").is_empty());
        let homeless = status(json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "message": "no node"}]}));
        assert_eq!(waits(&homeless), ["no node"]);
    }
}
