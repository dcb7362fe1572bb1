use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{ConnectOptions as _, PgPool};
use testkit::eventually;
use tokio::process::Command;

use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(20);

/// The database, as somebody.
fn url(pool: &PgPool, user: &str) -> String {
    let mut url = pool.connect_options().to_url_lossy();
    url.set_username(user).unwrap();
    url.set_query(None);
    url.to_string()
}

/// Runs the role `migrate`; answers its exit code and what it said.
async fn migrate(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .arg("migrate")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output();
    let output = output.await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[sqlx::test(migrations = false)]
async fn an_empty_database_becomes_one_that_the_service_works_on(pool: PgPool) {
    let owner = url(&pool, "auth_owner") + "?options=-csearch_path%3Dauth";
    let role = url(&pool, "auth") + "?options=-csearch_path%3Dauth";
    let world = World::with(&pool, &[("POSTGRES__URL", role.as_str())]).await;
    let waiting = world.ops("/readyz").await.expect(503).json();
    assert_eq!(waiting["status"], "waiting for schema");

    let administrator = url(&pool, "postgres");
    let variables = [
        ("AUTH__BOOTSTRAP__URL", administrator.as_str()),
        ("AUTH__BOOTSTRAP__ROLE_PASSWORD", "of-the-role"),
        ("AUTH__POSTGRES__URL", owner.as_str()),
        ("AUTH__POSTGRES__PASSWORD", "of-the-owner"),
    ];
    let (code, said) = migrate(&["--bootstrap"], &variables).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("of-the"), "{said}");

    eventually(PATIENCE, async || {
        let ready = world.ops("/readyz").await.code() == 200;
        ready.then_some(())
    })
    .await;
    world.sign_up("mira@example.org").await;
    world.stop().await;
}

#[sqlx::test(migrations = false)]
async fn without_an_administrator_there_is_no_bootstrap(pool: PgPool) {
    let owner = url(&pool, "auth_owner");
    let variables = [("AUTH__POSTGRES__URL", owner.as_str())];
    let (code, said) = migrate(&["--bootstrap"], &variables).await;
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("bootstrap.url"), "{said}");
}

/// How many others of this database wait for a lock.
async fn waiting(pool: &PgPool) -> i64 {
    let count = "select count(*) from pg_stat_activity \
        where datname = current_database() and wait_event_type = 'Lock'";
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}

/// The first process of a container is sent no signal that it has no handler for.
#[sqlx::test(migrations = false)]
async fn asked_to_end_it_leaves_no_half_of_a_migration(pool: PgPool) {
    sqlx::query("create schema auth")
        .execute(&pool)
        .await
        .unwrap();
    let owner = url(&pool, "postgres") + "?options=-csearch_path%3Dauth";
    let variables = [("AUTH__POSTGRES__URL", owner.as_str())];
    // The second migration makes a table of that name, and has to wait.
    let mut other = pool.begin().await.unwrap();
    sqlx::query("create table auth.users (id int)")
        .execute(&mut *other)
        .await
        .unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-service"));
    command.arg("migrate").env_clear().envs(variables);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    eventually(PATIENCE, async || (waiting(&pool).await == 1).then_some(())).await;
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
    assert_eq!(ended.unwrap().unwrap().code(), Some(143));

    other.rollback().await.unwrap();
    let (code, said) = migrate(&[], &variables).await;
    assert_eq!(code, Some(0), "{said}");
}
