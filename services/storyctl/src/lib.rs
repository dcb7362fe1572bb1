//! Operators' tasks: the secrets of an installation, its test, its logs.
#![warn(missing_docs)]

mod adapters;
pub mod app;
mod application;
mod domain;
mod settings;
