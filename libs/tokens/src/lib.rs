//! Access tokens: JWTs typed `at+jwt` (RFC 9068), signed with Ed25519.
//!
//! [`Signer`] makes them, in auth-service alone. [`Verifier`] takes nothing else than
//! what the signer makes (RFC 8725), with keys it gets from a [`JwksSource`].
#![warn(missing_docs)]

mod claims;
mod jwks;
mod signed_in;
mod signer;
mod verifier;

pub use claims::{AccessClaims, Audience};
pub use jwks::{GrpcJwks, JwksError, JwksSource, StaticJwks};
pub use signed_in::SignedIn;
pub use signer::{SignError, Signer};
pub use verifier::{Refused, Verifier};

/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 5;
/// The most bytes that a token may have.
const MAX_TOKEN: usize = 4096;
/// What the header of an access token says it is.
const TYPE: &str = "at+jwt";
