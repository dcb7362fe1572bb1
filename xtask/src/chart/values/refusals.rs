//! Values that contradict each other are refused with a sentence that says what to set.

use crate::chart::helm::{Asked, Helm};
use crate::chart::passed_unless;
use crate::chart::renderings::APIS;
use crate::checks::Outcome;

/// What is set, and what the sentence must name.
const REFUSED: [(&str, &str); 25] = [
    ("ratelimit.mode=off", "ratelimit.mode"),
    ("exposure.grpc.enabled=true", "ratelimit.mode to deployment"),
    ("secrets.mode=existing", "secrets.jwt.existingSecret"),
    (
        "notification.smtp.existingSecret=x",
        "notification.smtp.tls",
    ),
    ("postgresql.mode=external", "postgresql.external.host"),
    ("postgresql.mode=external", "postgresql.existingSecret"),
    ("postgresql.sslMode=verify-full", "postgresql.caSecret"),
    ("postgresql.sslMode=require", "postgresql.sslMode to prefer"),
    (
        "postgresql.mode=cnpg,postgresql.internal.backup.enabled=true",
        "postgresql.internal.backup.enabled",
    ),
    ("migrations.bootstrap=false", "migrations.bootstrap to true"),
    (
        "postgresql.mode=cnpg,postgresql.cnpg.backup.enabled=true",
        "postgresql.cnpg.plugins",
    ),
    ("redis.mode=external", "redis.external.host"),
    ("auth.autoscaling.min=11", "auth.autoscaling.min is 11"),
    (
        "story.worker.scaling.min=21",
        "story.worker.scaling.min is 21",
    ),
    // 190 by default; eight more pods with ten connections each.
    (
        "story.worker.scaling.max=14",
        "postgresql.internal.parameters.max_connections to at least 270",
    ),
    (
        "auth.autoscaling.enabled=true,auth.autoscaling.max=10",
        "postgresql.internal.parameters.max_connections to at least 270",
    ),
    (
        "postgresql.internal.parameters.max_connections=189",
        "may open 190 connections",
    ),
    ("exposure.ingress.enabled=true", "exposure.ingress.hosts"),
    (
        "exposure.gateway.enabled=true",
        "exposure.gateway.parentRefs",
    ),
    ("exposure.grpc.enabled=true", "exposure.grpc.parentRefs"),
    (
        "fullnameOverride=a-name-of-more-than-thirty-two-letters",
        "fullnameOverride",
    ),
    (
        "elasticsearch.hosts={http://e:9200},logShipper.namespace=tales",
        "logShipper.namespace",
    ),
    // Refused by the schema: of the wrong type or form.
    ("auth.replicas=many", "/auth/replicas"),
    ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
    ("auth.image.digest=sha256:abc", "/auth/image/digest"),
];

/// Every contradiction is refused; on a cluster without KEDA so is `keda.enabled`.
pub async fn check(helm: &Helm) -> anyhow::Result<Outcome> {
    let mut faults = Vec::new();
    for (values, word) in REFUSED {
        let refused = helm.template(&Asked::default().set(values)).await;
        faults.extend(fault(values, word, refused));
    }
    let without_keda = Asked {
        apis: APIS.iter().take(1).map(ToString::to_string).collect(),
        ..Asked::default()
    };
    let refused = helm.template(&without_keda).await;
    faults.extend(fault(
        "no KEDA in the cluster",
        "keda.enabled to false",
        refused,
    ));
    let fixed = without_keda.set("keda.enabled=false");
    let taken = helm.template(&fixed).await;
    faults.extend(
        taken
            .err()
            .map(|error| format!("no KEDA wanted: {error:#}")),
    );
    passed_unless(&faults, format!("{} refused", REFUSED.len() + 1))
}

fn fault(values: &str, word: &str, rendered: anyhow::Result<String>) -> Option<String> {
    match rendered {
        Ok(_) => Some(format!("{values} is taken")),
        Err(error) => {
            let said = format!("{error:#}");
            (!said.contains(word)).then(|| format!("{values}: {word} is not in: {said}"))
        }
    }
}
