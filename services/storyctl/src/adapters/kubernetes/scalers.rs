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
    let (ready, blind) = (is("Ready"), is("Fallback"));
    let telling = if ready { "Fallback" } else { "Ready" };
    let why = condition(telling).map(|(_, message)| message);
    Scaler {
        name: object.metadata.name.clone().unwrap_or_default(),
        ready,
        active: is("Active"),
        blind,
        why: why.unwrap_or_else(|| "KEDA has not looked at it yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scaler(conditions: &Value) -> Scaler {
        let object = json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
            "metadata": {"name": "x-story-worker"}, "status": {"conditions": conditions}});
        read(&serde_json::from_value(object).unwrap())
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
        assert!(!scaler(&json!(null)).ready);
    }
}
