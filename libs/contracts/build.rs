//! Compiles `proto/` without an installed protoc.

use std::error::Error;
use std::path::Path;

const PROTOS: &[&str] = &[
    "storyloom/auth/v1/auth.proto",
    "storyloom/story/v1/story.proto",
    "storyloom/notification/v1/notification.proto",
    "storyloom/events/v1/events.proto",
    "storyloom/admin/v1/admin.proto",
    "envoy/service/ratelimit/v3/rls.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let descriptors = protox::compile(PROTOS, [root])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
