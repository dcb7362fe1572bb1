//! auth-service and notification-service, as far as this service asks them.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use contracts::auth::auth_service_server::{AuthService, AuthServiceServer};
use contracts::auth::{
    GetJwksRequest, GetJwksResponse, GetUserContactRequest, GetUserContactResponse,
    GetVerificationRequest, GetVerificationResponse,
};
use contracts::notification::notification_service_server::{
    NotificationService, NotificationServiceServer,
};
use contracts::notification::{
    Delivery, DeliveryStatus, EnqueueRequest, EnqueueResponse, ListDeliveriesRequest,
    ListDeliveriesResponse,
};
use runtime::grpc::ServiceGuard;
use runtime::{Process, Running, Service};
use serde::Serialize;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// The mails that were asked for.
#[derive(Clone, Default)]
pub struct Mails(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    asked: Vec<EnqueueRequest>,
    away: bool,
}

impl Mails {
    pub fn asked(&self) -> Vec<EnqueueRequest> {
        self.state().asked.clone()
    }

    pub fn go_away(&self, away: bool) {
        self.state().away = away;
    }

    fn check(&self) -> Result<(), Status> {
        let here = !self.state().away;
        here.then_some(())
            .ok_or_else(|| Status::unavailable("away"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

struct Keys(String);

/// Both services in one process.
pub async fn start(jwks: impl Serialize, mails: Mails) -> Running {
    let service = Service {
        name: "peers",
        version: "0.0.0",
    };
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let mut process = Process::new(service, anywhere, Duration::ZERO).unwrap();
    let keys = Keys(serde_json::to_string(&jwks).unwrap());
    let routes = Routes::new(AuthServiceServer::new(keys))
        .add_service(NotificationServiceServer::new(mails));
    process.grpc(anywhere, routes, ServiceGuard::open());
    process.start().await.unwrap()
}

#[tonic::async_trait]
impl AuthService for Keys {
    async fn get_jwks(
        &self,
        _: Request<GetJwksRequest>,
    ) -> Result<Response<GetJwksResponse>, Status> {
        let jwks = self.0.clone();
        Ok(Response::new(GetJwksResponse { jwks }))
    }

    async fn get_verification(
        &self,
        _: Request<GetVerificationRequest>,
    ) -> Result<Response<GetVerificationResponse>, Status> {
        Err(Status::unimplemented("not asked by this service"))
    }

    async fn get_user_contact(
        &self,
        _: Request<GetUserContactRequest>,
    ) -> Result<Response<GetUserContactResponse>, Status> {
        Err(Status::unimplemented("not asked by this service"))
    }
}

#[tonic::async_trait]
impl NotificationService for Mails {
    async fn enqueue(
        &self,
        request: Request<EnqueueRequest>,
    ) -> Result<Response<EnqueueResponse>, Status> {
        self.check()?;
        self.state().asked.push(request.into_inner());
        Ok(Response::new(EnqueueResponse {
            delivery_id: Uuid::from_u128(9).to_string(),
        }))
    }

    async fn list_deliveries(
        &self,
        _: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        self.check()?;
        Ok(Response::new(ListDeliveriesResponse {
            deliveries: vec![Delivery {
                id: Uuid::from_u128(9).to_string(),
                to: "m***@example.org".into(),
                status: DeliveryStatus::Sent.into(),
                attempts: 1,
                sent_at: "2026-11-24T10:00:00Z".into(),
                message_id: "9@mail.example.org".into(),
            }],
        }))
    }
}
