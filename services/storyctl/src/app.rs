//! Composition root: the only file that names every concrete type.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kube::Client;
use settings::{BAD_SETTINGS_EXIT, BadSettings};
use tokio::signal::unix::{SignalKind, signal};

use crate::adapters::chance::{SystemKeys, hexadecimal};
use crate::adapters::files::read_plan;
use crate::adapters::http::{Access, Elasticsearch, HttpClient, Mailpit, RestApi};
use crate::adapters::kubernetes::{
    KubernetesDesk, KubernetesInstallation, KubernetesVault, Selection,
};
use crate::adapters::terminal::{Terminal, failure};
use crate::application::ports::{Inbox, Screen as _};
use crate::application::{Diagnose, ListQueues, MakeSecrets, Outcome, SetUpLogs, Smoke};
use crate::domain::Account;
use crate::settings::Settings;

/// Operators' tasks of Storyloom.
#[derive(clap::Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Make the secrets of a plan; what is there stays as it is
    InitSecrets(InitSecrets),
    /// Do what a reader does, from signing up to the story in the inbox
    Smoke(SmokeTest),
    /// Put the index templates for our logs into Elasticsearch
    EsSetup,
    /// Say on one screen what is wrong; exit 0 if nothing is
    Doctor(Which),
    /// Say how jobs stand: their states, how far workers are behind, the oldest
    Jobs(Which),
}

/// Which installation it is about.
#[derive(clap::Args)]
struct Which {
    /// The namespace; else the pod's, or that of the current context
    #[arg(long, short)]
    namespace: Option<String>,
    /// The Helm release; else all that is Storyloom's in the namespace
    #[arg(long, short)]
    release: Option<String>,
}

#[derive(clap::Args)]
struct InitSecrets {
    /// YAML or JSON: secrets: [{name, labels, keys: [{name, kind}]}]
    #[arg(long)]
    plan: PathBuf,
    /// The namespace; else the pod's, or that of the current context
    #[arg(long, short)]
    namespace: Option<String>,
}

#[derive(clap::Args)]
struct SmokeTest {
    /// Where auth-service, or the whole REST API, is reached
    #[arg(long)]
    auth: String,
    /// Where story-service is reached; else where the REST API is
    #[arg(long)]
    story: Option<String>,
    /// Mailpit, or what speaks its API, where all mails arrive; without it nothing that needs
    /// a mail is tried
    #[arg(long)]
    inbox: Option<String>,
    /// How long each step may take, in seconds
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

/// What a shell says of a process that SIGTERM ended.
const TERMINATED: u8 = 143;

/// Does what is asked for, and says what became of it: 64 for bad settings, 143 if SIGTERM
/// came before it was done, 1 for anything else that went wrong.
pub async fn run(cli: Cli) -> ExitCode {
    // The first process of a container is sent no signal that it does not listen for.
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => return failed(&error.into()),
    };
    tokio::select! {
        code = outcome(cli.task) => code,
        _ = terminate.recv() => {
            failure("ended by SIGTERM before it was done");
            TERMINATED.into()
        }
    }
}

async fn outcome(task: Task) -> ExitCode {
    let done = match task {
        Task::InitSecrets(task) => init_secrets(&task).await,
        Task::Smoke(task) => smoke(&task).await,
        Task::EsSetup => es_setup().await,
        Task::Doctor(which) => doctor(&which).await,
        Task::Jobs(which) => jobs(&which).await,
    };
    done.unwrap_or_else(|error| failed(&error))
}

fn failed(error: &anyhow::Error) -> ExitCode {
    if let Some(bad) = error.downcast_ref::<BadSettings>() {
        failure(&bad.to_string());
        return BAD_SETTINGS_EXIT.into();
    }
    failure(&format!("{error:#}"));
    ExitCode::FAILURE
}

async fn init_secrets(task: &InitSecrets) -> anyhow::Result<ExitCode> {
    let plan = read_plan(&task.plan)?;
    let client = kubernetes(task.namespace.as_deref()).await?;
    let vault = Arc::new(KubernetesVault::new(client));
    for made in MakeSecrets::new(vault, Arc::new(SystemKeys))
        .run(&plan)
        .await?
    {
        let what = match made.outcome {
            Outcome::Created => "secret made".to_owned(),
            Outcome::Kept => "secret was there".to_owned(),
            Outcome::Added(keys) => {
                let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
                format!("added {} to secret", keys.join(", "))
            }
        };
        Terminal.done(&what, made.secret.as_str());
    }
    Ok(ExitCode::SUCCESS)
}

async fn smoke(task: &SmokeTest) -> anyhow::Result<ExitCode> {
    let http = HttpClient::new(None).context("no authority is trusted")?;
    let story = task.story.as_ref().unwrap_or(&task.auth);
    let api = Arc::new(RestApi::new(http.clone(), &task.auth, story));
    let inbox = task.inbox.as_deref();
    let inbox = inbox.map(|url| Arc::new(Mailpit::new(http, url)) as Arc<dyn Inbox>);
    let patience = Duration::from_secs(task.patience);
    let terminal = (Arc::new(Terminal) as _, Arc::new(Terminal) as _);
    let reader = Account {
        email: format!("smoke-{}@example.org", hexadecimal().split_at(16).0),
        password: hexadecimal(),
    };
    Smoke::new(api, inbox, terminal, patience)
        .run(&reader)
        .await?;
    Ok(ExitCode::SUCCESS)
}

async fn es_setup() -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?.elasticsearch;
    let hosts = settings.hosts()?;
    let http = HttpClient::new(settings.authority())
        .map_err(|error| BadSettings::unfit("elasticsearch.ca", error))?;
    let access = Access {
        hosts,
        credentials: (settings.user, settings.password.expose().clone()),
        patience: settings.wait_ms.millis(),
    };
    let store = Arc::new(Elasticsearch::new(http, access));
    let set_up = SetUpLogs::new(store, Arc::new(Terminal));
    set_up.run(settings.retention.as_ref()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn doctor(which: &Which) -> anyhow::Result<ExitCode> {
    let client = kubernetes(which.namespace.as_deref()).await?;
    let selection = Selection::new(which.release.as_deref());
    let desk = desk(client.clone(), selection.clone())?;
    let installation = KubernetesInstallation::new(client, selection);
    let diagnose = Diagnose::new(Arc::new(installation), Arc::new(desk));
    let findings = diagnose.run().await;
    Terminal::findings(&findings);
    Ok(if findings.iter().all(|it| it.well) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn jobs(which: &Which) -> anyhow::Result<ExitCode> {
    let client = kubernetes(which.namespace.as_deref()).await?;
    let desk = desk(client, Selection::new(which.release.as_deref()))?;
    let queues = ListQueues::new(Arc::new(desk)).run().await?;
    Terminal::queues(&queues);
    Ok(ExitCode::SUCCESS)
}

fn desk(client: Client, selection: Selection) -> Result<KubernetesDesk, BadSettings> {
    let token = Settings::load()?.operator_token;
    Ok(KubernetesDesk::new(client, selection, token))
}

/// The API server that this pod, or the current context, belongs to.
async fn kubernetes(namespace: Option<&str>) -> anyhow::Result<Client> {
    let mut config = kube::Config::infer().await?;
    if let Some(namespace) = namespace {
        namespace.clone_into(&mut config.default_namespace);
    }
    Ok(Client::try_from(config)?)
}
