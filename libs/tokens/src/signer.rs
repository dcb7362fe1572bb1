use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use crate::{AccessClaims, TYPE};

/// How much of the thumbprint names the key.
const KEY_ID_LENGTH: usize = 16;

/// Signs access tokens. The key id is the beginning of its thumbprint (RFC 7638).
pub struct Signer {
    key: EncodingKey,
    public: Jwk,
    key_id: String,
}

/// A token could not be signed, or the key is not one to sign with.
#[derive(Debug, thiserror::Error)]
#[error("the signing key is not an Ed25519 key in PKCS#8 PEM: {0}")]
pub struct SignError(#[from] jsonwebtoken::errors::Error);

impl Signer {
    /// Takes an Ed25519 private key as PKCS#8 in PEM (RFC 8410).
    pub fn from_pem(pem: &str) -> Result<Self, SignError> {
        let key = EncodingKey::from_ed_pem(pem.as_bytes())?;
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        let thumbprint = public.thumbprint(ThumbprintHash::SHA256)?;
        let key_id: String = thumbprint.chars().take(KEY_ID_LENGTH).collect();
        public.common.key_id = Some(key_id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            key,
            public,
            key_id,
        })
    }

    /// The signed token.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, SignError> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        Ok(jsonwebtoken::encode(&header, claims, &self.key)?)
    }

    /// The public keys, as everybody may see them.
    pub fn jwks(&self) -> JwkSet {
        JwkSet {
            keys: vec![self.public.clone()],
        }
    }
}
