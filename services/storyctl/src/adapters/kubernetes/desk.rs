use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use contracts::SERVICE_AUTHORIZATION;
use contracts::admin::jobs_admin_client::JobsAdminClient;
use contracts::admin::{self as wire, DescribeRequest};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{Container, Pod, Secret};
use kube::{Api, Client};
use settings::Secret as Hidden;
use tonic::Request;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::installation::Selection;
use super::{pods, unavailable};
use crate::application::ports::{JobsDesk, Unavailable};
use crate::domain::{JobQueue, JobService, JobTrouble};

/// How long connecting, and an answer, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the pods' specification says where the operator's token is.
const TOKEN_FILE: &str = "__CALLERS__OPERATOR_FILE";

/// Asks the services through a port that is forwarded to one of their pods.
pub struct KubernetesDesk {
    client: Client,
    selection: Selection,
    token: Hidden<String>,
}

impl KubernetesDesk {
    /// Presents this token; if it is empty, the one that the pods take from their secret.
    pub fn new(client: Client, selection: Selection, token: Hidden<String>) -> Self {
        Self {
            client,
            selection,
            token,
        }
    }

    async fn pod(&self, service: JobService) -> Result<Pod, Unavailable> {
        let component = service.component();
        let listed = Api::<Pod>::default_namespaced(self.client.clone())
            .list(&self.selection.component(component))
            .await;
        let listed = listed.map_err(|error| unavailable("cannot list pods", error))?;
        let mut ready = listed.items.into_iter().filter(pods::is_ready);
        ready.next().ok_or_else(|| {
            let what = format!("cannot ask {component}");
            no(what, "no pod of it is ready")
        })
    }

    async fn token(&self, pod: &Pod) -> Result<String, Unavailable> {
        if !self.token.expose().is_empty() {
            return Ok(self.token.expose().clone());
        }
        let what = || "there is no token to present".to_owned();
        let (name, key) = token_of(pod).ok_or_else(|| {
            let hint = "set STORYCTL__OPERATOR_TOKEN_FILE, and callers.operator of the service";
            no(what(), hint)
        })?;
        let secrets = Api::<Secret>::default_namespaced(self.client.clone());
        let secret = secrets.get(&name).await;
        let secret = secret.map_err(|error| unavailable(what(), error))?;
        let bytes = secret.data.unwrap_or_default().remove(&key);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes.0).ok());
        text.map(|text| text.trim_end().to_owned())
            .ok_or_else(|| no(what(), &format!("secret {name} has no key {key}")))
    }

    async fn connect(&self, pod: &Pod) -> Result<Channel, Unavailable> {
        let name = pod.metadata.name.clone().unwrap_or_default();
        let what = format!("cannot reach {name}");
        let port = grpc_port(pod);
        let pods = Api::<Pod>::default_namespaced(self.client.clone());
        let opened = pods.portforward(&name, &[port]).await;
        let mut forwarder = opened.map_err(|error| unavailable(what.clone(), error))?;
        // The one connection that it is for.
        let stream = Mutex::new(forwarder.take_stream(port).map(TokioIo::new));
        let connector = service_fn(move |_| {
            let stream = stream.lock().ok().and_then(|mut it| it.take());
            std::future::ready(stream.ok_or_else(|| std::io::Error::other("it was closed")))
        });
        let endpoint = Endpoint::from_static("http://pod").connect_timeout(PATIENCE);
        let endpoint = endpoint.timeout(PATIENCE);
        let connected = endpoint.connect_with_connector(connector).await;
        connected.map_err(|error| Unavailable {
            what,
            cause: error.into(),
        })
    }
}

fn no(what: String, why: &str) -> Unavailable {
    Unavailable {
        what,
        cause: why.into(),
    }
}

fn grpc_port(pod: &Pod) -> u16 {
    let ports = all_containers(pod).flat_map(|container| container.ports.iter().flatten());
    let mut named = ports.filter(|port| port.name.as_deref() == Some("grpc"));
    let port = named
        .next()
        .and_then(|port| port.container_port.try_into().ok());
    port.unwrap_or(9090)
}

