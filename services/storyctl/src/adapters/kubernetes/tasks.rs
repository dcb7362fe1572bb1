use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;

use crate::domain::{Purpose, Task, TaskState};

/// What a job of ours is for, and how far it is; none if it is none of these.
pub fn of_job(job: &Job) -> Option<Task> {
    let labels = job.metadata.labels.as_ref()?;
    let purpose = match labels.get("app.kubernetes.io/component")?.as_str() {
        "migrate" => Purpose::Migration,
        "init-secrets" => Purpose::Secrets,
        "es-setup" => Purpose::Elasticsearch,
        _ => return None,
    };
    let status = job.status.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let condition = |name: &str| {
        let mut all = conditions.iter();
        all.find(|it| it.type_ == name && it.status == "True")
    };
    let state = if condition("Complete").is_some() || status.succeeded > Some(0) {
        TaskState::Done
    } else if let Some(failed) = condition("Failed") {
        TaskState::Failed(failed.message.clone().unwrap_or_default())
    } else {
        TaskState::UnderWay(String::new())
    };
    Some(Task {
        name: job.metadata.name.clone()?,
        purpose,
        state,
    })
}

/// Whether a pod works for that job.
pub fn is_pod_of(pod: &Pod, job: &str) -> bool {
    let labels = pod.metadata.labels.as_ref();
    labels
        .and_then(|it| it.get("batch.kubernetes.io/job-name"))
        .map(String::as_str)
        == Some(job)
}

/// Adds what a pod of the task says about why it is not done.
pub fn explain(task: &mut Task, trouble: Option<String>) {
    let (TaskState::UnderWay(why) | TaskState::Failed(why)) = &mut task.state else {
        return;
    };
    match trouble {
        Some(trouble) if why.is_empty() => *why = trouble,
        Some(trouble) => *why = [why.as_str(), &trouble].join(" "),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn job(component: &str, status: &Value) -> Job {
        let labels = json!({"app.kubernetes.io/component": component});
        let metadata = json!({"name": "x", "labels": labels});
        serde_json::from_value(json!({"metadata": metadata, "status": status})).unwrap()
    }

    #[test]
    fn a_job_is_done_failed_or_under_way() {
        let state = |status: Value| of_job(&job("migrate", &status)).unwrap().state;
        let failed = json!({"failed": 7, "conditions": [
            {"type": "Failed", "status": "True", "message": "too often"}]});
        assert_eq!(state(json!({"succeeded": 1})), TaskState::Done);
        assert_eq!(state(failed), TaskState::Failed("too often".to_owned()));
        assert_eq!(
            state(json!({"active": 1})),
            TaskState::UnderWay(String::new())
        );
    }

    #[test]
    fn other_jobs_are_left_out() {
        assert_eq!(of_job(&job("backup", &json!({}))), None);
    }

    #[test]
    fn what_a_pod_says_is_added_unless_the_job_is_done() {
        let mut task = of_job(&job("migrate", &json!({"active": 1}))).unwrap();
        explain(&mut task, Some("x-1: no route".to_owned()));
        assert_eq!(task.state, TaskState::UnderWay("x-1: no route".to_owned()));
        task.state = TaskState::Done;
        explain(&mut task, Some("x-1: no route".to_owned()));
        assert_eq!(task.state, TaskState::Done);
    }
}
