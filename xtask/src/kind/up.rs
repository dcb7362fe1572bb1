use super::programs::Programs;
use super::{CLUSTER, CONTEXT, RECIPES, registry};
use crate::console::{self, Step};

/// Lets `cargo xtask cluster test` delete things in the cluster.
const DISPOSABLE: &str = "storyloom.dev/disposable=true";

/// Makes what is not there yet.
pub async fn up(programs: &Programs) -> anyhow::Result<()> {
    let step = Step::begin("registry");
    registry::start(programs).await?;
    step.done(super::REGISTRY);
    let step = Step::begin("cluster");
    let clusters = programs.kind(&["get", "clusters"]).await?;
    if !clusters.lines().any(|it| it.trim() == CLUSTER) {
        let words = [
            "create",
            "cluster",
            "--config",
            "k8s/kind.yaml",
            "--wait",
            "3m",
        ];
        programs.kind(&words).await?;
    }
    registry::connect(programs).await?;
    let words = [
        "label",
        "namespace",
        "kube-system",
        DISPOSABLE,
        "--overwrite",
    ];
    programs.kubectl(&words).await?;
    step.done(CONTEXT);
    let step = Step::begin("inbox");
    let words = ["apply", "--server-side", "--kustomize", "k8s/dev"];
    programs.kubectl(&words).await?;
    step.done("Mailpit");
    for recipe in &RECIPES {
        let step = Step::begin(recipe.name);
        programs.helm(&recipe.arguments()).await?;
        step.done(recipe.version);
    }
    announce();
    Ok(())
}

fn announce() {
    let next = [
        "",
        "  Next, one of:",
        "",
        "    tilt up --file tilt/Tiltfile",
        "    skaffold dev",
        "    cargo xtask cluster test          with STORYLOOM_CONTEXT=kind-storyloom",
        "",
        "  and in the end: cargo xtask kind down",
    ];
    next.into_iter().for_each(console::line);
}

/// Removes the cluster with all that is in it.
pub async fn down(programs: &Programs) -> anyhow::Result<()> {
    let step = Step::begin("cluster");
    let words = ["delete", "cluster", "--name", CLUSTER];
    programs.kind(&words).await?;
    step.done("removed");
    let step = Step::begin("registry");
    registry::remove(programs).await?;
    step.done("removed");
    Ok(())
}
