use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a task that waits for somebody who takes the connection and says nothing, and asks
/// it to end; answers its exit code.
async fn asked_to_end(task: impl FnOnce(&str, &mut Command)) -> Option<i32> {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_storyctl"));
    command.env_clear();
    task(&url, &mut command);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let _connection = timeout(PATIENCE, silent.accept()).await.unwrap().unwrap();
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    let ended = timeout(PATIENCE, child.wait()).await;
    ended.unwrap().unwrap().code()
}

#[tokio::test]
async fn what_runs_in_the_cluster_ends_when_it_is_asked_to() {
    let code = asked_to_end(|url, command| {
        command.args(["smoke", "--auth", url]);
    });
    assert_eq!(code.await, Some(143));
    let code = asked_to_end(|url, command| {
        let hosts = ("STORYCTL__ELASTICSEARCH__HOSTS", url);
        command.arg("es-setup").envs([hosts]);
    });
    assert_eq!(code.await, Some(143));
}

#[tokio::test]
async fn making_secrets_ends_when_it_is_asked_to() {
    let mut plan = tempfile::NamedTempFile::new().unwrap();
    let secrets =
        r#"{"secrets": [{"name": "x-keys", "keys": [{"name": "otp", "kind": "base64-32"}]}]}"#;
    plan.write_all(secrets.as_bytes()).unwrap();
    let mut access = tempfile::NamedTempFile::new().unwrap();
    let code = asked_to_end(|url, command| {
        let context = format!(
            "{{clusters: [{{name: a, cluster: {{server: '{url}'}}}}], users: [{{name: a, user: {{}}}}], \
             contexts: [{{name: a, context: {{cluster: a, user: a}}}}], current-context: a}}"
        );
        access.write_all(context.as_bytes()).unwrap();
        command.args(["init-secrets", "--plan"]).arg(plan.path());
        command.env("KUBECONFIG", access.path());
    });
    assert_eq!(code.await, Some(143));
}
