use serde_json::json;
use sqlx::PgPool;
use testkit::http::{Reply, Request};

use crate::world::{Pair, World, failure};

const ROUTES: [&str; 5] = [
    "/v1/auth/register",
    "/v1/auth/register/resend",
    "/v1/auth/register/verify",
    "/v1/auth/login",
    "/v1/auth/token/refresh",
];

const JSON: &str = "application/json";

struct Table {
    world: World,
    pair: Pair,
}

impl Table {
    /// Sends it; checks status, code and, if it is given, the first pointer and its code.
    async fn check(&self, request: Request, expected: &str) -> Reply {
        let reply = request.send().await;
        let problem = reply.json();
        let first = &problem["errors"][0];
        let mut said = failure(&reply);
        if let (Some(pointer), Some(code)) = (first["pointer"].as_str(), first["code"].as_str()) {
            said = format!("{said} {pointer} {code}");
        }
        assert_eq!(said, expected);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], reply.code());
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .ends_with(&reply.problem())
        );
        assert!(!problem["request_id"].as_str().unwrap().is_empty());
        reply
    }

    fn post(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
        self.world.client.post(path).body(content_type, body.into())
    }

    async fn posted(&self, path: &str, body: &str, expected: &str) {
        self.check(self.post(path, JSON, body), expected).await;
    }
}

