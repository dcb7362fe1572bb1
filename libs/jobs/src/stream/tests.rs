use serde_json::json;

use super::*;

const BLOCK: Duration = Duration::from_millis(10);

async fn stream() -> (testkit::Redis, Stream) {
    on(testkit::Redis::start().await).await
}

async fn on(redis: testkit::Redis) -> (testkit::Redis, Stream) {
    let settings =
        json!({ "url": redis.url(), "ca": "", "password": "", "response_timeout_ms": 500 });
    let reached = Redis::new(&serde_json::from_value(settings).unwrap()).unwrap();
    let stream = Stream::new(reached, &StreamSpec::interactive("test"));
    assert_eq!(stream.ensure_group().await.unwrap(), Group::Made);
    (redis, stream)
}

async fn ring(stream: &Stream, times: usize) -> Vec<String> {
    let rings: Vec<Ring<'_>> = (0..times)
        .map(|_| Ring {
            job: Uuid::new_v4(),
            kind: "test",
            traceparent: None,
        })
        .collect();
    stream.ring(&rings).await.unwrap()
}

#[tokio::test]
async fn a_consumer_is_deleted_only_when_nothing_is_pending_for_it() {
    let (_redis, stream) = stream().await;
    let mut connection = stream.reading(BLOCK).await.unwrap();
    let ids = ring(&stream, 1).await;
    let read = stream.read(&mut connection, "one", 5, BLOCK).await.unwrap();
    assert_eq!(read.len(), 1);
    assert!(
        stream
            .idle_consumers(Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!stream.delete_consumer("one").await.unwrap());
    assert_eq!(stream.lowest_pending().await.unwrap(), ids.first().cloned());
    stream.ack(&ids).await.unwrap();
    testkit::eventually_true("an idle consumer", Duration::from_secs(5), async || {
        stream.idle_consumers(Duration::ZERO).await.unwrap() == ["one"]
    })
    .await;
    assert!(stream.delete_consumer("one").await.unwrap());
    assert!(
        stream
            .idle_consumers(Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_entry_lives_while_it_is_unread_or_pending() {
    let (_redis, stream) = stream().await;
    let mut connection = stream.reading(BLOCK).await.unwrap();
    let ids = ring(&stream, 3).await;
    stream.read(&mut connection, "one", 2, BLOCK).await.unwrap();
    stream.ack(&ids[..1]).await.unwrap();
    // The first one still lies in the stream.
    assert_eq!(stream.alive(&ids).await.unwrap(), [false, true, true]);
    let own = stream.own_pending(&mut connection, "one").await.unwrap();
    let own: Vec<&String> = own.iter().map(|entry| &entry.id).collect();
    assert_eq!(own, [&ids[1]]);
}

#[tokio::test]
async fn own_entries_are_found_however_many_there_are() {
    let (_redis, stream) = stream().await;
    let mut connection = stream.reading(BLOCK).await.unwrap();
    let ids = ring(&stream, 250).await;
    stream
        .read(&mut connection, "one", 250, BLOCK)
        .await
        .unwrap();
    let own = stream.own_pending(&mut connection, "one").await.unwrap();
    let own: Vec<String> = own.into_iter().map(|entry| entry.id).collect();
    assert_eq!(own, ids);
}

#[tokio::test]
async fn the_lag_is_right_again_after_a_restart() {
    let (mut redis, stream) = on(testkit::Redis::start_persistent().await).await;
    ring(&stream, 3).await;
    for unread in [2, 4] {
        let mut connection = stream.reading(BLOCK).await.unwrap();
        let read = stream.read(&mut connection, "one", 2, BLOCK).await.unwrap();
        let ids: Vec<String> = read.into_iter().map(|entry| entry.id).collect();
        stream.ack(&ids).await.unwrap();
        redis.restart().await;
        testkit::eventually_true("Redis", Duration::from_secs(5), async || {
            stream.group().await.is_ok()
        })
        .await;
        ring(&stream, 1).await;
        stream.recount().await.unwrap();
        let lag = stream.group().await.unwrap().unwrap().lag;
        assert_eq!(lag, Some(unread));
        assert!(!stream.recount().await.unwrap());
        ring(&stream, 3).await;
    }
}
