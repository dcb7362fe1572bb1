//! Other services: what they ask of stories, and what is asked of them.

mod deliveries;
mod mail_requests;
mod server;

pub use deliveries::GrpcDeliveries;
pub use mail_requests::MailRequests;
pub use server::StoryServer;
