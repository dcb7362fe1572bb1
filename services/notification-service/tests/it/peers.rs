//! auth-service and story-service as this service sees them, in this process.

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::SERVICE_AUTHORIZATION;
use contracts::auth::auth_service_server::{AuthService, AuthServiceServer};
use contracts::auth::{
    GetJwksRequest, GetJwksResponse, GetUserContactRequest, GetUserContactResponse,
    GetVerificationRequest, GetVerificationResponse,
};
use contracts::story::story_service_server::{StoryService, StoryServiceServer};
use contracts::story::{
    DeliveryOutcome, GetStoryForMailRequest, GetStoryForMailResponse, ReportDeliveryRequest,
    ReportDeliveryResponse,
};
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// What the two services know, and what they were told.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Known>>);

#[derive(Default)]
pub struct Known {
    pub flows: HashMap<Uuid, GetVerificationResponse>,
    pub over: HashSet<Uuid>,
    pub users: HashMap<Uuid, GetUserContactResponse>,
    pub stories: HashMap<Uuid, GetStoryForMailResponse>,
    /// Story and outcome.
    pub reports: Vec<(Uuid, DeliveryOutcome)>,
    /// What callers presented.
    pub tokens: HashSet<String>,
}

impl World {
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, request: &Request<T>) {
        let token = request.metadata().get(SERVICE_AUTHORIZATION);
        let token = token.and_then(|token| token.to_str().ok());
        self.known().tokens.extend(token.map(str::to_owned));
    }
}

/// Both services on one port, on threads of their own; gone when dropped.
pub struct Peers {
    pub world: World,
    pub address: SocketAddr,
    serving: Option<Runtime>,
}

impl Peers {
    pub fn start(world: World) -> Self {
        Self::at(world, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// At an address where they were before.
    pub fn at(world: World, address: SocketAddr) -> Self {
        let listener = StdTcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Server::builder()
            .add_service(AuthServiceServer::new(world.clone()))
            .add_service(StoryServiceServer::new(world.clone()));
        let mut builder = runtime::Builder::new_multi_thread();
        let serving = builder.worker_threads(1).enable_all().build().unwrap();
        serving.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let incoming = TcpListenerStream::new(listener);
            router.serve_with_incoming(incoming).await.unwrap();
        });
        Self {
            world,
            address,
            serving: Some(serving),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Both services go away, connections and all.
    pub fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.stop();
    }
}

fn found<T: Clone>(map: &HashMap<Uuid, T>, id: &str) -> Result<Response<T>, Status> {
    let id = Uuid::try_parse(id).map_err(|_| Status::invalid_argument("no UUID"))?;
    let found = map.get(&id).cloned().map(Response::new);
    found.ok_or_else(|| Status::not_found("nobody knows it"))
}

#[tonic::async_trait]
impl AuthService for World {
    async fn get_verification(
        &self,
        request: Request<GetVerificationRequest>,
    ) -> Result<Response<GetVerificationResponse>, Status> {
        self.note(&request);
        let id = request.into_inner().flow_id;
        let known = self.known();
        if Uuid::try_parse(&id).is_ok_and(|id| known.over.contains(&id)) {
            return Err(Status::failed_precondition("its time is over"));
        }
        found(&known.flows, &id)
    }

    async fn get_user_contact(
        &self,
        request: Request<GetUserContactRequest>,
    ) -> Result<Response<GetUserContactResponse>, Status> {
        self.note(&request);
        found(&self.known().users, &request.into_inner().user_id)
    }

    async fn get_jwks(
        &self,
        _: Request<GetJwksRequest>,
    ) -> Result<Response<GetJwksResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }
}

#[tonic::async_trait]
impl StoryService for World {
    async fn report_delivery(
        &self,
        request: Request<ReportDeliveryRequest>,
    ) -> Result<Response<ReportDeliveryResponse>, Status> {
        self.note(&request);
        let report = request.into_inner();
        let story = Uuid::try_parse(&report.story_id);
        let story = story.map_err(|_| Status::invalid_argument("no UUID"))?;
        self.known().reports.push((story, report.outcome()));
        Ok(Response::new(ReportDeliveryResponse {}))
    }

    async fn get_story_for_mail(
        &self,
        request: Request<GetStoryForMailRequest>,
    ) -> Result<Response<GetStoryForMailResponse>, Status> {
        self.note(&request);
        found(&self.known().stories, &request.into_inner().story_id)
    }
}
