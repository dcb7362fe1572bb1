//! An image, and the OCI archive that carries it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::blob::Blob;
use super::layer::Layer;
use super::name::Name;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A whole image under a name.
pub struct Image {
    service: String,
    name: Name,
    config: Blob,
    layers: Vec<Layer>,
    manifest: Blob,
}

impl Image {
    pub fn new(
        service: &str,
        name: Name,
        config: Blob,
        layers: Vec<Layer>,
    ) -> anyhow::Result<Self> {
        let described: Vec<_> = layers.iter().map(|it| it.blob.descriptor()).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": described,
        });
        Ok(Self {
            service: service.to_owned(),
            name,
            config,
            layers,
            manifest: Blob::json(MANIFEST, &manifest)?,
        })
    }

    pub fn name(&self) -> &Name {
        &self.name
    }

    pub fn manifest(&self) -> &Blob {
        &self.manifest
    }

    /// All that the manifest names.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let layers = self.layers.iter().map(|it| &it.blob);
        layers.chain([&self.config])
    }

    /// What a registry stores and a node pulls.
    pub fn packed_size(&self) -> usize {
        let blobs = self.blobs().chain([&self.manifest]);
        blobs.map(|it| it.bytes().len()).sum()
    }

    /// What a node keeps.
    pub fn unpacked_size(&self) -> usize {
        self.layers.iter().map(|it| it.unpacked_size).sum()
    }

    /// Writes the archive into a folder. It appears whole, by rename.
    pub fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.tar", self.service));
        let unfinished = path.with_extension("new");
        let mut tar = Builder::new(BufWriter::new(File::create(&unfinished)?));
        for blob in self.blobs().chain([&self.manifest]) {
            put(&mut tar, &blob.path(), blob.bytes())?;
        }
        put(&mut tar, "index.json", &serde_json::to_vec(&self.index())?)?;
        put(
            &mut tar,
            "manifest.json",
            &serde_json::to_vec(&self.for_docker())?,
        )?;
        put(&mut tar, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        tar.into_inner()?.flush()?;
        fs::rename(&unfinished, &path)?;
        Ok(path)
    }

    fn index(&self) -> Value {
        let mut descriptor = self.manifest.descriptor();
        if let Some(descriptor) = descriptor.as_object_mut() {
            let annotations = json!({
                // containerd imports it under this name,
                "io.containerd.image.name": self.name.in_full(),
                // others under the tag.
                "org.opencontainers.image.ref.name": self.name.tag(),
            });
            descriptor.insert("annotations".to_owned(), annotations);
        }
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor] })
    }

    /// `docker load` before version 25 reads this instead of the index.
    fn for_docker(&self) -> Value {
        let layers: Vec<_> = self.layers.iter().map(|it| it.blob.path()).collect();
        json!([{
            "Config": self.config.path(),
            "RepoTags": [self.name.to_string()],
            "Layers": layers,
        }])
    }
}

fn put<W: io::Write>(tar: &mut Builder<W>, path: &str, content: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len().try_into().map_err(io::Error::other)?);
    header.set_cksum();
    tar.append(&header, content)
}
