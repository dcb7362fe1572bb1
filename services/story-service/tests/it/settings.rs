use std::process::Command;

#[track_caller]
fn check(key: &str, value: &str, named: &[&str]) {
    for role in ["api", "worker", "migrate"] {
        let output = Command::new(env!("CARGO_BIN_EXE_story-service"))
            .arg(role)
            .env_clear()
            .env(key, value)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{said}");
        for word in named {
            assert!(said.contains(word), "{word} is not in: {said}");
        }
    }
}

#[test]
fn bad_settings_stop_the_start() {
    check("STORY__LISEN", "0.0.0.0:80", &["lisen"]);
    check("STORY__HTTP__LISTEN", "here", &["http.listen"]);
    check(
        "STORY__QUOTA__STORIES_PER_DAY",
        "-1",
        &["quota.stories_per_day", "-1"],
    );
    let connections = "STORY__POSTGRES__MAX_CONNECTIONS";
    check(
        connections,
        "0",
        &["postgres.max_connections", "between 1 and 1000", "0"],
    );
    check("STORY__PEERS__AUTH", "auth", &["peers.auth", "auth"]);
    let database = "STORY__POSTGRES__URL";
    check(database, "postgres", &["postgres.url", "postgres://"]);
    check(database, "mysql://story@db/x", &["postgres.url"]);
    check("STORY__REDIS__URL", "redis", &["redis.url", "redis://"]);
    check(
        "STORY__RATELIMIT__ENABLED",
        "false",
        &["ratelimit.enabled", "production"],
    );
    check(
        "STORY__SERVICE_TOKEN_FILE",
        "/nowhere",
        &["STORY__SERVICE_TOKEN_FILE", "/nowhere"],
    );
}
