//! A rules file that changes while the sidecar runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use testkit::Redis;

use crate::checks::{Sidecar, ask, passes};

const ROUTE: &str = "GET /x";
const PATIENCE: Duration = Duration::from_secs(5);

fn rules(tokens: u32) -> String {
    format!(
        "domain = 'storyloom'\n[[rule]]\nname = 'x'\ntokens = {tokens}\nperiod_s = 3600\n\
         match = [{{ key = 'route', value = '{ROUTE}' }}, {{ key = 'ip' }}]"
    )
}

/// As a mounted volume changes: a link to a folder is replaced by one to another folder.
fn swap(folder: &Path, text: &str) {
    let data = tempfile::tempdir_in(folder).unwrap().keep();
    fs::write(data.join("rules.toml"), text).unwrap();
    symlink(&data, folder.join("..next")).unwrap();
    fs::rename(folder.join("..next"), folder.join("..data")).unwrap();
}

async fn limit(sidecar: &Sidecar, ip: &str) -> u32 {
    let answer = ask(&mut sidecar.over_the_socket(), ROUTE, ip).await;
    let limit = answer.statuses[0].current_limit.clone().unwrap();
    limit.requests_per_unit
}

#[tokio::test]
async fn a_changed_file_counts_and_a_bad_one_does_not() {
    let redis = Redis::start().await;
    let folder = tempfile::tempdir().unwrap();
    swap(folder.path(), &rules(3));
    let file = folder.path().join("rules.toml");
    symlink("..data/rules.toml", &file).unwrap();
    let file = [("RATELIMIT__RULES__FILE", file.to_str().unwrap())];
    let sidecar = Sidecar::with(&redis, &file).await;
    assert_eq!(
        passes(&mut sidecar.over_the_socket(), ROUTE, "192.0.2.1").await,
        3
    );

    swap(folder.path(), &rules(4));
    testkit::eventually_true("the new rule counts", PATIENCE, async || {
        limit(&sidecar, "192.0.2.2").await == 4
    })
    .await;

    swap(folder.path(), "nonsense");
    testkit::eventually_true("health shows the bad file", PATIENCE, async || {
        let operations = sidecar.running.address("operations").unwrap();
        let client = testkit::http::Client::new(format!("http://{operations}"));
        let health = client.get("/health").send().await.json();
        health["dependencies"]["rules"]["state"] == "down"
    })
    .await;
    assert_eq!(limit(&sidecar, "192.0.2.3").await, 4);
    sidecar.running.stop().await;
}