fn all_containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    let spec = pod.spec.iter();
    spec.flat_map(|spec| &spec.containers)
}

/// The secret and the key of it that the file is made of which the pod reads the operator's
/// token from.
fn token_of(pod: &Pod) -> Option<(String, String)> {
    let variables = all_containers(pod).flat_map(|container| container.env.iter().flatten());
    let mut files = variables.filter(|variable| variable.name.ends_with(TOKEN_FILE));
    let file = files.next()?.value.clone()?;
    let volumes = pod.spec.as_ref()?.volumes.iter().flatten();
    let projected = volumes.filter_map(|volume| volume.projected.as_ref());
    let sources = projected.flat_map(|it| it.sources.iter().flatten());
    sources
        .filter_map(|source| source.secret.as_ref())
        .find_map(|secret| {
            let mut items = secret.items.iter().flatten();
            let item = items.find(|item| file.ends_with(&format!("/{}", item.path)))?;
            Some((secret.name.clone(), item.key.clone()))
        })
}

#[async_trait]
impl JobsDesk for KubernetesDesk {
    async fn queues(&self, service: JobService) -> Result<Vec<JobQueue>, Unavailable> {
        let what = || format!("cannot ask {}", service.component());
        let pod = self.pod(service).await?;
        let token = self.token(&pod).await?;
        let mut bearer = MetadataValue::try_from(format!("Bearer {token}"))
            .map_err(|_| no(what(), "the token is not printable"))?;
        bearer.set_sensitive(true);
        let mut client = JobsAdminClient::new(self.connect(&pod).await?);
        let mut request = Request::new(DescribeRequest {});
        let metadata = request.metadata_mut();
        metadata.insert(SERVICE_AUTHORIZATION, bearer);
        let described = client.describe(request).await;
        let described = described.map_err(|status| no(what(), &refusal(&status)))?;
        let queues = described.into_inner().queues.into_iter();
        Ok(queues.map(queue).collect())
    }
}

fn refusal(status: &tonic::Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

fn queue(queue: wire::Queue) -> JobQueue {
    let troubles = queue.troubles.into_iter();
    JobQueue {
        name: short(&queue.stream),
        lag: queue.lag,
        pending: queue.pending,
        oldest_ms: queue.oldest_ms,
        ready: queue.ready,
        queued: queue.queued,
        running: queue.running,
        parked: queue.parked,
        dead: queue.dead,
        slots: queue.slots,
        paused_for: Some(queue.paused_for).filter(|it| !it.is_empty()),
        troubles: troubles
            .map(|trouble| JobTrouble {
                waiting: trouble.jobs.saturating_sub(trouble.dead),
                error: trouble.error,
                dead: trouble.dead,
            })
            .collect(),
    }
}

/// `storyloom:jobs:story:interactive` is `story interactive`.
fn short(stream: &str) -> String {
    let name = stream.strip_prefix("storyloom:jobs:").unwrap_or(stream);
    name.replace(':', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_token_is_found_where_the_pod_has_it_from() {
        let pod = json!({"spec": {
            "containers": [{"name": "api",
                "ports": [{"name": "grpc", "containerPort": 9190}],
                "env": [{"name": "STORY__CALLERS__OPERATOR_FILE",
                         "value": "/run/secrets/storyloom/service-tokens/operator"}]}],
            "volumes": [{"name": "secrets", "projected": {"sources": [
                {"secret": {"name": "other", "items": [{"key": "a", "path": "jwt/key"}]}},
                {"secret": {"name": "tokens", "items": [
                    {"key": "mine", "path": "service-tokens/operator"}]}}]}}],
        }});
        let pod = serde_json::from_value(pod).unwrap();
        let found = token_of(&pod).unwrap();
        assert_eq!(found, ("tokens".to_owned(), "mine".to_owned()));
        assert_eq!(grpc_port(&pod), 9190);
        assert_eq!(token_of(&Pod::default()), None);
    }

    #[test]
    fn streams_have_short_names() {
        assert_eq!(
            short("storyloom:jobs:story:interactive"),
            "story interactive"
        );
        assert_eq!(short("else"), "else");
    }
}
