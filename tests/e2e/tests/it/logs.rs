use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{eventually, random_bytes};

use crate::platform::{PATIENCE, Platform};
use crate::reader::{PASSWORD, Reader};

const PROCESSES: [(&str, &str); 6] = [
    ("auth-service", "api"),
    ("story-service", "api"),
    ("story-service", "worker"),
    ("notification-service", "api"),
    ("notification-service", "worker"),
    ("ratelimit-sidecar", "serve"),
];

/// What all processes have logged so far.
fn logs(platform: &Platform) -> String {
    let read = |(name, role)| {
        let process = platform.process(name, role)?;
        std::fs::read_to_string(process["log"].as_str()?).ok()
    };
    PROCESSES.into_iter().filter_map(read).collect()
}

fn lines(logs: &str) -> impl Iterator<Item = Value> {
    logs.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
}

/// Which services told something under a trace.
fn traced(logs: &str, trace: &str) -> BTreeSet<String> {
    let of_trace = lines(logs).filter(|line| line["trace.id"] == trace);
    of_trace
        .map(|line| format!("{}: {}", line["service.name"], line["message"]))
        .map(|said| said.replace('"', ""))
        .collect()
}

#[tokio::test]
async fn one_trace_leads_from_the_request_to_the_mail() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let trace = random_bytes::<16>().map(|it| format!("{it:02x}")).concat();
    let asked = reader
        .post("/v1/stories")
        .header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))
        .json(&json!({"theme": "a map of rain"}));
    let story = asked.send().await.expect(202).json();
    reader
        .story(story["id"].as_str().unwrap(), "delivered")
        .await;
    let expected = [
        "story-service: story requested",
        "story-service: story written",
        "notification-service: mail accepted",
        "notification-service: mail sent",
        "story-service: story delivered",
    ];
    eventually(PATIENCE, async || {
        let said = traced(&logs(&platform), &trace);
        expected.iter().all(|it| said.contains(*it)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn logs_hold_neither_secrets_nor_what_a_reader_wrote() {
    let platform = Platform::get();
    let reader = Reader::sign_up(&platform).await;
    let theme = "a heron called Quillifer";
    let wish =
        json!({"theme": theme, "hero": {"name": "Zephyrine", "pronouns": "she", "kind": "child"}});
    let story = reader.ask(&wish).await;
    reader
        .story(story["id"].as_str().unwrap(), "delivered")
        .await;
    let code = platform.mail(&reader.address, "verify_email").await;
    let logs = logs(&platform);
    for secret in [
        reader.access_token(),
        reader.refresh_token(),
        PASSWORD,
        code.code(),
        &reader.address,
        "Quillifer",
        "Zephyrine",
    ] {
        assert!(
            !logs.contains(secret),
            "a log has something that it must not have"
        );
    }
    assert!(lines(&logs).count() > 0);
}
