//! In-memory ports for use-case tests. Adapters are tested for real elsewhere.

mod accounts;
mod codes;
mod passwords;
mod small;
mod world;

pub use accounts::FakeAccounts;
pub use codes::FakeCodes;
pub use passwords::FakePasswords;
pub use small::{FakeAccessTokens, FakeChance, FakeClock};
pub use world::{CODE_RULES, SESSION_RULES, World};
