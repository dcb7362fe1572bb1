use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::notification::enqueue_request::Subject as Enqueued;
use contracts::notification::notification_service_server::{
    NotificationService, NotificationServiceServer,
};
use contracts::notification::{
    EnqueueRequest, EnqueueResponse, ListDeliveriesRequest, ListDeliveriesResponse,
};
use jobs::Failure;
use outbox::Deliver as _;
use settings::Secret;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{MailRelay, Subject, Template, request};

/// A notification-service that remembers what it is asked, and refuses it if told so.
#[derive(Clone, Default)]
struct Desk {
    asked: Arc<Mutex<Vec<EnqueueRequest>>>,
    refusal: Option<Code>,
}

#[tonic::async_trait]
impl NotificationService for Desk {
    async fn enqueue(
        &self,
        request: Request<EnqueueRequest>,
    ) -> Result<Response<EnqueueResponse>, Status> {
        self.asked.lock().unwrap().push(request.into_inner());
        match self.refusal {
            Some(code) => Err(Status::new(code, "said with mira@example.org")),
            None => Ok(Response::new(EnqueueResponse::default())),
        }
    }

    async fn list_deliveries(
        &self,
        _: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        Err(Status::unimplemented("not asked for here"))
    }
}

/// What becomes of a mail that is handed to the desk.
async fn hand_over(desk: &Desk, id: Uuid, payload: &[u8]) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(NotificationServiceServer::new(desk.clone()));
    let serving = server.serve_with_incoming(TcpListenerStream::new(listener));
    let at = Endpoint::from_shared(at).unwrap();
    let token = Secret::new("the-token-of-a-service-for-tests-only".to_owned());
    let channel = runtime::grpc::connect(&at, &token, Duration::from_secs(5)).unwrap();
    tokio::select! {
        ended = serving => panic!("the server ended: {ended:?}"),
        answer = async { MailRelay::new(channel).deliver(id, payload).await } => answer,
    }
}

#[tokio::test]
async fn a_mail_is_asked_for_under_its_id() {
    let (flow, user, story) = (
        Subject::FlowId("f".to_owned()),
        Subject::UserId("u".to_owned()),
        Subject::StoryId("s".to_owned()),
    );
    for (template, subject, enqueued) in [
        (
            Template::VerifyEmail,
            flow,
            Enqueued::FlowId("f".to_owned()),
        ),
        (
            Template::AccountExists,
            user,
            Enqueued::UserId("u".to_owned()),
        ),
        (Template::Story, story, Enqueued::StoryId("s".to_owned())),
    ] {
        let desk = Desk::default();
        let message = request(Uuid::from_u128(7), template, subject);
        assert_eq!(message.topic, super::TOPIC);
        hand_over(&desk, message.id, &message.payload)
            .await
            .unwrap();
        let asked = EnqueueRequest {
            key: Uuid::from_u128(7).to_string(),
            template: template.into(),
            subject: Some(enqueued),
        };
        assert_eq!(*desk.asked.lock().unwrap(), [asked]);
    }
}

#[tokio::test]
async fn what_is_wrong_is_given_up_and_all_else_is_tried_again() {
    let message = request(
        Uuid::nil(),
        Template::Story,
        Subject::StoryId(String::new()),
    );
    for (code, for_ever) in [
        (Code::InvalidArgument, true),
        (Code::Unavailable, false),
        (Code::Unauthenticated, false),
        (Code::PermissionDenied, false),
        (Code::ResourceExhausted, false),
        (Code::Internal, false),
    ] {
        let desk = Desk {
            refusal: Some(code),
            ..Desk::default()
        };
        let failure = hand_over(&desk, message.id, &message.payload)
            .await
            .unwrap_err();
        assert_eq!(
            matches!(failure, Failure::Reject(_)),
            for_ever,
            "{failure:?}"
        );
        assert_eq!(
            matches!(failure, Failure::Unavailable(_)),
            !for_ever,
            "{failure:?}"
        );
        assert!(!format!("{failure:?}").contains("mira"), "{failure:?}");
    }
    let unreadable = hand_over(&Desk::default(), Uuid::nil(), b"\xff").await;
    assert!(matches!(unreadable, Err(Failure::Reject(_))));
}
