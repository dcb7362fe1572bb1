use super::installation::{JobQueue, Purpose, Scaler, Secrets, Task, TaskState, Workload};

/// What was found out about one part of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which part.
    pub area: &'static str,
    /// Whether it is as it should be.
    pub well: bool,
    /// What there is to say.
    pub text: String,
}

impl Finding {
    /// All is well there.
    pub fn well(area: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            area,
            well: true,
            text,
        }
    }

    /// Something is wrong there.
    pub fn wrong(area: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            area,
            well: false,
            text,
        }
    }
}

pub const WORKLOADS: &str = "workloads";
pub const MIGRATIONS: &str = "migrations";
pub const SECRETS: &str = "secrets";
pub const QUEUES: &str = "queues";
pub const DEAD_LETTERS: &str = "dead letters";
pub const MAIL: &str = "mail";
pub const KEDA: &str = "KEDA";
pub const ELASTICSEARCH: &str = "Elasticsearch";

/// For how long a due job may wait, in milliseconds: a worker is awake and the job done long
/// before.
const LONG: u64 = 300_000;

/// One for each workload that is not whole; if all are, one for all.
pub fn of_workloads(workloads: &[Workload]) -> Vec<Finding> {
    if workloads.is_empty() {
        return vec![Finding::wrong(WORKLOADS, "there are none here")];
    }
    let wrong = workloads.iter().filter_map(|workload| {
        let Workload {
            name,
            wanted,
            ready,
            troubles,
        } = workload;
        let whole = ready >= wanted && troubles.is_empty();
        let text = format!("{name} {ready}/{wanted} {}", troubles.join("; "));
        (!whole).then(|| Finding::wrong(WORKLOADS, text.trim_end()))
    });
    let wrong: Vec<_> = wrong.collect();
    let asleep = workloads.iter().filter(|it| it.wanted == 0).count();
    let awake = workloads.len() - asleep;
    or_well(wrong, || {
        Finding::well(WORKLOADS, format!("{awake} ready, {asleep} scaled to zero"))
    })
}

/// Migrations, and the set-up of secrets and Elasticsearch as far as it failed.
pub fn of_tasks(tasks: &[Task]) -> Vec<Finding> {
    let mut findings = of_purpose(tasks, Purpose::Migration, MIGRATIONS, || {
        Finding::well(MIGRATIONS, "no job; /readyz of the pods vouches for them")
    });
    findings.extend(of_purpose(
        tasks,
        Purpose::Elasticsearch,
        ELASTICSEARCH,
        || Finding::well(ELASTICSEARCH, "not set up by this installation"),
    ));
    let secrets = of_purpose(tasks, Purpose::Secrets, SECRETS, || {
        Finding::well(SECRETS, "")
    });
    findings.extend(secrets.into_iter().filter(|it| !it.well));
    findings
}

fn of_purpose(
    tasks: &[Task],
    purpose: Purpose,
    area: &'static str,
    none: impl Fn() -> Finding,
) -> Vec<Finding> {
    let tasks: Vec<_> = tasks.iter().filter(|it| it.purpose == purpose).collect();
    if tasks.is_empty() {
        return vec![none()];
    }
    let wrong = tasks.iter().filter_map(|task| match &task.state {
        TaskState::Done => None,
        TaskState::UnderWay(why) => {
            let text = format!("{} is not done yet {why}", task.name);
            Some(Finding::wrong(area, text.trim_end()))
        }
        TaskState::Failed(why) => {
            let text = format!("{} failed: {why}", task.name);
            Some(Finding::wrong(area, text))
        }
    });
    let wrong = wrong.collect();
    or_well(wrong, || {
        let names: Vec<_> = tasks.iter().map(|it| it.name.as_str()).collect();
        Finding::well(area, format!("done: {}", names.join(", ")))
    })
}

/// One for each key that is missing.
pub fn of_secrets(secrets: &Secrets) -> Vec<Finding> {
    let wrong = secrets.missing.iter().map(|missing| {
        let text = match &missing.key {
            Some(key) => format!("secret {} has no key {key}", missing.secret),
            None => format!("secret {} is not there", missing.secret),
        };
        Finding::wrong(SECRETS, text)
    });
    or_well(wrong.collect(), || {
        let text = format!("{} have every key that is needed", secrets.needed);
        Finding::well(SECRETS, text)
    })
}

