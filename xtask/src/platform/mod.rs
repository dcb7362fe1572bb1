//! The whole system on this machine.

mod database;
mod datastores;
mod front_door;
mod lock;
mod manifest;
mod run;
mod secrets;
mod services;
mod start;
mod supervise;
mod up;

pub use manifest::Manifest;
pub use run::{Options, Platform};
pub use services::PACKAGES;
pub use up::{UpOptions, up, usual};
