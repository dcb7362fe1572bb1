use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use serde_json::Value;

use crate::domain::Scaler;

/// What KEDA calls a `ScaledObject`.
pub fn api(client: Client) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("keda.sh", "v1alpha1", "ScaledObject");
    Api::default_namespaced_with(client, &ApiResource::from_gvk(&kind))
}

/// What KEDA noted about one.
pub fn read(object: &DynamicObject) -> Scaler {
    let conditions = object.data.pointer("/status/conditions");
    let conditions = conditions.and_then(Value::as_array);
    let condition = |name: &str| {
        let mut all = conditions.into_iter().flatten();
        let found = all.find(|it| it.get("type").and_then(Value::as_str) == Some(name))?;
        let text = |member: &str| found.get(member).and_then(Value::as_str);
        let message = text("message").unwrap_or_default().to_owned();
        Some((text("status") == Some("True"), message))
    };
    let is = |name: &str| condition(name).is_some_and(|(holds, _)| holds);
    let (ready, fallback) = (is("Ready"), is("Fallback"));
    let failing = failing(object);
    let telling = if ready { "Fallback" } else { "Ready" };
    let why = condition(telling).map(|(_, message)| message);
    let why = why.unwrap_or_else(|| "KEDA has not looked at it yet".to_owned());
    Scaler {
        name: object.metadata.name.clone().unwrap_or_default(),
        ready,
        active: is("Active"),
        blind: fallback || !failing.is_empty(),
        paused: is("Paused"),
        why: match &failing[..] {
            [] => why,
            _ if !ready || fallback => why,
            failing => format!("these fail: {}", failing.join(", ")),
        },
    }
}

/// The triggers that KEDA cannot evaluate at the moment.
fn failing(object: &DynamicObject) -> Vec<&str> {
    let health = object.data.pointer("/status/health");
    let triggers = health.and_then(Value::as_object).into_iter().flatten();
    let fails = |of: &Value| of.get("status").and_then(Value::as_str) == Some("Failing");
    let failing = triggers.filter(|(_, state)| fails(state));
    failing.map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scaler(conditions: &Value) -> Scaler {
        with_health(conditions, &json!({}))
    }

    fn with_health(conditions: &Value, health: &Value) -> Scaler {
        let status = json!({"conditions": conditions, "health": health});
        let object = json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
            "metadata": {"name": "x-story-worker"}, "status": status});
        read(&serde_json::from_value(object).unwrap())
    }

    #[test]
    fn a_trigger_that_fails_makes_blind() {
        let ready = json!([{"type": "Ready", "status": "True"}]);
        let health = json!({
            "s0-redis": {"numberOfFailures": 2, "status": "Failing"},
            "s1-redis": {"numberOfFailures": 0, "status": "Happy"}});
        let scaler = with_health(&ready, &health);
        assert_eq!((scaler.ready, scaler.blind), (true, true));
        assert_eq!(scaler.why, "these fail: s0-redis");
    }

    #[test]
    fn conditions_are_read() {
        let well = scaler(&json!([
            {"type": "Ready", "status": "True"}, {"type": "Active", "status": "True"},
            {"type": "Fallback", "status": "Unknown"}]));
        assert_eq!((well.ready, well.active, well.blind), (true, true, false));
        let broken = scaler(&json!([{"type": "Ready", "status": "False", "message": "why"}]));
        assert_eq!((broken.ready, broken.why.as_str()), (false, "why"));
        let blind = scaler(&json!([
            {"type": "Ready", "status": "True"},
            {"type": "Fallback", "status": "True", "message": "no Redis"}]));
        assert_eq!((blind.blind, blind.why.as_str()), (true, "no Redis"));
        assert!(!scaler(&json!(null)).ready && !well.paused);
        let paused = scaler(&json!([
            {"type": "Ready", "status": "True"}, {"type": "Paused", "status": "True"}]));
        assert!(paused.ready && paused.paused);
    }
}
