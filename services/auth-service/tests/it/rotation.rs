use sqlx::PgPool;

use crate::world::{World, failure, text};

/// The settings of two pairs of keys.
fn keys<'a>(
    (jwt, other_jwt): (&'a str, &'a str),
    (refresh, other_refresh): (&'a str, &'a str),
) -> [(&'static str, &'a str); 4] {
    [
        ("JWT__KEY", jwt),
        ("JWT__OTHER_KEY", other_jwt),
        ("REFRESH__KEY", refresh),
        ("REFRESH__OTHER_KEY", other_refresh),
    ]
}

/// The next keys become the other ones, then they take over, then the former ones go: as
/// processes that are replaced one after the other.
#[sqlx::test(migrations = "../../migrations/auth")]
async fn keys_are_replaced_without_anybody_noticing(pool: PgPool) {
    let [old_pem, new_pem] = [(); 2].map(|()| testkit::signing_key_pem());
    let [old, new] = [(); 2].map(|()| testkit::random_key());
    let steps = [
        keys((&old_pem, ""), (&old, "")),
        keys((&old_pem, &new_pem), (&old, &new)),
        keys((&new_pem, &old_pem), (&new, &old)),
        keys((&old_pem, &new_pem), (&old, &new)),
        keys((&new_pem, &old_pem), (&new, &old)),
        keys((&new_pem, ""), (&new, "")),
    ];
    let (mut access, mut refresh) = (String::new(), String::new());
    for (number, step) in steps.iter().enumerate() {
        let world = World::with(&pool, step).await;
        if number == 0 {
            let pair = world.sign_up("mira@example.org").await;
            (access, refresh) = (pair.access_token, pair.refresh_token);
        }
        for _ in 0..2 {
            let me = world.client.get("/v1/me").bearer(&access).send().await;
            me.expect(200);
            let pair = world.refresh(&refresh).await.expect(200).json();
            access = text(&pair, "access_token");
            refresh = text(&pair, "refresh_token");
        }
        world.stop().await;
    }
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn with_new_keys_alone_nobody_is_believed(pool: PgPool) {
    let world = World::start(&pool).await;
    let pair = world.sign_up("mira@example.org").await;
    world.stop().await;

    let world = World::start(&pool).await;
    let me = world.client.get("/v1/me").bearer(&pair.access_token);
    assert_eq!(failure(&me.send().await), "401 unauthenticated");
    let refreshed = world.refresh(&pair.refresh_token).await;
    assert_eq!(failure(&refreshed), "401 invalid-refresh-token");
    world.stop().await;
}
