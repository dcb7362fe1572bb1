//! The parts of the fault suite, and a short part of its runs.

#[cfg(test)]
mod books;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod short;
