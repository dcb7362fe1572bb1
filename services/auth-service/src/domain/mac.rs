//! HMAC-SHA-256 (RFC 2104) with keys of a size that is always taken.

use hkdf::{Hkdf, InvalidLength};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A key of one block: shorter ones are padded with zeros, as the RFC has it.
pub(super) type MacKey = [u8; 64];

/// Two keys of half a block as one.
pub(super) fn joined(first: &[u8; 32], second: &[u8; 32]) -> MacKey {
    let mut key = [0; 64];
    let bytes = first.iter().chain(second);
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    key
}

/// A key for one purpose, from a secret (HKDF, RFC 5869).
pub(super) fn derive(secret: &[u8], purpose: &[u8]) -> Result<MacKey, InvalidLength> {
    let mut half = [0; 32];
    Hkdf::<Sha256>::new(None, secret).expand(purpose, &mut half)?;
    Ok(joined(&half, &[0; 32]))
}

/// The authentication code of the parts, one after the other.
pub(super) fn hmac(key: &MacKey, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new(key.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 1 of RFC 4231: the key is twenty times 0x0b.
    #[test]
    fn it_is_the_hmac_of_the_rfc() {
        let mut half = [0; 32];
        half[..20].fill(0x0b);
        let mac = hmac(&joined(&half, &[0; 32]), &[b"Hi ", b"There"]);
        let expected = [
            0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b,
            0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c,
            0x2e, 0x32, 0xcf, 0xf7,
        ];
        assert_eq!(mac, expected);
    }
}
