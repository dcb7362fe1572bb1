//! What an image says about itself.

use serde_json::{Map, Value, json};

use super::blob::Blob;
use super::contents::USER;
use super::layer::Layer;
use super::processor::Processor;
use super::provenance::Provenance;

const MEDIA_TYPE: &str = "application/vnd.oci.image.config.v1+json";
/// With huge pages, the allocator takes two or three times the memory of an idle process.
const ALLOCATOR: [&str; 1] = ["MIMALLOC_ALLOW_THP=0"];

/// A service's image.
pub struct Description<'a> {
    pub service: &'a str,
    pub version: &'a str,
    pub processor: Processor,
    pub provenance: &'a Provenance,
}

impl Description<'_> {
    /// The configuration of the image with these layers.
    pub fn blob(&self, layers: &[Layer]) -> anyhow::Result<Blob> {
        let diff_ids: Vec<_> = layers.iter().map(|it| &it.diff_id).collect();
        let created = &self.provenance.created;
        let history = [
            "certificate authorities and the user",
            "the service's program",
        ];
        let document = json!({
            "architecture": self.processor.in_images(),
            "os": "linux",
            "created": created,
            "config": {
                "User": USER,
                "WorkingDir": "/",
                "Env": ALLOCATOR,
                "Entrypoint": [format!("/{}", self.service)],
                "Labels": self.labels(),
            },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": history.map(|what| json!({ "created": created, "created_by": what })),
        });
        Blob::json(MEDIA_TYPE, &document)
    }

    fn labels(&self) -> Value {
        let mut labels = Map::new();
        let mut put = |name: &str, value: &str| {
            labels.insert(format!("org.opencontainers.image.{name}"), value.into());
        };
        put("title", self.service);
        put("version", self.version);
        put("created", &self.provenance.created);
        put("licenses", env!("CARGO_PKG_LICENSE"));
        if let Some(revision) = &self.provenance.revision {
            put("revision", revision);
        }
        labels.into()
    }
}
