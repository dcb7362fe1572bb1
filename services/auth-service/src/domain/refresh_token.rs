use std::fmt;

use kernel::SessionId;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::mac::{MacKey, hmac, joined};

/// Names the key of the server that a token was signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub u32);

/// Half of what signs the tokens of one session; the server's key is the other half.
/// Its debug form shows nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[seed]")
    }
}

/// SHA-256 of a refresh token: what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// A refresh token: one generation of one session. It holds no chance of its own, so the
/// token of a generation can be made again. Its debug form shows no signature.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    key: KeyId,
    session: SessionId,
    generation: u64,
    signature: [u8; 16],
}

impl RefreshToken {
    /// How many bytes it has.
    pub const LENGTH: usize = 45;
    const VERSION: u8 = 1;

    /// Reads the bytes of a token, without believing any of it.
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let (version, rest) = bytes.split_first_chunk::<1>()?;
        let (key, rest) = rest.split_first_chunk::<4>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<8>()?;
        let signature = rest.first_chunk::<16>()?;
        (version == &[Self::VERSION]).then(|| Self {
            key: KeyId(u32::from_be_bytes(*key)),
            session: SessionId(Uuid::from_bytes(*session)),
            generation: u64::from_be_bytes(*generation),
            signature: *signature,
        })
    }

    /// The bytes, as the client keeps them.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let signed = signed_part(self.key, self.session, self.generation);
        let mut bytes = [0; Self::LENGTH];
        let all = signed.iter().chain(&self.signature);
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Which session it says it belongs to.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Which generation it says it is.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.to_bytes()).into())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[refresh token {}]", self.generation)
    }
}

/// The server's key for refresh tokens. Without the seeds it forges nothing.
#[derive(Clone)]
pub struct RefreshKey {
    id: KeyId,
    key: [u8; 32],
}

impl RefreshKey {
    /// Takes a secret of any length; its hash is the key, and the hash of that names it.
    pub fn new(secret: &[u8]) -> Self {
        let key: [u8; 32] = Sha256::digest(secret).into();
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(key).into();
        Self {
            id: KeyId(u32::from_be_bytes([a, b, c, d])),
            key,
        }
    }

    /// Names the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The token of one generation of a session; always the same one.
    pub fn token(&self, session: SessionId, seed: &Seed, generation: u64) -> RefreshToken {
        let signed = signed_part(self.id, session, generation);
        RefreshToken {
            key: self.id,
            session,
            generation,
            signature: sign(&joined(&self.key, &seed.0), &signed),
        }
    }

    /// Whether a token was made with this key and seed. Takes the same time either way.
    pub fn made(&self, token: &RefreshToken, seed: &Seed) -> bool {
        let genuine = self.token(token.session, seed, token.generation);
        let signed_alike = genuine.signature.ct_eq(&token.signature);
        token.key == self.id && bool::from(signed_alike)
    }
}

/// The keys whose tokens are believed; one of them makes new tokens.
#[derive(Clone)]
pub struct RefreshKeys {
    /// Makes new tokens.
    pub current: RefreshKey,
    /// The next one, or the former one.
    pub other: Option<RefreshKey>,
}

impl RefreshKeys {
    /// Whether a token was made with one of the keys and this seed.
    pub fn made(&self, token: &RefreshToken, seed: &Seed) -> bool {
        let mut others = self.other.iter();
        self.current.made(token, seed) || others.any(|key| key.made(token, seed))
    }

    /// The token of one generation of a session, made anew with the key of which it is.
    pub fn again(
        &self,
        session: SessionId,
        seed: &Seed,
        (generation, hash): (u64, TokenHash),
    ) -> Option<RefreshToken> {
        let keys = std::iter::once(&self.current).chain(&self.other);
        let mut tokens = keys.map(|key| key.token(session, seed, generation));
        tokens.find(|token| token.hash() == hash)
    }
}

fn signed_part(key: KeyId, session: SessionId, generation: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RefreshToken::LENGTH);
    bytes.push(RefreshToken::VERSION);
    bytes.extend(key.0.to_be_bytes());
    bytes.extend(session.0.as_bytes());
    bytes.extend(generation.to_be_bytes());
    bytes
}

/// The first half of the HMAC.
fn sign(key: &MacKey, signed: &[u8]) -> [u8; 16] {
    let mac = hmac(key, &[signed]);
    let mut half = [0; 16];
    half.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed([3; 32]);

    fn session() -> SessionId {
        SessionId(Uuid::from_u128(5))
    }

    #[test]
    fn a_token_is_read_back_as_it_was_made() {
        let token = RefreshKey::new(b"key").token(session(), &SEED, 7);
        assert_eq!(RefreshToken::from_bytes(&token.to_bytes()), Some(token));
    }

    #[test]
    fn the_same_generation_is_the_same_token() {
        let key = RefreshKey::new(b"key");
        assert_eq!(
            key.token(session(), &SEED, 7),
            key.token(session(), &SEED, 7)
        );
        assert_ne!(
            key.token(session(), &SEED, 7).hash(),
            key.token(session(), &SEED, 8).hash()
        );
    }

    #[test]
    fn neither_half_of_the_key_alone_makes_a_token() {
        let key = RefreshKey::new(b"key");
        let genuine = key.token(session(), &SEED, 7);
        assert!(key.made(&genuine, &SEED));
        assert!(!key.made(&genuine, &Seed([4; 32])));
        assert!(!RefreshKey::new(b"other").made(&genuine, &SEED));
    }

    #[test]
    fn no_bit_can_be_changed() {
        let key = RefreshKey::new(b"key");
        let genuine = key.token(session(), &SEED, 7).to_bytes();
        for bit in 0..RefreshToken::LENGTH * 8 {
            let mut forged = genuine;
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = RefreshToken::from_bytes(&forged);
            assert!(
                !forged.is_some_and(|token| key.made(&token, &SEED)),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = RefreshKey::new(b"key").token(session(), &SEED, 7);
        assert_eq!(format!("{token:?} {SEED:?}"), "[refresh token 7] [seed]");
    }
}