/// One for each scaler that KEDA cannot work with.
pub fn of_scalers(scalers: Option<&[Scaler]>) -> Vec<Finding> {
    let Some(scalers) = scalers else {
        return vec![Finding::well(KEDA, "not in this cluster")];
    };
    let wrong = scalers.iter();
    let wrong = wrong.filter(|it| !it.ready || it.blind || it.paused);
    let wrong = wrong.map(|scaler| {
        let Scaler { name, why, .. } = scaler;
        let text = match (scaler.ready, scaler.blind) {
            (false, _) => format!("{name} is not ready: {why}"),
            (true, true) => format!("{name} does not see how much work there is: {why}"),
            (true, false) => format!("{name} is paused (annotation autoscaling.keda.sh/paused…)"),
        };
        Finding::wrong(KEDA, text)
    });
    or_well(wrong.collect(), || {
        let active = scalers.iter().filter(|it| it.active).count();
        let text = format!("{} ready, {active} see work", scalers.len());
        Finding::well(KEDA, text)
    })
}

/// How the queues stand, and what was given up.
pub fn of_queues(queues: &[JobQueue]) -> Vec<Finding> {
    let mut findings: Vec<_> = queues.iter().map(of_queue).collect();
    let wrong = queues.iter().filter_map(|queue| {
        let text = match queue.dead {
            Some(0) => return None,
            Some(dead) => {
                let causes = queue.troubles.iter().filter(|it| it.dead > 0);
                let causes: Vec<_> = causes.map(|it| it.error.as_str()).collect();
                format!("{}: {dead} given up: {}", queue.name, causes.join("; "))
            }
            None => format!("{}: unknown", queue.name),
        };
        Some(Finding::wrong(DEAD_LETTERS, text))
    });
    findings.extend(or_well(wrong.collect(), || {
        let names: Vec<_> = queues.iter().map(|it| it.name.as_str()).collect();
        Finding::well(DEAD_LETTERS, format!("none in {}", names.join(", ")))
    }));
    findings
}

fn of_queue(queue: &JobQueue) -> Finding {
    let number = |number: Option<u64>| number.map_or("unknown".to_owned(), |it| it.to_string());
    let numbers = format!(
        "{}: lag {}, pending {}, waiting {}, running {}, oldest {} ms",
        queue.name,
        number(queue.lag),
        number(queue.pending),
        number(queue.ready),
        number(queue.running),
        number(queue.oldest_ms),
    );
    let mut faults = Vec::new();
    if let Some(reason) = &queue.paused_for {
        faults.push(format!("paused: {reason}"));
    }
    if queue.lag.is_none() || queue.pending.is_none() {
        faults.push("Redis does not tell how much work there is".to_owned());
    }
    if queue.ready.is_none() {
        faults.push("PostgreSQL does not answer".to_owned());
    }
    if queue.parked.is_some_and(|parked| parked > 0) {
        let parked = queue.parked.unwrap_or_default();
        faults.push(format!("{parked} of a kind that no worker knows"));
    }
    if queue.oldest_ms.is_some_and(|oldest| oldest > LONG) {
        faults.push("a due job waits for long".to_owned());
    }
    if faults.is_empty() {
        return Finding::well(QUEUES, numbers);
    }
    Finding::wrong(QUEUES, format!("{numbers}; {}", faults.join("; ")))
}

/// What the queue of mails tells of the mail server.
pub fn of_mail(queues: &[JobQueue]) -> Vec<Finding> {
    let troubles = queues.iter().flat_map(|queue| &queue.troubles);
    let waiting = troubles.filter(|it| it.waiting > 0);
    let waiting = waiting.map(|trouble| {
        let (waiting, error) = (trouble.waiting, &trouble.error);
        format!("{waiting} wait for another try: {error}")
    });
    // What waits is counted where the troubles are kept.
    let unknown = queues.iter().filter(|queue| queue.ready.is_none());
    let unknown = unknown.map(|queue| format!("{}: unknown", queue.name));
    let wrong = waiting
        .chain(unknown)
        .map(|text| Finding::wrong(MAIL, text));
    or_well(wrong.collect(), || {
        Finding::well(MAIL, "no mail waits for another try")
    })
}

fn or_well(wrong: Vec<Finding>, well: impl FnOnce() -> Finding) -> Vec<Finding> {
    if wrong.is_empty() {
        return vec![well()];
    }
    wrong
}
