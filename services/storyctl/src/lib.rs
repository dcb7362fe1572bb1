//! Operators' tasks: the secrets of an installation, its test, its logs, what is wrong with it.
#![warn(missing_docs)]

mod adapters;
pub mod app;
mod application;
mod domain;
mod settings;
