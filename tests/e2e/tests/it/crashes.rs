use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use testkit::eventually;

use crate::platform::{PATIENCE, Platform};
use crate::reader::Reader;

/// Ends a process without warning and waits until another one has taken its place.
async fn kill_and_see_it_replaced(platform: &Platform, name: &str, role: &str) {
    let pid = |platform: &Platform| platform.process(name, role)?["pid"].as_i64();
    let old = pid(platform).unwrap();
    kill(Pid::from_raw(i32::try_from(old).unwrap()), Signal::SIGKILL).unwrap();
    eventually(PATIENCE, async || pid(platform).filter(|it| *it != old)).await;
}

#[tokio::test]
async fn a_killed_worker_loses_no_story_and_sends_no_mail_twice() {
    let platform = Platform::alone();
    let reader = Reader::sign_up(&platform).await;
    let mut ids = Vec::new();
    for number in 0..8 {
        let theme = format!("the {number} keys of a lighthouse");
        let story = reader.ask(&json!({"theme": theme, "words": 1200})).await;
        ids.push(story["id"].as_str().unwrap().to_owned());
    }
    kill_and_see_it_replaced(&platform, "story-service", "worker").await;
    for id in &ids {
        reader.story(id, "delivered").await;
    }
    let mails = platform.mails(&reader.address, "story").await;
    let mut message_ids: Vec<_> = mails.iter().map(|it| it.message_id.as_str()).collect();
    message_ids.sort_unstable();
    message_ids.dedup();
    assert_eq!(message_ids.len(), ids.len());
    assert_eq!(mails.len(), ids.len());
}

#[tokio::test]
async fn a_killed_api_is_back_after_a_moment() {
    let platform = Platform::alone();
    let reader = Reader::sign_up(&platform).await;
    kill_and_see_it_replaced(&platform, "story-service", "api").await;
    let reply = eventually(PATIENCE, async || {
        let reply = reader.get("/v1/stories").send().await;
        (reply.code() != 503).then_some(reply)
    });
    reply.await.expect(200);
}
