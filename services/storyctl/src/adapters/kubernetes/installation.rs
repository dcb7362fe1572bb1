use std::fmt::Debug;

use async_trait::async_trait;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, Secret, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use super::{needs, pods, scalers, status, tasks, unavailable, workloads};
use crate::application::ports::{Installation, Unavailable};
use crate::domain::{MissingKey, Scaler, Secrets, Task, Workload};

/// Which objects of a namespace belong to the installation.
#[derive(Debug, Clone)]
pub struct Selection(String);

impl Selection {
    /// Those of one release; else all that are Storyloom's.
    pub fn new(release: Option<&str>) -> Self {
        let ours = "app.kubernetes.io/part-of=storyloom";
        Self(match release {
            Some(release) => format!("{ours},app.kubernetes.io/instance={release}"),
            None => ours.to_owned(),
        })
    }

    /// What it asks the API server for.
    pub fn all(&self) -> ListParams {
        ListParams::default().labels(&self.0)
    }

    /// The same, of one component alone.
    pub fn component(&self, component: &str) -> ListParams {
        let labels = format!("{},app.kubernetes.io/component={component}", self.0);
        ListParams::default().labels(&labels)
    }
}

/// The installation in the namespace that the client is for.
pub struct KubernetesInstallation {
    client: Client,
    selection: Selection,
}

impl KubernetesInstallation {
    /// The objects of that selection.
    pub fn new(client: Client, selection: Selection) -> Self {
        Self { client, selection }
    }

    async fn list<K>(&self) -> Result<Vec<K>, Unavailable>
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
        K::DynamicType: Default,
    {
        let what = K::plural(&K::DynamicType::default()).into_owned();
        let listed = Api::<K>::default_namespaced(self.client.clone())
            .list(&self.selection.all())
            .await;
        let listed = listed.map_err(|error| unavailable(format!("cannot list {what}"), error))?;
        Ok(listed.items)
    }

    /// The keys of a secret that are there and not empty; none if it is not there.
    async fn keys(&self, name: &str) -> Result<Option<Vec<String>>, Unavailable> {
        let secrets = Api::<Secret>::default_namespaced(self.client.clone());
        let found = secrets.get_opt(name).await;
        let found =
            found.map_err(|error| unavailable(format!("cannot read secret {name}"), error))?;
        Ok(found.map(|secret| {
            let data = secret.data.unwrap_or_default().into_iter();
            let filled = data.filter(|(_, value)| !value.0.is_empty());
            filled.map(|(key, _)| key).collect()
        }))
    }
}

#[async_trait]
impl Installation for KubernetesInstallation {
    async fn workloads(&self) -> Result<Vec<Workload>, Unavailable> {
        let deployments = self.list::<Deployment>().await?;
        let deployments = deployments.into_iter().map(workloads::of_deployment);
        let stateful = self.list::<StatefulSet>().await?;
        let stateful = stateful.into_iter().map(workloads::of_stateful_set);
        let mut all: Vec<_> = deployments.chain(stateful).collect();
        let services = self.list::<Service>().await?.into_iter();
        let budgets = self.list::<PodDisruptionBudget>().await?.into_iter();
        let claims = services.map(workloads::of_service);
        let claims = claims.chain(budgets.map(workloads::of_budget));
        all.extend(workloads::gone(claims, &all));
        for pod in self.list::<Pod>().await? {
            let owner = all.iter_mut().find(|(labels, _)| pods::has(&pod, labels));
            if let Some((_, workload)) = owner
                && let Some(trouble) = pods::trouble(&self.client, &pod).await
            {
                workload.troubles.push(trouble);
            }
        }
        Ok(all.into_iter().map(|(_, workload)| workload).collect())
    }

    async fn tasks(&self) -> Result<Vec<Task>, Unavailable> {
        let pods = self.list::<Pod>().await?;
        let mut all = Vec::new();
        for job in self.list::<Job>().await? {
            let Some(mut task) = tasks::of_job(&job) else {
                continue;
            };
            let own = pods.iter().filter(|pod| tasks::is_pod_of(pod, &task.name));
            let mut troubles = Vec::new();
            for pod in own {
                troubles.extend(pods::trouble(&self.client, pod).await);
            }
            tasks::explain(&mut task, troubles.pop());
            all.push(task);
        }
        Ok(all)
    }

    async fn secrets(&self) -> Result<Secrets, Unavailable> {
        let deployments = self.list::<Deployment>().await?.into_iter();
        let templates = deployments.filter_map(|it| it.spec?.template.spec);
        let stateful = self.list::<StatefulSet>().await?.into_iter();
        let templates = templates.chain(stateful.filter_map(|it| it.spec?.template.spec));
        let jobs = self.list::<Job>().await?.into_iter();
        let templates = templates.chain(jobs.filter_map(|it| it.spec?.template.spec));
        let needed = needs::of_pods(templates);
        let mut missing = Vec::new();
        for (secret, keys) in &needed {
            let there = self.keys(secret).await?;
            let lost = |key: Option<&String>| MissingKey {
                secret: secret.clone(),
                key: key.cloned(),
            };
            match there {
                None => missing.push(lost(None)),
                Some(there) => {
                    let absent = keys.iter().filter(|key| !there.contains(key));
                    missing.extend(absent.map(|key| lost(Some(key))));
                }
            }
        }
        Ok(Secrets {
            needed: needed.len(),
            missing,
        })
    }

    async fn scalers(&self) -> Result<Option<Vec<Scaler>>, Unavailable> {
        let objects = scalers::api(self.client.clone());
        match objects.list(&self.selection.all()).await {
            Ok(listed) => Ok(Some(listed.items.iter().map(scalers::read).collect())),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(unavailable("cannot list scaledobjects of KEDA", error)),
        }
    }
}
