use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;

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

/// The labels of the pods that something is there for, and what that is called.
pub type Claim = (BTreeMap<String, String>, String);

pub fn of_service(service: Service) -> Claim {
    let spec = service.spec.unwrap_or_default();
    let name = service.metadata.name.unwrap_or_default();
    (spec.selector.unwrap_or_default(), name)
}

pub fn of_budget(budget: PodDisruptionBudget) -> Claim {
    let selector = budget.spec.unwrap_or_default().selector.unwrap_or_default();
    let name = budget.metadata.name.unwrap_or_default();
    (selector.match_labels.unwrap_or_default(), name)
}

/// The workloads that are gone: something is there for their pods, and nothing makes these.
pub fn gone(claims: impl Iterator<Item = Claim>, there: &[Labelled]) -> Vec<Labelled> {
    let mut gone = BTreeMap::new();
    for (labels, name) in claims {
        let covers = |own: &BTreeMap<String, String>| {
            let mut labels = labels.iter();
            labels.all(|(name, value)| own.get(name) == Some(value))
        };
        if !there.iter().any(|(own, _)| covers(own)) {
            gone.entry(labels).or_insert(name);
        }
    }
    let gone = gone.into_iter().map(|(labels, name)| {
        let workload = Workload {
            name,
            wanted: 1,
            ready: 0,
            troubles: vec!["no Deployment or StatefulSet makes its pods".to_owned()],
        };
        (labels, workload)
    });
    gone.collect()
}

fn count(replicas: Option<i32>, unset: u32) -> u32 {
    replicas.map_or(unset, |it| u32::try_from(it).unwrap_or_default())
}
