use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};

use super::KubernetesVault;
use super::fake::FakeApi;
use crate::application::ports::{KeyMaker, Material};
use crate::application::{Made, MakeSecrets, MakeSecretsError, Outcome};
use crate::domain::{KeyKind, KeyName, Plan, PlannedSecret, SecretName};

/// Each key is another one.
#[derive(Default)]
struct Counting(std::sync::atomic::AtomicU32);

impl KeyMaker for Counting {
    fn make(&self, kind: KeyKind) -> Material {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Material::new(format!("{kind:?}-{number}").into_bytes())
    }
}

fn plan(keys: &[&str]) -> Plan {
    let name = SecretName::parse("x-keys").unwrap();
    let labels = BTreeMap::from([("app".to_owned(), "storyloom".to_owned())]);
    let key = |key: &&str| (KeyName::parse(key).unwrap(), KeyKind::Base64);
    let keys = keys.iter().map(key).collect();
    Plan::new(vec![PlannedSecret::new(name, labels, keys).unwrap()]).unwrap()
}

async fn run(api: &FakeApi, keys: &[&str]) -> Result<Outcome, MakeSecretsError> {
    let vault = Arc::new(KubernetesVault::new(api.client()));
    let made = MakeSecrets::new(vault, Arc::<Counting>::default());
    let mut made: Vec<Made> = made.run(&plan(keys)).await?;
    Ok(made.pop().unwrap().outcome)
}

fn data(api: &FakeApi) -> Value {
    api.secret("x-keys").unwrap()["data"].clone()
}

fn added(keys: &[&str]) -> Outcome {
    Outcome::Added(
        keys.iter()
            .map(|key| KeyName::parse(key).unwrap())
            .collect(),
    )
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_made_with_its_labels() {
    let api = FakeApi::default();
    assert_eq!(
        run(&api, &["otp", "refresh"]).await.unwrap(),
        Outcome::Created
    );
    let secret = api.secret("x-keys").unwrap();
    assert_eq!(secret["metadata"]["labels"], json!({"app": "storyloom"}));
    let keys = secret["data"].as_object().unwrap();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys["otp"], keys["refresh"]);
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let api = FakeApi::default();
    run(&api, &["otp", "refresh"]).await.unwrap();
    let before = api.secret("x-keys");
    assert_eq!(run(&api, &["otp", "refresh"]).await.unwrap(), Outcome::Kept);
    assert_eq!(api.secret("x-keys"), before);
    assert!(!api.asked().iter().any(|it| it.starts_with("PATCH")));
}

/// An apply would take the old keys away, since they are not among the new ones.
#[tokio::test]
async fn a_key_is_added_and_the_old_bytes_are_unchanged() {
    let api = FakeApi::default();
    run(&api, &["otp"]).await.unwrap();
    let otp = data(&api)["otp"].clone();
    let outcome = run(&api, &["otp", "refresh"]).await.unwrap();
    assert_eq!(outcome, added(&["refresh"]));
    assert_eq!(data(&api)["otp"], otp);
    assert!(data(&api)["refresh"].is_string());
    let patches: Vec<_> = api.asked();
    let patch = patches.iter().find(|it| it.starts_with("PATCH")).unwrap();
    assert!(patch.ends_with("application/merge-patch+json"), "{patch}");
}

#[tokio::test]
async fn what_an_operator_added_stays() {
    let api = FakeApi::default();
    run(&api, &["otp"]).await.unwrap();
    api.meddle(|_, secrets| {
        if let Some(secret) = secrets.get_mut("x-keys") {
            secret["data"]["mine"] = json!("bWluZQ==");
        }
    });
    run(&api, &["otp", "refresh"]).await.unwrap();
    assert_eq!(data(&api)["mine"], "bWluZQ==");
}

/// Somebody else adds the same key between the look and the patch: theirs counts.
#[tokio::test]
async fn who_is_slower_looks_again_and_leaves_what_the_other_made() {
    let api = FakeApi::default();
    run(&api, &["otp"]).await.unwrap();
    api.meddle(|method, secrets| {
        let secret = secrets.get_mut("x-keys").unwrap();
        if *method == Method::PATCH && secret["data"]["refresh"].is_null() {
            secret["data"]["refresh"] = json!("dGhlaXJz");
            secret["metadata"]["resourceVersion"] = json!("1000");
        }
    });
    let outcome = run(&api, &["otp", "refresh", "third"]).await.unwrap();
    assert_eq!(outcome, added(&["third"]));
    assert_eq!(data(&api)["refresh"], "dGhlaXJz");
}

#[tokio::test]
async fn a_secret_that_vanishes_meanwhile_is_made_anew() {
    let api = FakeApi::default();
    run(&api, &["otp"]).await.unwrap();
    let mut done = false;
    api.meddle(move |method, secrets| {
        if *method == Method::PATCH && !done {
            secrets.clear();
            done = true;
        }
    });
    let outcome = run(&api, &["otp", "refresh"]).await.unwrap();
    assert_eq!(outcome, Outcome::Created);
}

#[tokio::test]
async fn who_changes_it_all_the_time_is_given_up_on() {
    let api = FakeApi::default();
    run(&api, &["otp"]).await.unwrap();
    let mut version = 1000;
    api.meddle(move |method, secrets| {
        if *method == Method::PATCH {
            version += 1;
            let secret = secrets.get_mut("x-keys").unwrap();
            secret["metadata"]["resourceVersion"] = json!(version.to_string());
        }
    });
    let error = run(&api, &["otp", "refresh"]).await.unwrap_err();
    assert!(error.to_string().contains("x-keys"), "{error}");
    assert!(data(&api)["refresh"].is_null());
}

#[tokio::test]
async fn a_refusal_is_passed_on_in_the_words_of_the_api() {
    let api = FakeApi::default();
    api.refuse(403, "secrets is forbidden");
    let error = run(&api, &["otp"]).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot create secret x-keys");
    let cause = error.source().unwrap().to_string();
    assert_eq!(cause, "secrets is forbidden");
}
