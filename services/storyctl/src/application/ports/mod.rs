//! What the use cases need of the outside world.

mod inbox;
mod installation;
mod log_store;
mod public_api;
mod screen;
mod vault;
mod waiting;

pub use inbox::{Inbox, Mail};
pub use installation::{Installation, JobsDesk};
pub use log_store::LogStore;
pub use public_api::{ApiError, PublicApi};
pub use screen::Screen;
pub use vault::{KeyMaker, Material, NewKey, StoredSecret, Unavailable, Vault, VaultError};
pub use waiting::Waiting;
