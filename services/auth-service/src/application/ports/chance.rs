/// Bytes that nobody can foresee.
pub trait Chance: Send + Sync {
    /// Fills `bytes` with them.
    fn fill(&self, bytes: &mut [u8]);
}
