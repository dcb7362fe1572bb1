//! `cargo xtask kind`: a cluster for development.

/// What the cluster is called; its context is `kind-storyloom`.
pub const CLUSTER: &str = "storyloom";
