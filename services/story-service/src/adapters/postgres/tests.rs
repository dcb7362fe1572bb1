//! PostgreSQL keeps the promises of the ports.

use std::sync::Arc;

use jobs::Wake;
use kernel::Fence;
use sqlx::PgPool;
use testkit::claim;

use super::{PgDesk, PgHousekeeping, PgPreferenceBook, PgStories};
use crate::application::ports::{NewStory, Once, RequestError, Requested, Stories as _};
use crate::application::promises::{self, new_story};

fn stories(pool: &PgPool) -> PgStories {
    PgStories::new(pool.clone(), Wake::default())
}

fn desk(pool: &PgPool) -> PgDesk {
    PgDesk::new(pool.clone(), Wake::default())
}

#[sqlx::test]
async fn a_story_is_its_readers_alone(pool: PgPool) {
    promises::a_story_is_its_readers_alone(&stories(&pool)).await;
}

#[sqlx::test]
async fn a_key_counts_once(pool: PgPool) {
    promises::a_key_counts_once(&stories(&pool)).await;
}

#[sqlx::test]
async fn a_reader_has_a_daily_limit(pool: PgPool) {
    promises::a_reader_has_a_daily_limit(&stories(&pool)).await;
}

#[sqlx::test]
async fn the_list_goes_on_where_it_ended(pool: PgPool) {
    promises::the_list_goes_on_where_it_ended(&stories(&pool)).await;
}

#[sqlx::test]
async fn a_story_is_deleted_for_good(pool: PgPool) {
    promises::a_story_is_deleted_for_good(&stories(&pool), &desk(&pool)).await;
    assert_eq!(
        count(&pool, "select count(*) from jobs where state = 'cancelled'").await,
        1
    );
}

#[sqlx::test]
async fn only_the_newest_claim_saves(pool: PgPool) {
    let claim = async || claim(&pool).await;
    promises::only_the_newest_claim_saves(&stories(&pool), &desk(&pool), claim).await;
    assert_eq!(
        count(&pool, "select count(*) from jobs where state = 'done'").await,
        1
    );
    assert_eq!(
        count(&pool, "select count(*) from outbox").await,
        1,
        "one mail is asked for"
    );
}

#[sqlx::test]
async fn a_cancelled_story_keeps_no_text(pool: PgPool) {
    let claim = async || claim(&pool).await;
    promises::a_cancelled_story_keeps_no_text(&stories(&pool), &desk(&pool), claim).await;
    assert_eq!(
        count(&pool, "select count(*) from jobs where state = 'done'").await,
        1
    );
    assert_eq!(count(&pool, "select count(*) from outbox").await, 0);
}

#[sqlx::test]
async fn a_mail_makes_a_story_delivered(pool: PgPool) {
    let claim = async || -> Fence { claim(&pool).await };
    promises::a_mail_makes_a_story_delivered(&stories(&pool), &desk(&pool), claim).await;
}

#[sqlx::test]
async fn preferences_have_versions(pool: PgPool) {
    promises::preferences_have_versions(&PgPreferenceBook::new(pool)).await;
}

/// Many requests of one key at the same moment make one story.
#[sqlx::test]
async fn a_key_counts_once_at_the_same_moment(pool: PgPool) {
    let stories = Arc::new(stories(&pool));
    let requests = (1..=8).map(|id| {
        let stories = stories.clone();
        async move { stories.request(with_key(id)).await.unwrap() }
    });
    let requested = futures::future::join_all(requests).await;
    let new = requested
        .iter()
        .filter(|it| matches!(it, Requested::New(_)));
    assert_eq!(new.count(), 1);
    assert_eq!(count(&pool, "select count(*) from stories").await, 1);
}

#[sqlx::test]
async fn who_waits_too_long_for_a_key_is_told(pool: PgPool) {
    let mut slow = pool.begin().await.unwrap();
    let claim = "insert into idempotency_keys (owner_id, key, fingerprint, story_id)
                 values ($1::uuid, 'key', ''::bytea, $1)";
    let owner = new_story(1).owner.0;
    sqlx::query(claim)
        .bind(owner)
        .execute(&mut *slow)
        .await
        .unwrap();
    let second = stories(&pool).request(with_key(1)).await;
    assert!(matches!(second, Err(RequestError::StillRunning)));
    slow.rollback().await.unwrap();
}

#[sqlx::test]
async fn what_has_served_its_time_is_removed(pool: PgPool) {
    let stories = stories(&pool);
    stories.request(with_key(1)).await.unwrap();
    let housekeeping = PgHousekeeping::new(pool.clone());
    housekeeping.sweep().await.unwrap();
    assert_eq!(
        count(&pool, "select count(*) from idempotency_keys").await,
        1
    );

    let age = "update idempotency_keys set created_at = now() - interval '25 hours'";
    sqlx::query(age).execute(&pool).await.unwrap();
    let again = stories.request(with_key(2)).await.unwrap();
    assert!(matches!(again, Requested::New(_)), "a key lives for a day");
    sqlx::query(age).execute(&pool).await.unwrap();
    housekeeping.sweep().await.unwrap();
    assert_eq!(
        count(&pool, "select count(*) from idempotency_keys").await,
        0
    );
}

fn with_key(id: u128) -> NewStory {
    NewStory {
        once: Some(Once {
            key: "key".into(),
            fingerprint: [1; 32],
            answer: |_| Vec::new(),
        }),
        ..new_story(id)
    }
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}
