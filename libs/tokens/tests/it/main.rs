//! The verifier as its callers see it.

#[cfg(test)]
mod corpus;
