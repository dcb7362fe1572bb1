use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::SERVICE_AUTHORIZATION;
use contracts::auth::{GetJwksRequest, GetUserContactRequest, GetVerificationRequest};
use contracts::notification::enqueue_request::Subject;
use contracts::notification::notification_service_server::{
    NotificationService, NotificationServiceServer,
};
use contracts::notification::{
    EnqueueRequest, EnqueueResponse, ListDeliveriesRequest, ListDeliveriesResponse, Template,
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

use crate::world::World;

#[sqlx::test(migrations = "../../migrations/auth")]
async fn each_method_has_its_callers(pool: PgPool) {
    let world = World::start(&pool).await;
    let expected = [
        ("notification", [Code::NotFound, Code::NotFound, Code::Ok]),
        (
            "story",
            [Code::PermissionDenied, Code::PermissionDenied, Code::Ok],
        ),
        ("nobody", [Code::Unauthenticated; 3]),
    ];
    let id = uuid::Uuid::nil().to_string();
    let code = |error: Status| error.code();
    for (caller, expected) in expected {
        let mut client = world.grpc(caller);
        let verification = GetVerificationRequest {
            flow_id: id.clone(),
        };
        let verification = client.get_verification(verification).await;
        let contact = client
            .get_user_contact(GetUserContactRequest {
                user_id: id.clone(),
            })
            .await;
        let jwks = client.get_jwks(GetJwksRequest {}).await;
        let answers = [
            verification
                .map(drop)
                .map_err(code)
                .err()
                .unwrap_or(Code::Ok),
            contact.map(drop).map_err(code).err().unwrap_or(Code::Ok),
            jwks.map(drop).map_err(code).err().unwrap_or(Code::Ok),
        ];
        assert_eq!(answers, expected, "{caller}");
    }
    world.stop().await;
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn other_services_learn_what_they_need(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.registration("Mira@Example.org").await;
    let shown = world.verification(&id).await.unwrap();
    assert_eq!(
        (shown.email.as_str(), shown.locale.as_str()),
        ("Mira@Example.org", "en")
    );
    assert!(shown.code.len() == 8 && (590..=600).contains(&shown.expires_in));
    world.verify(&id, &shown.code).await.expect(201);
    let used = world.verification(&id).await.unwrap_err();
    assert_eq!(used.code(), Code::FailedPrecondition);
    let malformed = world.verification("no id").await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);

    let user: uuid::Uuid = sqlx::query_scalar("select id from users")
        .fetch_one(&pool)
        .await
        .unwrap();
    let request = || GetUserContactRequest {
        user_id: user.to_string(),
    };
    let mut client = world.grpc("notification");
    let contact = client
        .get_user_contact(request())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (contact.email.as_str(), contact.locale.as_str()),
        ("Mira@Example.org", "en")
    );
    sqlx::query("update users set deleted_at = now()")
        .execute(&pool)
        .await
        .unwrap();
    let deleted = client.get_user_contact(request()).await.unwrap_err();
    assert_eq!(deleted.code(), Code::NotFound);

    let jwks = world
        .grpc("story")
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner()
        .jwks;
    let public = world
        .client
        .get("/.well-known/jwks.json")
        .send()
        .await
        .text();
    assert_eq!(jwks, public);
    world.stop().await;
}

/// Stands in for notification-service: keeps what it is asked, with the caller's token.
#[derive(Clone, Default)]
struct Enqueued(Arc<Mutex<Vec<(EnqueueRequest, String)>>>);

#[tonic::async_trait]
impl NotificationService for Enqueued {
    async fn enqueue(
        &self,
        request: Request<EnqueueRequest>,
    ) -> Result<Response<EnqueueResponse>, Status> {
        let token = request.metadata().get(SERVICE_AUTHORIZATION);
        let token = token.map_or("", |it| it.to_str().unwrap()).to_owned();
        self.0.lock().unwrap().push((request.into_inner(), token));
        let delivery_id = uuid::Uuid::nil().to_string();
        Ok(Response::new(EnqueueResponse { delivery_id }))
    }

    async fn list_deliveries(
        &self,
        _: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

#[sqlx::test(migrations = "../../migrations/auth")]
async fn mails_are_handed_over_by_id(pool: PgPool) {
    let enqueued = Enqueued::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = format!("http://{}", listener.local_addr().unwrap());
    let server = tonic::transport::Server::builder()
        .add_service(NotificationServiceServer::new(enqueued.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    let tasks = runtime::Tasks::default();
    tasks.spawn(async { server.await.unwrap() });

    let world = World::with(&pool, &[("PEERS__NOTIFICATION", &peer)]).await;
    let id = world.registration("mira@example.org").await;
    let (mail, token) = testkit::eventually(Duration::from_secs(10), async || {
        enqueued.0.lock().unwrap().first().cloned()
    })
    .await;
    assert_eq!(mail.template(), Template::VerifyEmail);
    assert_eq!(mail.subject, Some(Subject::FlowId(id)));
    assert!(uuid::Uuid::try_parse(&mail.key).is_ok());
    assert_eq!(token, format!("Bearer {}", world.own_token()));
    world.stop().await;
}
