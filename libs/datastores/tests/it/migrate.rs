use std::time::Duration;

use datastores::{Behind, SchemaError};
use testkit::free_port;

use crate::world::{DATABASE, FIRST, World, postgres_settings, tables, waits};

/// As after `helm rollback`.
#[tokio::test]
async fn an_older_release_leaves_a_newer_schema_as_it_is_and_works_on_it() {
    let world = World::start().await;
    world.bootstrap("auth", FIRST).await.unwrap();
    world.migrate("auth", 2).await.unwrap();
    world.migrate("auth", 1).await.unwrap();
    let pool = world.pool("auth", FIRST.role);
    let pens = sqlx::query("select * from pens");
    pens.execute(&pool).await.unwrap();
    tables("auth", 1).check(&pool).await.unwrap();
}

#[tokio::test]
async fn a_release_is_told_how_far_the_schema_is_behind() {
    let world = World::start().await;
    world.bootstrap("auth", FIRST).await.unwrap();
    let pool = world.pool("auth", FIRST.role);
    let unknown = tables("auth", 2).check(&pool).await;
    assert!(matches!(unknown, Err(Behind::Unknown(_))), "{unknown:?}");
    world.migrate("auth", 1).await.unwrap();
    let behind = tables("auth", 2).check(&pool).await.unwrap_err();
    assert_eq!(behind.to_string(), "the schema is at 1, 2 is needed");
    world.migrate("auth", 2).await.unwrap();
    tables("auth", 2).check(&pool).await.unwrap();
}

#[tokio::test]
async fn migrate_waits_for_postgres() {
    let mut world = World::start().await;
    world.bootstrap("auth", FIRST).await.unwrap();
    world.postgres.stop().await;
    let owner = world.postgres("auth_owner", FIRST.owner);
    let (schema, wait) = (tables("auth", 1), waits(20_000));
    let migrating = schema.migrate(&owner, &wait);
    let starting = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.postgres.restart().await;
    };
    let (migrated, ()) = tokio::join!(migrating, starting);
    migrated.unwrap();
    let books = "select count(*) from auth.books";
    assert_eq!(world.postgres.psql(DATABASE, books).await, "0");
}

#[tokio::test]
async fn it_does_not_wait_for_ever_nor_for_what_will_not_pass() {
    let schema = tables("auth", 1);
    let refused = |it: &Result<(), SchemaError>| matches!(it, Err(SchemaError::Connect(_)));
    let nobody = format!("postgres://auth@127.0.0.1:{}/{DATABASE}", free_port());
    let nobody = postgres_settings(&nobody, "");
    let tried = schema.migrate(&nobody, &waits(300)).await;
    assert!(refused(&tried), "{tried:?}");
    let world = World::start().await;
    let stranger = world.postgres("stranger", "wrong");
    let tried = schema.migrate(&stranger, &waits(3_600_000)).await;
    assert!(refused(&tried), "{tried:?}");
}
