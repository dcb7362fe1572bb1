use std::process::Command;

/// Starts a process that must refuse to: exit code 64, naming the key and what is wrong.
#[track_caller]
fn check(role: &str, variables: &[(&str, &str)], named: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .arg(role)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    for word in named {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

#[test]
fn bad_settings_stop_the_start() {
    check("api", &[("AUTH__LISEN", "0.0.0.0:80")], &["lisen"]);
    check("api", &[("AUTH__HTTP__LISTEN", "here")], &["http.listen"]);
    check(
        "api",
        &[("AUTH__JWT__LIFE_S", "59")],
        &["jwt.life_s", "between 60 and 900", "59"],
    );
    check(
        "migrate",
        &[("AUTH__OTP__TRIES", "many")],
        &["otp.tries", "many"],
    );
    check(
        "api",
        &[("AUTH__PUBLIC_URL", "http://a/")],
        &["public_url", "http://a/"],
    );
    let cheap = [("AUTH__PASSWORDS__MEMORY_KIB", "19456")];
    check("api", &cheap, &["passwords.passes", "between 2 and 16"]);
    check(
        "api",
        &[("AUTH__PASSWORDS__MEMORY_KIB", "1024")],
        &["passwords.memory_kib", "19456"],
    );
    let database = [("AUTH__POSTGRES__URL", "auth:hush@postgres")];
    check("migrate", &database, &["postgres.url", "postgres://"]);
    check("api", &[("AUTH__REDIS__URL", "redis")], &["redis.url"]);
    let lenient = [("AUTH__RATELIMIT__ENABLED", "false")];
    check("api", &lenient, &["ratelimit.enabled"]);
    check(
        "api",
        &[("AUTH__JWT__KEY_FILE", "/nowhere")],
        &["AUTH__JWT__KEY_FILE", "/nowhere"],
    );
}

#[test]
fn keys_are_needed_and_never_shown() {
    let (pem, short) = (testkit::signing_key_pem(), "c2hvcnQ=");
    let key = testkit::random_key();
    let jwt = ("AUTH__JWT__KEY", pem.as_str());
    let refresh = ("AUTH__REFRESH__KEY", key.as_str());
    check("api", &[], &["jwt.key", "Ed25519"]);
    check("api", &[("AUTH__JWT__KEY", "hush")], &["jwt.key"]);
    check("api", &[jwt], &["refresh.key", "32 bytes"]);
    check(
        "api",
        &[jwt, refresh, ("AUTH__OTP__KEY", short)],
        &["otp.key", "32 bytes"],
    );
    let otp = ("AUTH__OTP__KEY", key.as_str());
    for (other, named) in [
        ("AUTH__JWT__OTHER_KEY", "jwt.other_key"),
        ("AUTH__REFRESH__OTHER_KEY", "refresh.other_key"),
    ] {
        check("api", &[jwt, refresh, otp, (other, short)], &[named]);
    }

    let output = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .arg("api")
        .env_clear()
        .env("AUTH__JWT__KEY", "hush-hush")
        .output()
        .unwrap();
    assert!(
        !String::from_utf8(output.stderr)
            .unwrap()
            .contains("hush-hush")
    );
}

#[test]
fn a_file_may_set_what_the_environment_does_not() {
    let file = std::env::temp_dir().join(format!("auth-settings-{}.toml", std::process::id()));
    std::fs::write(&file, "[otp]\ntries = 11\n").unwrap();
    let named = [("AUTH__SETTINGS_FILE", file.to_str().unwrap())];
    check("migrate", &named, &["otp.tries", "11"]);
    std::fs::remove_file(&file).unwrap();
}
