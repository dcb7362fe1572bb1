//! What a reader may wish for: each value parsed once, so that an invalid one cannot exist.

mod avoid;
mod choices;
mod conflicts;
mod error;
mod forbidden;
mod numbers;
mod people;
mod request;
mod stems;
mod texts;

pub use avoid::{AvoidEntry, AvoidList};
pub use choices::{AgeBand, Genre, Kind, Language, Pronouns, Tone};
pub use conflicts::{Conflict, conflicts};
pub use error::WishError;
pub use forbidden::{AvoidTags, Forbidden, Stems, TagBits};
pub use numbers::{Seed, Words};
pub use people::{Cast, CastMember, Hero};
pub use request::StoryRequest;
pub use stems::{VERBS, stem, stems, words};
pub use texts::{Name, Place, Theme};
