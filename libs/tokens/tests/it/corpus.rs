use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use tokens::{AccessClaims, JwksError, JwksSource, Refused, Signer, StaticJwks, Verifier};
use uuid::Uuid;

const ISSUER: &str = "http://localhost";
const AUDIENCE: &str = "story-service";

/// An Ed25519 key: PKCS#8 is a fixed beginning and 32 random bytes (RFC 8410 §7).
fn key() -> String {
    let mut der = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    der.extend(Uuid::new_v4().into_bytes());
    der.extend(Uuid::new_v4().into_bytes());
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

fn claims() -> AccessClaims {
    let now = get_current_timestamp();
    serde_json::from_value(json!({
        "iss": ISSUER, "sub": Uuid::new_v4(), "aud": ["auth-service", AUDIENCE],
        "exp": now + 300, "nbf": now, "iat": now, "jti": Uuid::new_v4(), "sid": Uuid::new_v4(),
        "client_id": "web", "scope": "stories", "auth_time": now, "acr": "1", "amr": ["pwd"],
    }))
    .unwrap()
}

struct Bench {
    pem: String,
    signer: Signer,
    verifier: Verifier,
}

impl Bench {
    fn new() -> Self {
        let pem = key();
        let signer = Signer::from_pem(&pem).unwrap();
        let verifier = Verifier::new(StaticJwks(signer.jwks()), ISSUER, AUDIENCE);
        Self {
            pem,
            signer,
            verifier,
        }
    }

    fn key_id(&self) -> String {
        self.signer.jwks().keys[0].common.key_id.clone().unwrap()
    }

    /// Signed with the right key over any header and any claims.
    fn forge(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let key = EncodingKey::from_ed_pem(self.pem.as_bytes()).unwrap();
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    async fn refuses(&self, token: &str, what: &str) {
        let refused = self.verifier.verify(token).await;
        assert!(
            matches!(refused, Err(Refused::Invalid)),
            "{what}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_the_signer_made_is_believed() {
    let bench = Bench::new();
    let claims = claims();
    let token = bench.signer.sign(&claims).unwrap();
    assert_eq!(bench.verifier.verify(&token).await.unwrap(), claims);
}

#[tokio::test]
async fn foreign_headers_are_refused() {
    let bench = Bench::new();
    let claims = serde_json::to_value(claims()).unwrap();
    let right = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": bench.key_id()});
    let forged = bench.forge(&right, &claims);
    assert!(
        bench.verifier.verify(&forged).await.is_ok(),
        "the forge itself works"
    );
    let changes = [
        ("typ", json!("JWT")),
        ("typ", json!(null)),
        ("typ", json!("AT+JWT")),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("Ed25519")),
        ("kid", json!("other")),
        ("kid", json!("../../etc")),
        ("kid", json!("' or 1=1 --")),
        ("kid", json!(7)),
        ("jku", json!("http://localhost/keys")),
        ("x5u", json!("http://localhost/chain")),
        ("jwk", json!(bench.signer.jwks().keys[0])),
        ("x5c", json!(["AA=="])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ];
    for (name, value) in changes {
        let mut header = right.clone();
        header[name] = value;
        bench
            .refuses(&bench.forge(&header, &claims), &header.to_string())
            .await;
    }
    for name in ["typ", "alg", "kid"] {
        let mut header = right.clone();
        header.as_object_mut().unwrap().remove(name);
        bench.refuses(&bench.forge(&header, &claims), name).await;
    }
}

#[tokio::test]
async fn foreign_claims_are_refused() {
    let bench = Bench::new();
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": bench.key_id()});
    let now = get_current_timestamp();
    let changes = [
        ("iss", json!("http://elsewhere")),
        ("iss", json!(["http://localhost"])),
        ("iss", json!(null)),
        ("aud", json!(["auth-service"])),
        ("aud", json!([])),
        ("aud", json!("story-servicex")),
        ("exp", json!(now - 60)),
        ("exp", json!("soon")),
        ("exp", json!(1.5e12)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 60)),
        ("nbf", json!("x")),
        ("sub", json!("mira")),
        ("sub", json!(null)),
        ("sid", json!("x")),
        ("jti", json!(1)),
        ("amr", json!("pwd")),
        ("scope", json!(["stories"])),
    ];
    for (name, value) in changes {
        let mut claims = serde_json::to_value(claims()).unwrap();
        claims[name] = value;
        bench
            .refuses(
                &bench.forge(&header, &claims),
                &format!("{name}: {}", claims[name]),
            )
            .await;
    }
    for name in ["iss", "aud", "exp", "nbf", "sub", "sid", "iat"] {
        let mut claims = serde_json::to_value(claims()).unwrap();
        claims.as_object_mut().unwrap().remove(name);
        bench.refuses(&bench.forge(&header, &claims), name).await;
    }
}

#[tokio::test]
async fn damaged_tokens_are_refused() {
    let bench = Bench::new();
    let token = bench.signer.sign(&claims()).unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let other = Bench::new().signer.sign(&claims()).unwrap();
    let swapped = format!("{head}.{}", other.rsplit_once('.').unwrap().1);
    let hs256 = {
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(bench.key_id()),
            ..Header::new(Algorithm::HS256)
        };
        let public = serde_json::to_vec(&bench.signer.jwks().keys[0]).unwrap();
        jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&public)).unwrap()
    };
    let long = format!("{}.{signature}", "a".repeat(16 * 1024));
    for damaged in [
        "",
        ".",
        "..",
        "a.b.c",
        "\0",
        head,
        &format!("{head}."),
        &format!("{token}.x"),
        &format!("{token}="),
        &format!(" {token}"),
        &swapped,
        &other,
        &hs256,
        &long,
        &token.replace('.', ".."),
    ] {
        bench.refuses(damaged, damaged).await;
    }
}

/// Counts how often it is asked.
struct Counting(Arc<AtomicUsize>, JwkSet);

#[async_trait]
impl JwksSource for Counting {
    async fn fetch(&self) -> Result<JwkSet, JwksError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(self.1.clone())
    }
}

#[tokio::test]
async fn unknown_keys_do_not_flood_the_source() {
    let bench = Bench::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Counting(asked.clone(), bench.signer.jwks());
    let verifier = Verifier::new(source, ISSUER, AUDIENCE);
    let token = bench.signer.sign(&claims()).unwrap();
    assert!(verifier.verify(&token).await.is_ok());
    for _ in 0..100 {
        let stranger = Bench::new().signer.sign(&claims()).unwrap();
        assert!(verifier.verify(&stranger).await.is_err());
    }
    assert!(verifier.verify(&token).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

struct Away;

#[async_trait]
impl JwksSource for Away {
    async fn fetch(&self) -> Result<JwkSet, JwksError> {
        Err(Box::new(tonic::Status::unavailable("away")).into())
    }
}

#[tokio::test]
async fn without_keys_nothing_is_believed() {
    let token = Bench::new().signer.sign(&claims()).unwrap();
    let refused = Verifier::new(Away, ISSUER, AUDIENCE).verify(&token).await;
    assert!(matches!(refused, Err(Refused::NoKeys(_))));
}
