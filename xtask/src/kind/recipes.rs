//! What others publish as charts, and a cluster for development needs.

/// A chart of a version, from its authors' repository.
pub struct Recipe {
    pub name: &'static str,
    pub repository: &'static str,
    pub version: &'static str,
    pub namespace: &'static str,
    pub values: Option<&'static str>,
}

pub const RECIPES: [Recipe; 3] = [
    Recipe {
        name: "keda",
        repository: "https://kedacore.github.io/charts",
        version: "2.21.1",
        namespace: "keda",
        values: None,
    },
    Recipe {
        name: "metrics-server",
        repository: "https://kubernetes-sigs.github.io/metrics-server",
        version: "3.13.0",
        namespace: "kube-system",
        values: Some("k8s/dev/metrics-server-values.yaml"),
    },
    Recipe {
        name: "traefik",
        repository: "https://traefik.github.io/charts",
        version: "37.1.0",
        namespace: "traefik",
        values: Some("k8s/dev/traefik-values.yaml"),
    },
];

impl Recipe {
    /// The words after `helm`.
    pub fn arguments(&self) -> Vec<&'static str> {
        let mut words = vec!["upgrade", "--install", self.name, self.name];
        words.extend(["--repo", self.repository, "--version", self.version]);
        words.extend(["--namespace", self.namespace, "--create-namespace"]);
        words.extend([
            "--kube-context",
            super::CONTEXT,
            "--wait",
            "--timeout",
            "5m",
        ]);
        if let Some(values) = self.values {
            words.extend(["--values", values]);
        }
        words
    }
}
