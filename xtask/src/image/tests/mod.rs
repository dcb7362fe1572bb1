mod registry;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::artifact::Image;
use super::blob::sha256;
use super::contents;
use super::description::Description;
use super::layer::{Compression, Layer};
use super::name::Name;
use super::processor::Processor;
use super::provenance::Provenance;

/// An image of a program that is only a few bytes.
fn image(folder: &Path) -> Image {
    let binary = folder.join("program");
    fs::write(&binary, b"\x7fELF and so on").unwrap();
    let pack = |entries: &[_]| Layer::pack(entries, Compression::Best).unwrap();
    let layers = vec![
        pack(&contents::base().unwrap()),
        pack(&contents::service("story-service", &binary).unwrap()),
    ];
    let provenance = Provenance {
        revision: Some("0123abcd".to_owned()),
        created: "2026-01-02T03:04:05Z".to_owned(),
    };
    let description = Description {
        service: "story-service",
        version: "1.2.3",
        processor: Processor::Aarch64,
        provenance: &provenance,
    };
    let config = description.blob(&layers).unwrap();
    let name = Name::usual("story-service", "1.2.3-rc.1");
    Image::new("story-service", name, config, layers).unwrap()
}

/// The files of an archive.
fn files(archive: impl std::io::Read) -> HashMap<String, (u32, Vec<u8>)> {
    let mut archive = tar::Archive::new(archive);
    let mut files = HashMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        assert_eq!(header.mtime().unwrap(), 0, "{path} has a time");
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        files.insert(path, (header.mode().unwrap(), content));
    }
    files
}

fn json(files: &HashMap<String, (u32, Vec<u8>)>, path: &str) -> Value {
    let (_, content) = files.get(path).unwrap();
    serde_json::from_slice(content).unwrap()
}

#[test]
fn an_archive_holds_all_that_its_index_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = image(folder.path()).write(folder.path()).unwrap();
    let files = files(File::open(path).unwrap());
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap();
        let path = format!("blobs/{}", digest.replace(':', "/"));
        let (_, content) = files.get(&path).unwrap();
        assert_eq!(sha256(content), digest);
        assert_eq!(descriptor["size"], content.len());
        content.clone()
    };
    assert_eq!(json(&files, "oci-layout")["imageLayoutVersion"], "1.0.0");
    let descriptor = &json(&files, "index.json")["manifests"][0];
    assert_eq!(
        descriptor["annotations"]["io.containerd.image.name"],
        "docker.io/storyloom/story-service:1.2.3-rc.1"
    );
    let manifest: Value = serde_json::from_slice(&blob(descriptor)).unwrap();
    let config: Value = serde_json::from_slice(&blob(&manifest["config"])).unwrap();
    let layers = manifest["layers"].as_array().unwrap();
    for (layer, diff_id) in layers
        .iter()
        .zip(config["rootfs"]["diff_ids"].as_array().unwrap())
    {
        let mut unpacked = Vec::new();
        GzDecoder::new(&*blob(layer))
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(&sha256(&unpacked), diff_id);
    }
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Entrypoint"][0], "/story-service");
    assert_eq!(config["architecture"], "arm64");
    let labels = &config["config"]["Labels"];
    assert_eq!(labels["org.opencontainers.image.version"], "1.2.3");
    assert_eq!(labels["org.opencontainers.image.revision"], "0123abcd");
    let docker = json(&files, "manifest.json");
    assert_eq!(
        docker[0]["RepoTags"][0],
        "storyloom/story-service:1.2.3-rc.1"
    );
}

#[test]
fn nobody_may_write_to_what_lies_in_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("program");
    fs::write(&binary, "x").unwrap();
    let mut entries = contents::base().unwrap();
    entries.extend(contents::service("auth-service", &binary).unwrap());
    let layer = Layer::pack(&entries, Compression::None).unwrap();
    let files = files(&**layer.blob.bytes());
    for (path, (mode, _)) in &files {
        assert_eq!(mode & 0o222, 0, "{path} may be written to");
    }
    assert_eq!(files["auth-service"], (0o555, b"x".to_vec()));
    let (_, authorities) = &files["etc/ssl/certs/ca-certificates.crt"];
    let authorities = str::from_utf8(authorities).unwrap();
    assert!(authorities.matches("BEGIN CERTIFICATE").count() > 50);
    let (_, passwd) = &files["etc/passwd"];
    assert!(passwd.starts_with(b"storyloom:x:65532:65532:"));
}

#[test]
fn the_same_program_gives_the_same_image() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (image(one.path()), image(other.path()));
    assert_eq!(one.manifest().digest(), other.manifest().digest());
}
