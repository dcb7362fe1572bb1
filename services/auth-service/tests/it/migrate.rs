use std::time::Duration;

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
