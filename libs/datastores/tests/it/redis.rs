use std::time::Duration;

use datastores::redis::{Redis, RedisSettings};
use testkit::Authority;

fn settings(url: &str, ca: &str, password: &str) -> RedisSettings {
    let keys = "url = ''\nca = ''\npassword = ''\nresponse_timeout_ms = 2000";
    let own = [("URL", url), ("CA", ca), ("PASSWORD", password)];
    let own = own.map(|(key, value)| (format!("TEST__{key}"), value.to_owned()));
    settings::load_from("TEST", keys, own).unwrap()
}

fn refused(url: &str, ca: &str) -> String {
    let error = settings(url, ca, "").check().unwrap_err();
    error.to_string()
}

#[tokio::test]
async fn redis_is_reached_over_tls_with_a_password() {
    let redis = testkit::Redis::start().await;
    let authority = Authority::new();
    let url = redis.encrypt(&authority).await;
    let with_password = ["CONFIG", "SET", "requirepass", "open sesame"];
    redis.cli(&with_password).await;

    let settings = settings(&url, &authority.pem(), "open sesame");
    settings.check().unwrap();
    let reached = Redis::new(&settings).unwrap();
    reached.check().await.unwrap();
    let own = reached.dedicated(Duration::from_secs(5)).await;
    let mut own = own.unwrap();
    let answer = redis::cmd("ECHO").arg("hi").query_async(&mut own).await;
    assert_eq!(answer, Ok("hi".to_owned()));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_spoken_to() {
    let redis = testkit::Redis::start().await;
    let (authority, another) = (Authority::new(), Authority::new());
    let url = redis.encrypt(&authority).await;
    let address = url.replace("localhost", "127.0.0.1");
    for (url, ca) in [
        (&url, another.pem()),
        (&url, String::new()),
        // Its certificate is for another name.
        (&address, authority.pem()),
    ] {
        let settings = settings(url, &ca, "");
        settings.check().unwrap();
        Redis::new(&settings).unwrap().check().await.unwrap_err();
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let authority = Authority::new().pem();
    let cases = [
        ("http://redis:6379", "", "redis.url"),
        ("rediss://redis:6380/#insecure", "", "redis.url"),
        ("redis://redis:6379", authority.as_str(), "redis.ca"),
        ("rediss://redis:6380", "no certificate", "redis.ca"),
        (
            "rediss://redis:6380",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
            "redis.ca",
        ),
    ];
    for (url, ca, key) in cases {
        let said = refused(url, ca);
        assert!(said.contains(key), "{said}");
    }
}
