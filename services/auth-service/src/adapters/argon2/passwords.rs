use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use async_trait::async_trait;
use subtle::ConstantTimeEq as _;

use super::seats::{Arena, Crowd, Seats};
use crate::application::ports::{PasswordRefused, Passwords, Verdict};
use crate::domain::{KnownWords, Password, PasswordHash};

/// What a hash costs.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// How much memory, in KiB.
    pub memory_kib: u32,
    /// How many passes over it.
    pub passes: u32,
}

/// argon2id (RFC 9106) with one lane. Hashes are PHC strings.
pub struct Argon2Passwords {
    params: Params,
    seats: Seats,
    /// Stands in for the hash of people who are not there, at the present cost.
    decoy: PasswordHash,
}

/// A kept hash, taken apart.
struct Kept {
    params: Params,
    salt: Salt,
    hash: Output,
}

impl Argon2Passwords {
    const SALT: usize = 16;
    const OUTPUT: usize = 32;
    /// A kept hash that costs more than this is not computed: it would be an attack.
    const CEILING: Cost = Cost {
        memory_kib: 256 * 1024,
        passes: 16,
    };

    /// Fails if the cost is beyond what argon2 defines.
    pub fn new(cost: Cost, crowd: Crowd) -> Result<Self, argon2::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, Some(Self::OUTPUT))?;
        let decoy = phc_string(&params, &random(), &random::<{ Self::OUTPUT }>());
        Ok(Self {
            decoy: decoy.map_err(|_| argon2::Error::OutputTooShort)?,
            seats: Seats::new(crowd),
            params,
        })
    }
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn choose(
        &self,
        password: &Password,
        known: &KnownWords,
    ) -> Result<PasswordHash, PasswordRefused> {
        let (password, known) = (password.clone(), known.clone());
        let params = self.params.clone();
        let chosen = self.seats.run(move |arena| {
            password.resists(&known)?;
            hash(&password, &params, arena)
        });
        chosen.await?
    }

    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordRefused> {
        let (password, params) = (password.clone(), self.params.clone());
        let hashed = self.seats.run(move |arena| hash(&password, &params, arena));
        hashed.await?
    }

    async fn verify(
        &self,
        password: &Password,
        kept: Option<&PasswordHash>,
    ) -> Result<Verdict, PasswordRefused> {
        let there = kept.is_some();
        let kept = Kept::read(kept.unwrap_or(&self.decoy)).map_err(failed)?;
        let outdated = !is_current(&kept.params, &self.params);
        let (password, usual) = (password.clone(), self.params.block_count());
        let same = self.seats.run(move |arena| {
            let output = compute(&password, &kept.salt, &kept.params, arena);
            // What an older, larger hash took is not kept.
            arena.truncate(usual);
            arena.shrink_to(usual);
            output.map(|output| bool::from(output.ct_eq(kept.hash.as_bytes())))
        });
        let same = same.await?.map_err(failed)?;
        Ok(match (same && there, outdated) {
            (false, _) => Verdict::Wrong,
            (true, false) => Verdict::Right,
            (true, true) => Verdict::RightButOutdated,
        })
    }
}

/// Why a kept hash is not computed.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("a kept hash is no PHC string")]
    Malformed(#[from] phc::Error),
    #[error("a kept hash has wrong parameters")]
    Parameters(#[from] argon2::password_hash::Error),
    #[error("a kept hash is not argon2id, lacks a part or costs too much")]
    Refused,
}

impl Kept {
    fn read(hash: &PasswordHash) -> Result<Self, Unreadable> {
        let hash = phc::PasswordHash::new(&hash.0)?;
        let params = Params::try_from(&hash)?;
        let ceiling = Argon2Passwords::CEILING;
        let known = hash.algorithm == ARGON2ID_IDENT
            && hash.version == Some(Version::V0x13.into())
            && params.m_cost() <= ceiling.memory_kib
            && params.t_cost() <= ceiling.passes
            && params.p_cost() == 1;
        match (known, hash.salt, hash.hash) {
            (true, Some(salt), Some(hash)) => Ok(Self { params, salt, hash }),
            _ => Err(Unreadable::Refused),
        }
    }
}

fn is_current(kept: &Params, current: &Params) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.output_len());
    cost(kept) == cost(current)
}

fn hash(
    password: &Password,
    params: &Params,
    arena: &mut Arena,
) -> Result<PasswordHash, PasswordRefused> {
    let salt = random::<{ Argon2Passwords::SALT }>();
    let output = compute(password, &salt, params, arena).map_err(failed)?;
    phc_string(params, &salt, &output).map_err(failed)
}

fn compute(
    password: &Password,
    salt: &[u8],
    params: &Params,
    arena: &mut Arena,
) -> Result<Vec<u8>, argon2::Error> {
    if arena.len() < params.block_count() {
        arena.resize(params.block_count(), Block::new());
    }
    let mut output = vec![0; params.output_len().unwrap_or(Argon2Passwords::OUTPUT)];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, arena)?;
    Ok(output)
}

fn phc_string(
    params: &Params,
    salt: &[u8; Argon2Passwords::SALT],
    output: &[u8],
) -> Result<PasswordHash, Unreadable> {
    let hash = phc::PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(output)?),
    };
    Ok(PasswordHash(hash.to_string()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes[..]);
    bytes
}

fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> PasswordRefused {
    PasswordRefused::Failed(Box::new(cause))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::application::ports::contract;

    fn passwords(memory_kib: u32, passes: u32) -> Argon2Passwords {
        let crowd = Crowd {
            at_once: 1,
            queue: 4,
            patience: Duration::from_secs(10),
        };
        Argon2Passwords::new(Cost { memory_kib, passes }, crowd).unwrap()
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::passwords(&passwords(64, 2), &passwords(96, 1)).await;
    }

    #[tokio::test]
    async fn hashes_say_how_they_were_made() {
        let password = Password::typed("orbit walnut lantern").unwrap();
        let hash = passwords(64, 2).hash(&password).await.unwrap();
        assert!(
            hash.0.starts_with("$argon2id$v=19$m=64,t=2,p=1$"),
            "{}",
            hash.0
        );
    }

    /// Made by another way into the library, with other parameters.
    #[tokio::test]
    async fn a_hash_made_elsewhere_is_understood() {
        let password = Password::typed("orbit walnut lantern").unwrap();
        let other = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(128, 3, 1, Some(24)).unwrap(),
        );
        let hash = argon2::PasswordHasher::hash_password_with_salt(
            &other,
            password.as_bytes(),
            b"saltsaltsaltsalt",
        );
        let kept = PasswordHash(hash.unwrap().to_string());
        let verdict = passwords(64, 2)
            .verify(&password, Some(&kept))
            .await
            .unwrap();
        assert_eq!(verdict, Verdict::RightButOutdated);
    }

    #[tokio::test]
    async fn a_kept_hash_cannot_ask_for_everything() {
        let password = Password::typed("orbit walnut lantern").unwrap();
        let kept = passwords(64, 2).hash(&password).await.unwrap();
        for (part, greedy) in [
            ("m=64", "m=262145"),
            ("t=2", "t=17"),
            ("p=1", "p=2"),
            ("argon2id", "argon2d"),
            ("v=19", "v=16"),
        ] {
            let kept = PasswordHash(kept.0.replace(part, greedy));
            assert!(
                passwords(64, 2)
                    .verify(&password, Some(&kept))
                    .await
                    .is_err(),
                "{greedy}"
            );
        }
    }
}
