//! ratelimit-sidecar
