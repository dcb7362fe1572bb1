//! The wire between the services: generated gRPC code, and the names of streams.

/// The generated modules, nested as the packages are.
mod generated {
    pub mod storyloom {
        pub mod auth {
            pub mod v1 {
                tonic::include_proto!("storyloom.auth.v1");
            }
        }
        pub mod story {
            pub mod v1 {
                tonic::include_proto!("storyloom.story.v1");
            }
        }
        pub mod notification {
            pub mod v1 {
                tonic::include_proto!("storyloom.notification.v1");
            }
        }
        pub mod admin {
            pub mod v1 {
                tonic::include_proto!("storyloom.admin.v1");
            }
        }
        pub mod events {
            pub mod v1 {
                tonic::include_proto!("storyloom.events.v1");
            }
        }
    }
    pub mod ratelimit {
        tonic::include_proto!("envoy.service.ratelimit.v3");
    }
}

/// Envoy's rate limit service v3, the part that is used: `proto/envoy`.
pub use generated::ratelimit;
/// What operators ask: `proto/storyloom/admin/v1`.
pub use generated::storyloom::admin::v1 as admin;
/// Accounts: `proto/storyloom/auth/v1`.
pub use generated::storyloom::auth::v1 as auth;
/// What outbox rows hold: `proto/storyloom/events/v1`.
pub use generated::storyloom::events::v1 as events;
/// Mails: `proto/storyloom/notification/v1`.
pub use generated::storyloom::notification::v1 as notification;
/// Stories: `proto/storyloom/story/v1`.
pub use generated::storyloom::story::v1 as story;

/// Names of Redis Streams.
pub mod streams {
    /// Jobs that write stories.
    pub const STORY_INTERACTIVE: &str = "storyloom:jobs:story:interactive";
    /// Jobs that send mails somebody waits for.
    pub const NOTIFICATION_INTERACTIVE: &str = "storyloom:jobs:notification:interactive";
    /// Jobs that send the other mails.
    pub const NOTIFICATION_BULK: &str = "storyloom:jobs:notification:bulk";

    /// What a story's readers are told while it is written; lives for 15 minutes.
    pub fn story_events(story: &str) -> String {
        format!("storyloom:story:{story}:events")
    }
}

/// The metadata key in which a service presents its own token: `Bearer …`.
pub const SERVICE_AUTHORIZATION: &str = "x-service-authorization";
