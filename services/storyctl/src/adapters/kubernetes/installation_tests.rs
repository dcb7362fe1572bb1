use std::convert::Infallible;

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::{KubernetesInstallation, Selection};
use crate::application::ports::Installation as _;

/// An API server that lists these objects, whatever the selection is.
fn listing(objects: Value) -> KubernetesInstallation {
    let service = tower::service_fn(move |request: Request<Body>| {
        let plural = request.uri().path().rsplit('/').next().unwrap_or_default();
        let items = objects.get(plural).cloned().unwrap_or_else(|| json!([]));
        let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items});
        let answer = Response::new(Body::from(list.to_string().into_bytes()));
        async move { Ok::<_, Infallible>(answer) }
    });
    KubernetesInstallation::new(Client::new(service, "here"), Selection::new(Some("x")))
}

fn labels(component: &str) -> Value {
    json!({"app.kubernetes.io/instance": "x", "app.kubernetes.io/component": component})
}

fn service(name: &str, component: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"selector": labels(component)}})
}

/// As many of it as there should be.
fn workload(name: &str, component: &str) -> Value {
    let template = json!({"metadata": {"labels": labels(component)}, "spec": {"containers": []}});
    json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": 1, "serviceName": name, "template": template,
            "selector": {"matchLabels": labels(component)}},
        "status": {"replicas": 1, "readyReplicas": 1},
    })
}

/// What is not whole, with what is said about it.
async fn wrong(objects: Value) -> Vec<(String, String)> {
    let workloads = listing(objects).workloads().await.unwrap();
    let wrong = workloads.into_iter().filter(|it| it.ready < it.wanted);
    let wrong = wrong.map(|it| (it.name, it.troubles.join("; ")));
    wrong.collect()
}

#[tokio::test]
async fn a_workload_that_was_deleted_is_missed() {
    let gone = |name: &str| {
        let why = "no Deployment or StatefulSet makes its pods";
        (name.to_owned(), why.to_owned())
    };
    let mut objects = json!({
        "services": [
            service("x-auth", "auth"), service("x-auth-headless", "auth"),
            service("x-postgres", "postgres")],
        "poddisruptionbudgets": [{
            "metadata": {"name": "x-story-worker"},
            "spec": {"selector": {"matchLabels": labels("story-worker")}}}],
        "deployments": [workload("x-auth", "auth"), workload("x-story-worker", "story-worker")],
        "statefulsets": [workload("x-postgres", "postgres")],
    });
    assert_eq!(wrong(objects.clone()).await, []);
    objects["statefulsets"] = json!([]);
    assert_eq!(wrong(objects.clone()).await, [gone("x-postgres")]);
    objects["deployments"] = json!([]);
    let all = ["x-auth", "x-postgres", "x-story-worker"].map(gone);
    assert_eq!(wrong(objects).await, all);
}
