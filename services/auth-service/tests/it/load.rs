use std::time::{Duration, Instant};

use futures::future::join_all;
use sqlx::PgPool;

use crate::world::{PASSWORD, World, failure};

/// More people sign in at once than fit: some get in, the others are told at once to come
/// back, and nothing breaks.
#[sqlx::test(migrations = "../../migrations/auth")]
async fn a_crowd_is_turned_away_politely(pool: PgPool) {
    let narrow = [
        ("PASSWORDS__AT_ONCE", "1"),
        ("PASSWORDS__QUEUE", "3"),
        ("PASSWORDS__WAIT_MS", "500"),
    ];
    let world = World::with(&pool, &narrow).await;
    world.sign_up("mira@example.org").await;
    let began = Instant::now();
    let answers = join_all((0..40).map(|_| world.login("mira@example.org", PASSWORD))).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let count = |what: &str| answers.iter().filter(|it| failure(it) == what).count();
    let (inside, refused) = (count("201 "), count("503 temporarily-unavailable"));
    assert_eq!(inside + refused, 40);
    assert!(inside >= 1 && refused >= 1, "{inside} got in");
    assert_eq!(world.ops("/readyz").await.code(), 200);
    world.stop().await;
}

/// A hash made by older rules is replaced when its owner signs in.
#[sqlx::test(migrations = "../../migrations/auth")]
async fn passwords_move_to_new_rules(pool: PgPool) {
    let world = World::start(&pool).await;
    world.sign_up("mira@example.org").await;
    world.stop().await;
    let stricter = World::with(&pool, &[("PASSWORDS__PASSES", "3")]).await;
    stricter
        .login("mira@example.org", PASSWORD)
        .await
        .expect(201);
    let hash: String = sqlx::query_scalar("select password_hash from users")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"));
    stricter
        .login("mira@example.org", PASSWORD)
        .await
        .expect(201);
    stricter.stop().await;
}
