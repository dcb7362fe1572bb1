//! What is proved of `libs/jobs`, and that the proof would notice.

#[cfg(test)]
mod planted;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod search;
