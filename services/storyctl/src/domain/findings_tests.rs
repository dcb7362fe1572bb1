use super::findings::{
    DEAD_LETTERS, of_mail, of_queues, of_scalers, of_secrets, of_tasks, of_workloads,
};
use super::{
    Finding, JobQueue, JobTrouble, MissingKey, Purpose, Scaler, Secrets, Task, TaskState, Workload,
};

/// The texts of what is wrong.
fn wrong(findings: &[Finding]) -> Vec<&str> {
    let wrong = findings.iter().filter(|it| !it.well);
    wrong.map(|it| it.text.as_str()).collect()
}

fn workload(wanted: u32, ready: u32, troubles: &[&str]) -> Workload {
    Workload {
        name: "x-auth".to_owned(),
        wanted,
        ready,
        troubles: troubles.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn queue() -> JobQueue {
    JobQueue {
        name: "story interactive".to_owned(),
        lag: Some(0),
        pending: Some(0),
        oldest_ms: Some(0),
        ready: Some(0),
        queued: Some(0),
        running: Some(0),
        parked: Some(0),
        dead: Some(0),
        slots: Some(0),
        ..JobQueue::default()
    }
}

#[test]
fn a_workload_is_whole_or_named_with_what_is_wrong() {
    let well = of_workloads(&[workload(2, 2, &[]), workload(0, 0, &[])]);
    assert_eq!(well[0].text, "1 ready, 1 scaled to zero");
    assert!(well[0].well);
    assert_eq!(wrong(&of_workloads(&[workload(2, 1, &[])])), ["x-auth 1/2"]);
    // A rollout that is stuck while the old version serves.
    let stuck = of_workloads(&[workload(2, 2, &["x-auth-1: ImagePullBackOff"])]);
    assert_eq!(wrong(&stuck), ["x-auth 2/2 x-auth-1: ImagePullBackOff"]);
    assert_eq!(wrong(&of_workloads(&[])), ["there are none here"]);
}

#[test]
fn a_task_that_is_not_done_is_named() {
    let task = |purpose, state| Task {
        name: "x-job".to_owned(),
        purpose,
        state,
    };
    let failed = TaskState::Failed("too often".to_owned());
    let found = of_tasks(&[task(Purpose::Migration, failed.clone())]);
    assert_eq!(wrong(&found), ["x-job failed: too often"]);
    let under_way = TaskState::UnderWay(String::new());
    let found = of_tasks(&[task(Purpose::Secrets, under_way)]);
    assert_eq!(wrong(&found), ["x-job is not done yet"]);
    let found = of_tasks(&[task(Purpose::Elasticsearch, failed)]);
    assert_eq!(wrong(&found).len(), 1);
    let done = task(Purpose::Migration, TaskState::Done);
    assert!(wrong(&of_tasks(&[done])).is_empty());
    assert!(wrong(&of_tasks(&[])).is_empty());
}

#[test]
fn a_missing_key_is_named_with_its_secret() {
    let missing = |key: Option<&str>| MissingKey {
        secret: "x-keys".to_owned(),
        key: key.map(str::to_owned),
    };
    let secrets = Secrets {
        needed: 2,
        missing: vec![missing(Some("otp")), missing(None)],
    };
    let found = of_secrets(&secrets);
    let texts = ["secret x-keys has no key otp", "secret x-keys is not there"];
    assert_eq!(wrong(&found), texts);
    assert!(of_secrets(&Secrets::default())[0].well);
}

#[test]
fn keda_is_well_ready_or_absent() {
    let scaler = |ready, blind| Scaler {
        name: "x-story".to_owned(),
        ready,
        active: false,
        blind,
        paused: false,
        why: "why".to_owned(),
    };
    let paused = Scaler {
        paused: true,
        ..scaler(true, false)
    };
    assert!(of_scalers(None)[0].well);
    assert!(of_scalers(Some(&[scaler(true, false)]))[0].well);
    let found = of_scalers(Some(&[scaler(false, false), scaler(true, true), paused]));
    assert_eq!(
        wrong(&found),
        [
            "x-story is not ready: why",
            "x-story does not see how much work there is: why",
            "x-story is paused (annotation autoscaling.keda.sh/paused…)",
        ]
    );
}

#[track_caller]
fn check(change: impl Fn(&mut JobQueue), said: &str) {
    let mut changed = queue();
    change(&mut changed);
    let found = of_queues(&[changed]);
    let wrong = wrong(&found);
    assert!(wrong.len() == 1 && wrong[0].contains(said), "{wrong:?}");
}

/// PostgreSQL is away: nobody knows what was given up, or what waits.
#[test]
fn what_is_not_known_is_not_said_to_be_nothing() {
    let away = JobQueue {
        ready: None,
        dead: None,
        ..queue()
    };
    let found = of_queues(&[queue(), away.clone()]);
    let dead: Vec<_> = found.iter().filter(|it| it.area == DEAD_LETTERS).collect();
    assert_eq!(dead.len(), 1, "{dead:?}");
    let unknown = Finding::wrong(DEAD_LETTERS, "story interactive: unknown");
    assert_eq!(*dead[0], unknown);
    assert_eq!(wrong(&of_mail(&[away])), ["story interactive: unknown"]);
}

#[test]
fn a_queue_is_well_or_says_what_is_wrong() {
    assert!(wrong(&of_queues(&[queue()])).is_empty());
    check(|it| it.lag = None, "Redis");
    check(|it| it.ready = None, "PostgreSQL");
    check(|it| it.parked = Some(3), "3 of a kind");
    check(|it| it.oldest_ms = Some(600_000), "waits for long");
    check(
        |it| it.paused_for = Some("budget".to_owned()),
        "paused: budget",
    );
    check(|it| it.dead = Some(1), "1 given up");
}

#[test]
fn mails_that_wait_for_another_try_tell_of_the_mail_server() {
    let with = |waiting, dead| {
        let mut queue = queue();
        queue.troubles = vec![JobTrouble {
            error: "smtp-down: no route".to_owned(),
            waiting,
            dead,
        }];
        of_mail(&[queue])
    };
    let text = "4 wait for another try: smtp-down: no route";
    assert_eq!(wrong(&with(4, 0)), [text]);
    assert!(wrong(&with(0, 4)).is_empty());
}
