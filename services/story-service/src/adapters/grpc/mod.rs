//! Other services: what they ask of stories, and what is asked of them.

mod deliveries;
mod server;

pub use deliveries::GrpcDeliveries;
pub use server::StoryServer;