async fn table(pool: &PgPool) -> Table {
    let world = World::start(pool).await;
    let pair = world.sign_up("mira@example.org").await;
    Table { world, pair }
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn bodies_are_strict(pool: PgPool) {
    let table = table(&pool).await;
    for path in ROUTES {
        let unsupported = "415 unsupported-media-type";
        for content_type in [
            "text/plain",
            "application/xml",
            "application/json; charset=latin1",
        ] {
            table
                .check(table.post(path, content_type, "{}"), unsupported)
                .await;
        }
        for body in ["", "{", "{} {}", "\u{feff}{}", r#"{"a":"\ud800"}"#, "nul"] {
            table.posted(path, body, "400 malformed-json").await;
        }
        table
            .check(
                table.post(path, JSON, b"{\"a\":\"\xff\"}"),
                "400 malformed-json",
            )
            .await;
        table
            .posted(path, &"[".repeat(10_000), "400 malformed-json")
            .await;
        let large = format!("{{\"email\":\"{}\"}}", "x".repeat(16 * 1024));
        table.posted(path, &large, "413 body-too-large").await;
        table
            .posted(
                path,
                r#"{"is_admin":true}"#,
                "422 validation-failed /is_admin unknown_field",
            )
            .await;
        table
            .posted(path, "[]", "422 validation-failed  wrong_type")
            .await;
    }
    table.world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn values_are_checked_where_they_come_in(pool: PgPool) {
    let table = table(&pool).await;
    let register = async |member: &str, value: &str, expected: &str| {
        let mut body = json!({"email": "otto@example.org", "password": "orbit walnut lantern"});
        body[member] = json!(value);
        table
            .posted("/v1/auth/register", &body.to_string(), expected)
            .await;
    };
    let invalid = |rest: &str| format!("422 validation-failed {rest}");
    register("email", "otto", &invalid("/email malformed")).await;
    register(
        "email",
        "otto@example.org\u{0}",
        &invalid("/email control_character"),
    )
    .await;
    register(
        "email",
        "otto@example.org\r\nBcc: a@b.org",
        &invalid("/email control_character"),
    )
    .await;
    register("email", &"o".repeat(255), &invalid("/email too_long")).await;
    register("display_name", "", &invalid("/display_name wrong_length")).await;
    register(
        "display_name",
        "a\u{7}",
        &invalid("/display_name control_character"),
    )
    .await;
    register("locale", "english", &invalid("/locale malformed")).await;
    register(
        "password",
        "orbit\u{0}walnut lantern",
        &invalid("/password control_character"),
    )
    .await;
    register("password", "short", "422 weak-password /password too_short").await;
    register(
        "password",
        "passwordpassword",
        "422 weak-password /password guessable",
    )
    .await;
    register(
        "password",
        "otto@example.org",
        "422 weak-password /password guessable",
    )
    .await;
    register(
        "password",
        &"orbit ".repeat(30),
        "422 weak-password /password too_long",
    )
    .await;

    let post =
        async |path: &str, body: &str, expected: &str| table.posted(path, body, expected).await;
    post("/v1/auth/register", "{}", &invalid("/email required")).await;
    post(
        "/v1/auth/register",
        r#"{"email":7,"password":"x"}"#,
        &invalid("/email wrong_type"),
    )
    .await;
    let twice = r#"{"email":"a@b.org","email":"c@d.org","password":"x"}"#;
    post(
        "/v1/auth/register",
        twice,
        &invalid("/email duplicate_field"),
    )
    .await;
    let id = uuid::Uuid::nil();
    let verify = "/v1/auth/register/verify";
    let no_id = r#"{"registration_id":"1","code":"12345678"}"#;
    post(verify, no_id, &invalid("/registration_id wrong_type")).await;
    let short = format!(r#"{{"registration_id":"{id}","code":"123"}}"#);
    post(verify, &short, &invalid("/code malformed")).await;
    let unknown = format!(r#"{{"registration_id":"{id}","code":"12345678"}}"#);
    post(verify, &unknown, "410 code-expired").await;
    let unknown = format!(r#"{{"registration_id":"{id}"}}"#);
    post("/v1/auth/register/resend", &unknown, "410 code-expired").await;
    let device = r#"{"email":"a@b.org","password":"x","device_name":""}"#;
    post(
        "/v1/auth/login",
        device,
        &invalid("/device_name wrong_length"),
    )
    .await;
    let injection = r#"{"email":"a@b.org","password":"' or 1=1; drop table users; --"}"#;
    post("/v1/auth/login", injection, "401 invalid-credentials").await;
    table.world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn every_violation_is_told_at_once_and_no_secret_comes_back(pool: PgPool) {
    let table = table(&pool).await;
    let body = json!({"email": "otto", "password": "hush hush", "display_name": "", "locale": "x"});
    let reply = table
        .world
        .post("/v1/auth/register", &body)
        .await
        .expect(422);
    let problem = reply.json();
    let pointers = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["pointer"]);
    let pointers: Vec<_> = pointers.collect();
    assert_eq!(
        pointers,
        ["/email", "/display_name", "/locale", "/password"]
    );
    assert!(!reply.text().contains("hush"));
    table.world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn addresses_methods_and_media_types_are_strict(pool: PgPool) {
    let table = table(&pool).await;
    let client = &table.world.client;
    table
        .check(client.get("/v1/nowhere"), "404 not-found")
        .await;
    table
        .check(client.get("/v1/auth/sessions/../../me"), "404 not-found")
        .await;
    table
        .check(client.get("/problems/%ff"), "404 not-found")
        .await;
    let method = table
        .check(client.get("/v1/auth/login"), "405 method-not-allowed")
        .await;
    assert_eq!(method.header("allow"), "POST");
    table
        .check(client.delete("/v1/me"), "405 method-not-allowed")
        .await;
    let html = client
        .get("/.well-known/jwks.json")
        .header("accept", "text/html");
    table.check(html, "406 not-acceptable").await;
    let html = client
        .get("/v1/me")
        .bearer(&table.pair.access_token)
        .header("accept", "text/html");
    table.check(html, "406 not-acceptable").await;

    let log_out = |query: &str| {
        let path = format!("/v1/auth/logout{query}");
        client.post(&path).bearer(&table.pair.access_token)
    };
    let invalid = "422 validation-failed";
    table
        .check(
            log_out("?scope=mine"),
            &format!("{invalid} ?scope unknown_value"),
        )
        .await;
    table
        .check(
            log_out("?scop=all"),
            &format!("{invalid} ?scop unknown_field"),
        )
        .await;
    table
        .check(
            log_out("?scope=%00"),
            &format!("{invalid} ?scope control_character"),
        )
        .await;
    table.world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn query_parameters_that_nobody_reads_are_refused(pool: PgPool) {
    let table = table(&pool).await;
    let refused = "422 validation-failed ?x unknown_field";
    for path in ROUTES {
        table
            .posted(&format!("{path}?x=1"), r#"{"a":1}"#, refused)
            .await;
    }
    let me = table.world.client.get("/v1/me?x=1");
    table
        .check(me.bearer(&table.pair.access_token), refused)
        .await;
    for path in [
        "/.well-known/jwks.json?x=1",
        "/problems?x",
        "/problems/conflict?x",
    ] {
        table.check(table.world.client.get(path), refused).await;
    }
    table.world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn only_our_access_tokens_are_believed(pool: PgPool) {
    let table = table(&pool).await;
    let other = World::start(&pool).await;
    let foreign = other
        .login("mira@example.org", crate::world::PASSWORD)
        .await
        .expect(201);
    let foreign = Pair::of(&foreign.json()).access_token;
    other.stop().await;
    let genuine = &table.pair.access_token;
    let (head, tail) = genuine.split_at(genuine.len() - 2);
    let changed = format!("{head}{}", if tail == "AA" { "BB" } else { "AA" });
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.";
    let refresh = &table.pair.refresh_token;
    let huge = "a".repeat(5000);
    for token in ["", "a.b.c", none, &changed, &foreign, refresh, &huge] {
        let me = table.world.client.get("/v1/me").bearer(token);
        let reply = table.check(me, "401 unauthenticated").await;
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    table
        .check(table.world.client.get("/v1/me"), "401 unauthenticated")
        .await;
    let log_out = table.world.client.post("/v1/auth/logout");
    table.check(log_out, "401 unauthenticated").await;
    table
        .world
        .client
        .get("/v1/me")
        .bearer(genuine)
        .send()
        .await
        .expect(200);
    table.world.stop().await;
}
