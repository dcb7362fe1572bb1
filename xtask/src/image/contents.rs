//! What lies in the images.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use super::layer::Entry;

/// The user and the group that everything runs as.
pub const USER: &str = "65532:65532";

const PASSWD: &str = "storyloom:x:65532:65532:storyloom:/:/sbin/nologin\n";
const GROUP: &str = "storyloom:x:65532:\n";
/// Where programs on Linux look for the certificate authorities to trust.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";
/// As PEM wants it.
const LINE_LENGTH: usize = 64;

/// What all images have alike.
pub fn base() -> anyhow::Result<Vec<Entry>> {
    Ok(vec![
        Entry::folder("etc/"),
        Entry::file("etc/group", GROUP),
        Entry::file("etc/passwd", PASSWD),
        Entry::folder("etc/ssl/"),
        Entry::folder("etc/ssl/certs/"),
        Entry::file(AUTHORITIES, authorities()?),
    ])
}

/// What is a service's own: its program, at the root.
pub fn service(name: &str, binary: &Path) -> anyhow::Result<Vec<Entry>> {
    let program = fs::read(binary);
    let program = program.with_context(|| format!("{} cannot be read", binary.display()))?;
    Ok(vec![Entry::program(name, program)])
}

/// The authorities that Mozilla trusts, as the lock file pins them: what this machine trusts
/// does not matter.
fn authorities() -> anyhow::Result<String> {
    let mut bundle = String::new();
    for authority in TLS_SERVER_ROOT_CERTS {
        let encoded = BASE64_STANDARD.encode(authority);
        bundle.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in encoded.as_bytes().chunks(LINE_LENGTH) {
            bundle.push_str(str::from_utf8(line)?);
            bundle.push('\n');
        }
        bundle.push_str("-----END CERTIFICATE-----\n");
    }
    Ok(bundle)
}
