use std::process::Command;

#[track_caller]
fn check(variables: &[(&str, &str)], named: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_ratelimit-sidecar"))
        .arg("serve")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains(named), "{named} is not in: {said}");
}

#[test]
fn bad_settings_stop_the_start() {
    check(&[("RATELIMIT__LISEN", "x")], "lisen");
    check(&[("RATELIMIT__GRPC__LISTEN", "here")], "grpc.listen");
    check(&[("RATELIMIT__GRPC__SOCKET", "")], "grpc.socket");
    check(&[("RATELIMIT__REDIS__URL", "redis")], "redis.url");
    check(&[("RATELIMIT__RULES__FACTOR", "0")], "rules.factor");
    check(
        &[("RATELIMIT__RULES__FILE", "/nowhere/rules.toml")],
        "/nowhere/rules.toml",
    );
    check(&[("RATELIMIT__RULES__ENFORCE", "false")], "rules.enforce");
}
