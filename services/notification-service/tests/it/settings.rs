use std::process::Command;

const TOKENS: [(&str, &str); 3] = [
    (
        "NOTIFICATION__SERVICE_TOKEN",
        "the-token-of-notification-service-for-tests",
    ),
    (
        "NOTIFICATION__CALLERS__AUTH",
        "the-token-of-auth-service-for-tests-only",
    ),
    (
        "NOTIFICATION__CALLERS__STORY",
        "the-token-of-story-service-for-tests-only",
    ),
];

/// Every role refuses it, before it binds or connects to anything.
#[track_caller]
fn check(variables: &[(&str, &str)], named: &[&str]) {
    for role in ["api", "worker", "migrate"] {
        let output = Command::new(env!("CARGO_BIN_EXE_notification-service"))
            .arg(role)
            .envs(TOKENS)
            .envs(variables.iter().copied())
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
fn unknown_keys_stop_the_start() {
    check(&[("NOTIFICATION__SMPT__HOST", "x")], &["smpt"]);
    check(&[("NOTIFICATION__SMTP__HOTS", "x")], &["hots"]);
}

#[test]
fn a_sender_without_an_address_stops_the_start() {
    check(
        &[("NOTIFICATION__MAIL__FROM", "Storyloom")],
        &["mail.from", "Storyloom", "address"],
    );
    check(
        &[("NOTIFICATION__MAIL__DOMAIN", "a b")],
        &["mail.domain", "a b", "host name"],
    );
}

#[test]
fn a_mail_server_that_cannot_be_stops_the_start() {
    let tls = "NOTIFICATION__SMTP__TLS";
    check(&[("NOTIFICATION__SMTP__HOST", "")], &["smtp.host"]);
    check(
        &[("NOTIFICATION__SMTP__HOST", "smtp://mail")],
        &["smtp.host", "smtp://mail"],
    );
    check(&[("NOTIFICATION__SMTP__PORT", "0")], &["smtp.port"]);
    check(
        &[("NOTIFICATION__SMTP__PORT", "70000")],
        &["smtp.port", "70000"],
    );
    check(&[(tls, "ssl")], &["smtp.tls", "ssl", "starttls"]);
    check(&[("NOTIFICATION__SMTP__CA", "mine")], &["smtp.ca", "PEM"]);
    let nowhere = ("NOTIFICATION__SMTP__CA_FILE", "/nowhere/ca.pem");
    check(&[nowhere], &["SMTP__CA_FILE", "/nowhere/ca.pem"]);
    let user = ("NOTIFICATION__SMTP__USER", "storyloom");
    let password = ("NOTIFICATION__SMTP__PASSWORD", "hush-hush");
    check(&[user, (tls, "starttls")], &["smtp.password"]);
    check(&[user, password], &["smtp.tls", "smtp.user"]);
    let timeout = ("NOTIFICATION__SMTP__COMMAND_TIMEOUT_MS", "1");
    check(
        &[timeout],
        &["smtp.command_timeout_ms", "between 10 and 300000", "1"],
    );
}

#[test]
fn a_weak_token_stops_the_start() {
    check(
        &[("NOTIFICATION__SERVICE_TOKEN", "short")],
        &["service_token"],
    );
    check(
        &[("NOTIFICATION__CALLERS__AUTH", "short")],
        &["callers.auth"],
    );
}

#[test]
fn secrets_are_not_repeated() {
    let output = Command::new(env!("CARGO_BIN_EXE_notification-service"))
        .arg("worker")
        .envs(TOKENS)
        .env("NOTIFICATION__SMTP__PASSWORD", "hush-hush")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

/// As in an image that holds nothing but the binary.
#[test]
fn tls_with_nobody_to_trust_stops_the_worker() {
    let nobody = "/nowhere/ca-certificates.crt";
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    for (tls, ca, named) in [
        ("starttls", "", "smtp.tls"),
        ("implicit", "", "NOTIFICATION__SMTP__CA_FILE"),
        ("starttls", garbled, "smtp.ca"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_notification-service"))
            .arg("worker")
            .envs(TOKENS)
            .env("SSL_CERT_FILE", nobody)
            .env("SSL_CERT_DIR", "/nowhere")
            .env("NOTIFICATION__SMTP__TLS", tls)
            .env("NOTIFICATION__SMTP__CA", ca)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(named), "{named} is not in: {said}");
    }
}
