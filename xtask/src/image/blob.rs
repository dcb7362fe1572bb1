//! A part of an image, named by its digest.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use bytes::Bytes;
use serde_json::{Value, json};

/// Bytes that are found by what they are.
#[derive(Debug, Clone)]
pub struct Blob {
    media_type: &'static str,
    digest: String,
    bytes: Bytes,
}

impl Blob {
    pub fn new(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            media_type,
            digest: sha256(&bytes),
            bytes,
        }
    }

    /// A document as a blob.
    pub fn json(media_type: &'static str, document: &Value) -> anyhow::Result<Self> {
        Ok(Self::new(media_type, serde_json::to_vec(document)?))
    }

    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Where it lies in an OCI layout.
    pub fn path(&self) -> String {
        format!("blobs/{}", self.digest.replace(':', "/"))
    }

    /// How other documents point to it.
    pub fn descriptor(&self) -> Value {
        json!({
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.bytes.len(),
        })
    }
}

/// `sha256:…`
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in digest::digest(&digest::SHA256, bytes).as_ref() {
        // Writing to a string does not fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}
