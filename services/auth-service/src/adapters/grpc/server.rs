use std::sync::Arc;

use contracts::auth::auth_service_server::AuthService;
use contracts::auth::{
    GetJwksRequest, GetJwksResponse, GetUserContactRequest, GetUserContactResponse,
    GetVerificationRequest, GetVerificationResponse,
};
use kernel::UserId;
use problem::grpc::status;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::application::{ShowContact, ShowVerification};
use crate::domain::{DisplayName, RegistrationId};

const NOTIFICATION: &str = "notification-service";
const STORY: &str = "story-service";

/// Every method, and which services may call it.
pub const METHODS: [(&str, &[&str]); 3] = [
    (
        "/storyloom.auth.v1.AuthService/GetVerification",
        &[NOTIFICATION],
    ),
    (
        "/storyloom.auth.v1.AuthService/GetUserContact",
        &[NOTIFICATION],
    ),
    (
        "/storyloom.auth.v1.AuthService/GetJwks",
        &[NOTIFICATION, STORY],
    ),
];

/// Answers what other services ask about accounts.
pub struct AuthServer {
    show_verification: ShowVerification,
    show_contact: ShowContact,
    jwks: Arc<str>,
}

impl AuthServer {
    /// `jwks` is the key set as JSON.
    pub fn new(
        show_verification: ShowVerification,
        show_contact: ShowContact,
        jwks: Arc<str>,
    ) -> Self {
        Self {
            show_verification,
            show_contact,
            jwks,
        }
    }
}

#[tonic::async_trait]
impl AuthService for AuthServer {
    async fn get_verification(
        &self,
        request: Request<GetVerificationRequest>,
    ) -> Result<Response<GetVerificationResponse>, Status> {
        let id = RegistrationId(id(&request.get_ref().flow_id)?);
        let shown = self.show_verification.run(id).await;
        let shown = shown.map_err(|error| status(&error))?;
        let registration = shown.registration;
        Ok(Response::new(GetVerificationResponse {
            email: registration.email.as_str().to_owned(),
            code: shown.code.digits().to_owned(),
            locale: registration.locale.as_str().to_owned(),
            expires_in: u32::try_from(shown.expires_in.as_secs()).unwrap_or(u32::MAX),
            display_name: name(registration.display_name.as_ref()),
        }))
    }

    async fn get_user_contact(
        &self,
        request: Request<GetUserContactRequest>,
    ) -> Result<Response<GetUserContactResponse>, Status> {
        let id = UserId(id(&request.get_ref().user_id)?);
        let user = self.show_contact.run(id).await;
        let user = user.map_err(|error| status(&error))?;
        Ok(Response::new(GetUserContactResponse {
            email: user.email.as_str().to_owned(),
            locale: user.locale.as_str().to_owned(),
            display_name: name(user.display_name.as_ref()),
        }))
    }

    async fn get_jwks(
        &self,
        _: Request<GetJwksRequest>,
    ) -> Result<Response<GetJwksResponse>, Status> {
        let jwks = self.jwks.to_string();
        Ok(Response::new(GetJwksResponse { jwks }))
    }
}

fn id(text: &str) -> Result<Uuid, Status> {
    Uuid::try_parse(text).map_err(|_| Status::invalid_argument("the id must be a UUID"))
}

fn name(name: Option<&DisplayName>) -> String {
    name.map_or_else(String::new, |name| name.as_str().to_owned())
}
