use std::env;
use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use super::kube;
use super::origin::{self, Origin};
use crate::console::{self, Step};
use crate::{environment, tools};

/// This machine, as the pods of the kit's cluster see it.
const KIT_HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 19, 255, 1));

/// A cluster that may be broken.
pub struct Cluster {
    origin: Origin,
    /// This machine, as its pods see it.
    pub host: IpAddr,
    environment: Environment,
    _kubeconfig: Option<NamedTempFile>,
}

type Environment = Vec<(&'static str, OsString)>;

impl Cluster {
    /// Starts the kit's cluster, or sees to it that the context's is disposable.
    pub async fn open(origin: Origin) -> anyhow::Result<Self> {
        match &origin {
            Origin::Kit(folder) => {
                let step = Step::begin("cluster");
                let kit = folder.join("cluster");
                let _alone = kit_lock()?;
                kube::finish(
                    tokio::process::Command::new(&kit).args(["up", "keda", "netpol", "images"]),
                )
                .await
                .context("the cluster kit could not start its cluster")?;
                step.done("up, with KEDA and network policies");
                Ok(Self {
                    environment: kit_environment()?,
                    host: KIT_HOST,
                    origin,
                    _kubeconfig: None,
                })
            }
            Origin::Context(context) => {
                let host = environment::text("STORYLOOM_HOST").context(
                    "set STORYLOOM_HOST to the address at which the cluster's pods reach this machine; for kind it is the \
                     gateway of its Docker network",
                )?;
                let host = host
                    .parse()
                    .context("STORYLOOM_HOST must be an IP address")?;
                let context = context.clone();
                let (file, environment) = only(&context).await?;
                let cluster = Self {
                    environment,
                    host,
                    origin,
                    _kubeconfig: Some(file),
                };
                let namespace = cluster
                    .json(&["get", "namespace", "kube-system"])
                    .await
                    .with_context(|| format!("the context {context} could not be asked"))?;
                origin::ensure_disposable(&context, &namespace)?;
                Ok(cluster)
            }
        }
    }

    /// Runs kubectl; answers what it printed.
    pub async fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        kube::finish(self.command("kubectl").args(arguments)).await
    }

    /// Runs kubectl; answers the object or list that it printed.
    pub async fn json(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let arguments = [arguments, &["-o", "json"]].concat();
        Ok(serde_json::from_str(&self.kubectl(&arguments).await?)?)
    }

    /// Makes objects, or changes them to what is given.
    pub async fn apply(&self, objects: &serde_json::Value) -> anyhow::Result<()> {
        let mut command = self.command("kubectl");
        command.args(["apply", "-f", "-"]);
        kube::finish_with(&mut command, &objects.to_string()).await?;
        Ok(())
    }

    /// A program that finds this cluster and no other, such as `kubectl` or `helm`.
    pub fn command(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        self.blocking(program).into()
    }

    /// As `command`, for where nothing can be awaited.
    pub fn blocking(&self, program: impl AsRef<OsStr>) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Whether it is the kit's.
    pub fn is_kit(&self) -> bool {
        matches!(self.origin, Origin::Kit(_))
    }

    /// Has the kit make an image of a static program.
    pub async fn image(&self, name: &str, program: &Path) -> anyhow::Result<()> {
        if let Origin::Kit(folder) = &self.origin {
            let mut make = tokio::process::Command::new(folder.join("cluster"));
            kube::finish(make.args(["image", name]).arg(program)).await?;
        }
        Ok(())
    }

    /// Brings an image into the node.
    pub async fn load(&self, archive: &Path) -> anyhow::Result<()> {
        let mut command = match &self.origin {
            Origin::Kit(folder) => {
                let mut command = tokio::process::Command::new(folder.join("cluster"));
                command.arg("load").arg(archive);
                command
            }
            Origin::Context(context) => {
                let name = context.strip_prefix("kind-").with_context(|| {
                    format!(
                        "images can be brought into clusters of kind alone; for {context}, do it yourself and pass --no-images"
                    )
                })?;
                let mut command = tokio::process::Command::new("kind");
                command.args(["load", "image-archive", "--name", name]);
                command.arg(archive);
                command
            }
        };
        kube::finish(&mut command).await?;
        Ok(())
    }

    /// Makes volumes that nobody claims any more available again, where the cluster does not
    /// do so itself.
    pub fn free_volumes(&self) {
        let Origin::Kit(folder) = &self.origin else {
            return;
        };
        let _alone = kit_lock();
        for _attempt in 0..3 {
            let up = std::process::Command::new(folder.join("cluster"))
                .arg("up")
                .output();
            if up.is_ok_and(|it| it.status.success()) {
                return;
            }
        }
        console::note("the kit could not free its volumes; `cluster up` does it");
    }

    /// What a shell needs to use kubectl and helm with this cluster.
    pub fn how_to_use(&self) -> String {
        match &self.origin {
            Origin::Kit(_) => {
                let variable = |(name, value): &(&str, OsString)| {
                    let value = value.to_string_lossy();
                    let value = value.split(':').next().unwrap_or_default();
                    match *name {
                        "PATH" => format!("PATH={value}:$PATH"),
                        name => format!("{name}={value}"),
                    }
                };
                let variables: Vec<_> = self.environment.iter().map(variable).collect();
                format!("export {}", variables.join(" "))
            }
            Origin::Context(context) => format!("kubectl config use-context {context}"),
        }
    }
}

/// The way into the cluster of a context, in a file of its own: whoever switches to another
/// context meanwhile does not lead us there.
async fn only(context: &str) -> anyhow::Result<(NamedTempFile, Environment)> {
    let mut view = tokio::process::Command::new("kubectl");
    view.args(["config", "view", "--raw", "--minify", "--flatten"]);
    let config = kube::finish(view.args(["--context", context])).await?;
    let file = NamedTempFile::new()?;
    std::fs::write(file.path(), config)?;
    let environment = vec![("KUBECONFIG", file.path().into())];
    Ok((file, environment))
}

/// Lets one run at a time have the kit free volumes: two at once would empty one that is in
/// use again.
fn kit_lock() -> anyhow::Result<std::fs::File> {
    let file = std::fs::File::create(env::temp_dir().join("storyloom-cluster.lock"))?;
    file.lock()?;
    Ok(file)
}

/// Where the kit keeps kubectl, helm and the way in.
fn kit_environment() -> anyhow::Result<Environment> {
    let cache = match env::var_os("CLUSTER_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None => environment::home()?.join(".cache/test-cluster"),
    };
    let state = env::var_os("CLUSTER_STATE").unwrap_or_else(|| "/var/lib/test-cluster".into());
    let kubeconfig = PathBuf::from(state).join("admin.kubeconfig");
    Ok(vec![
        ("KUBECONFIG", kubeconfig.into()),
        ("PATH", tools::search_path(&[cache.join("bin")])?),
    ])
}
