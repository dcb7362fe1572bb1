/// Where the operator looks.
pub trait Screen: Send + Sync {
    /// Something is done, and what came of it.
    fn done(&self, what: &str, result: &str);
    /// A line.
    fn line(&self, text: &str);
}
