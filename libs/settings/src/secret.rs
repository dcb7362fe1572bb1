use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroize;

/// All that is said about a secret that cannot be read.
pub(crate) const REFUSAL: &str = "the secret has the wrong shape";

/// A value that never shows itself: not in debug output, not in error messages.
/// Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Keeps a secret.
    pub const fn new(secret: T) -> Self {
        Self(secret)
    }

    /// The secret itself; for the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The cause may quote the value, so it is not passed on.
        T::deserialize(deserializer)
            .map(Self)
            .map_err(|_| serde::de::Error::custom(REFUSAL))
    }
}
