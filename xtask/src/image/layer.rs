//! A layer: a tar archive, mostly compressed. The same files give the same bytes, always.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::blob::{Blob, sha256};

const TAR: &str = "application/vnd.oci.image.layer.v1.tar";
const TAR_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A file or, without content, a folder. All belong to root, and nobody may write to them.
pub struct Entry {
    pub path: String,
    pub content: Option<Vec<u8>>,
    pub executable: bool,
}

impl Entry {
    pub fn folder(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            content: None,
            executable: true,
        }
    }

    pub fn file(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.to_owned(),
            content: Some(content.into()),
            executable: false,
        }
    }

    pub fn program(path: &str, content: Vec<u8>) -> Self {
        Self {
            path: path.to_owned(),
            content: Some(content),
            executable: true,
        }
    }

    fn header(&self) -> io::Result<Header> {
        let mut header = Header::new_ustar();
        header.set_path(&self.path)?;
        header.set_entry_type(match self.content {
            Some(_) => EntryType::Regular,
            None => EntryType::Directory,
        });
        header.set_mode(if self.executable { 0o555 } else { 0o444 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        let size = self.content.as_ref().map_or(0, Vec::len);
        header.set_size(size.try_into().map_err(io::Error::other)?);
        header.set_cksum();
        Ok(header)
    }
}

/// How hard to compress.
#[derive(Debug, Clone, Copy)]
pub enum Compression {
    /// Not at all, for images that go no further than a cluster on this machine.
    None,
    /// For images that are stored and pulled.
    Best,
}

/// A layer, and the digest of what it unpacks to.
#[derive(Debug, Clone)]
pub struct Layer {
    pub blob: Blob,
    pub diff_id: String,
    pub unpacked_size: usize,
}

impl Layer {
    pub fn pack(entries: &[Entry], compression: Compression) -> io::Result<Self> {
        let mut tar = Builder::new(Vec::new());
        for entry in entries {
            let content = entry.content.as_deref().unwrap_or_default();
            tar.append(&entry.header()?, content)?;
        }
        let tar = tar.into_inner()?;
        let diff_id = sha256(&tar);
        let unpacked_size = tar.len();
        let blob = match compression {
            Compression::None => Blob::new(TAR, tar),
            Compression::Best => Blob::new(TAR_GZIP, gzip(&tar)?),
        };
        Ok(Self {
            blob,
            diff_id,
            unpacked_size,
        })
    }
}

fn gzip(tar: &[u8]) -> io::Result<Vec<u8>> {
    // Neither a name nor a time stands in its header unless it is set.
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(tar)?;
    gzip.finish()
}
