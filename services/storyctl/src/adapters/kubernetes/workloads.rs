use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};

use crate::domain::Workload;

/// The labels of its pods, and how it is.
pub type Labelled = (BTreeMap<String, String>, Workload);

pub fn of_deployment(deployment: Deployment) -> Labelled {
    let status = deployment.status.unwrap_or_default();
    let spec = deployment.spec.unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default().into_iter();
    let stuck = conditions.filter(|it| {
        let failure = it.type_ == "ReplicaFailure" && it.status == "True";
        failure || it.type_ == "Progressing" && it.status == "False"
    });
    let workload = Workload {
        name: deployment.metadata.name.unwrap_or_default(),
        wanted: count(spec.replicas, 1),
        ready: count(status.ready_replicas, 0),
        troubles: stuck.filter_map(|it| it.message).collect(),
    };
    (spec.selector.match_labels.unwrap_or_default(), workload)
}

pub fn of_stateful_set(set: StatefulSet) -> Labelled {
    let status = set.status.unwrap_or_default();
    let spec = set.spec.unwrap_or_default();
    let workload = Workload {
        name: set.metadata.name.unwrap_or_default(),
        wanted: count(spec.replicas, 1),
        ready: count(status.ready_replicas, 0),
        troubles: Vec::new(),
    };
    (spec.selector.match_labels.unwrap_or_default(), workload)
}

fn count(replicas: Option<i32>, unset: u32) -> u32 {
    replicas.map_or(unset, |it| u32::try_from(it).unwrap_or_default())
}
