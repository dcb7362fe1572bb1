use std::error::Error as _;

use datastores::SchemaError;

use crate::world::{DATABASE, FIRST, Passwords, SUPERUSER, World, tables, waits};

/// What went wrong, to its root.
fn said(result: Result<(), SchemaError>) -> String {
    let error = result.unwrap_err();
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

#[tokio::test]
async fn the_owner_makes_tables_and_the_role_works_in_them_and_no_more() {
    let world = World::start().await;
    world.bootstrap("auth", FIRST).await.unwrap();
    world.migrate("auth", 1).await.unwrap();
    let pool = world.pool("auth", FIRST.role);
    for allowed in [
        "insert into books (title) values ('a')",
        "update books set title = 'b'",
        "select * from auth.books",
        "select * from _sqlx_migrations",
        "delete from books",
    ] {
        sqlx::query(allowed).execute(&pool).await.unwrap();
    }
    for refused in [
        "create table toys (a int)",
        "create table public.toys (a int)",
        "create schema toys",
        "alter table books add column a int",
        "drop table books",
        "truncate books",
    ] {
        assert!(
            sqlx::query(refused).execute(&pool).await.is_err(),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_service_cannot_look_into_the_schema_of_another() {
    let world = World::start().await;
    for schema in ["auth", "story"] {
        world.bootstrap(schema, FIRST).await.unwrap();
        world.migrate(schema, 1).await.unwrap();
    }
    let story = world.pool("story", FIRST.role);
    let foreign = sqlx::query("select * from auth.books");
    assert!(foreign.execute(&story).await.is_err());
}

#[tokio::test]
async fn a_second_run_changes_the_passwords_and_nothing_else() {
    let world = World::start().await;
    world.bootstrap("auth", FIRST).await.unwrap();
    world.migrate("auth", 1).await.unwrap();
    let filled = "insert into auth.books (title) values ('kept')";
    world.postgres.psql(DATABASE, filled).await;
    let second = Passwords {
        owner: "second-of-owner",
        role: "second-of-role",
    };
    world.bootstrap("auth", second).await.unwrap();
    let old = world.pool("auth", FIRST.role);
    assert!(sqlx::query("select 1").execute(&old).await.is_err());
    let new = world.pool("auth", second.role);
    let title: String = sqlx::query_scalar("select title from books")
        .fetch_one(&new)
        .await
        .unwrap();
    assert_eq!(title, "kept");
    let owner = world.pool("auth_owner", second.owner);
    let sql = "create table more (a int)";
    sqlx::query(sql).execute(&owner).await.unwrap();
}

/// They all touch the row of the database, which PostgreSQL refuses to do at once.
#[tokio::test]
async fn all_services_may_begin_at_once() {
    let world = World::start().await;
    for _round in 0..5 {
        let (auth, story, notification) = tokio::join!(
            world.bootstrap("auth", FIRST),
            world.bootstrap("story", FIRST),
            world.bootstrap("notification", FIRST),
        );
        for made in [auth, story, notification] {
            made.unwrap();
        }
    }
    for schema in ["auth", "story", "notification"] {
        world.migrate(schema, 2).await.unwrap();
    }
}

#[tokio::test]
async fn an_administrator_need_not_be_superuser() {
    let world = World::start().await;
    let sql = format!(
        "create role landlord login createrole password 'of-landlord';
         alter database {DATABASE} owner to landlord"
    );
    world.postgres.psql(DATABASE, &sql).await;
    let landlord = ("landlord", "of-landlord");
    for _time in 0..2 {
        let made = world.bootstrap_as(landlord, "auth", FIRST).await;
        made.unwrap();
        world.migrate("auth", 1).await.unwrap();
    }
    let pool = world.pool("auth", FIRST.role);
    let used = sqlx::query("insert into books (title) values ('a')");
    used.execute(&pool).await.unwrap();
}

#[tokio::test]
async fn who_may_not_is_told_so_without_the_passwords() {
    let world = World::start().await;
    let sql = "create role guest login password 'of-guest'";
    world.postgres.psql(DATABASE, sql).await;
    let guest = ("guest", "of-guest");
    let said_to_guest = said(world.bootstrap_as(guest, "auth", FIRST).await);
    assert!(said_to_guest.contains("CREATEROLE"), "{said_to_guest}");
    assert!(!said_to_guest.contains("first"), "{said_to_guest}");
    let wrong = ("postgres", "wrong");
    let said_to_wrong = said(world.bootstrap_as(wrong, "auth", FIRST).await);
    assert!(said_to_wrong.contains("authentication"), "{said_to_wrong}");
}

/// Else a slip of the pen would give the administrator the password of a service.
#[tokio::test]
async fn an_administrator_does_not_become_a_role_of_a_service() {
    let world = World::start().await;
    let refused = said(world.bootstrap("postgres", FIRST).await);
    assert!(refused.contains("administrator"), "{refused}");
    world.bootstrap("auth", FIRST).await.unwrap();
}

#[tokio::test]
async fn what_is_not_set_is_named() {
    let world = World::start().await;
    let nothing = |owner, role| Passwords { owner, role };
    let cases = [
        (nothing("", "b"), "postgres.password"),
        (nothing("a", ""), "bootstrap.role_password"),
    ];
    for (passwords, key) in cases {
        let said = said(world.bootstrap("auth", passwords).await);
        assert!(said.contains(key), "{said}");
    }
}

/// As one `migrate --bootstrap` does it, and then each `migrate` of a later release.
#[tokio::test]
async fn an_empty_database_is_prepared_in_one_go_and_again_without_an_administrator() {
    let world = World::start().await;
    let administrator = world.administrator(SUPERUSER, "auth", FIRST);
    let owner = world.postgres("auth_owner", FIRST.owner);
    let first = tables("auth", 1);
    let prepared = first.prepare(Some(&administrator), &owner, &waits(0)).await;
    prepared.unwrap();
    let second = tables("auth", 2);
    second.prepare(None, &owner, &waits(0)).await.unwrap();
    let pool = world.pool("auth", FIRST.role);
    second.check(&pool).await.unwrap();
}
