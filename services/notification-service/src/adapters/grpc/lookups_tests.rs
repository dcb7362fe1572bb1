use std::time::Duration;

use contracts::auth::{GetUserContactResponse, GetVerificationResponse};
use contracts::story::GetStoryForMailResponse;
use settings::Secret;
use tonic::transport::Endpoint;

use super::peers::{Peers, World};
use super::{GrpcAccounts, GrpcStories};
use crate::application::contracts::lookups::{self, CODE, FLOW, STORY, USED_FLOW, USER};
use crate::application::ports::{Accounts as _, LookUpError, Stories as _};

const TOKEN: &str = "the-token-of-notification-service-for-tests";

fn of_mira() -> World {
    let world = World::default();
    let mut known = world.known();
    let email = "mira@example.org".to_owned();
    let verification = GetVerificationResponse {
        email: email.clone(),
        code: CODE.to_owned(),
        locale: "en".to_owned(),
        expires_in: 600,
        display_name: "Mira".to_owned(),
    };
    known.flows.insert(FLOW.0, verification);
    known.over.insert(USED_FLOW.0);
    let contact = GetUserContactResponse {
        email,
        locale: "en".to_owned(),
        display_name: "Mira".to_owned(),
    };
    known.users.insert(USER.0, contact);
    let story = GetStoryForMailResponse {
        user_id: USER.0.to_string(),
        title: "The Lamp".to_owned(),
        teaser: String::new(),
        paragraphs: ["Once.", "Twice."].map(str::to_owned).into(),
        language: "en".to_owned(),
    };
    known.stories.insert(STORY.0, story);
    drop(known);
    world
}

fn clients(peers: &Peers) -> (GrpcAccounts, GrpcStories) {
    let at = Endpoint::from_shared(peers.url()).unwrap();
    let token = Secret::new(TOKEN.to_owned());
    let channel = runtime::grpc::connect(&at, &token, Duration::from_secs(1)).unwrap();
    (
        GrpcAccounts::new(channel.clone()),
        GrpcStories::new(channel),
    )
}

#[tokio::test]
async fn the_other_services_keep_the_contract() {
    let peers = Peers::start(of_mira());
    let (accounts, stories) = clients(&peers);
    lookups::what_is_there_is_told(&accounts, &stories).await;
    lookups::what_is_not_there_is_gone(&accounts, &stories).await;
    lookups::a_used_flow_is_over(&accounts).await;
}

#[tokio::test]
async fn absence_is_not_an_answer() {
    let mut peers = Peers::start(of_mira());
    let (accounts, stories) = clients(&peers);
    lookups::what_is_there_is_told(&accounts, &stories).await;
    peers.stop();
    lookups::absence_is_not_an_answer(&accounts, &stories).await;
}

#[tokio::test]
async fn our_token_is_presented() {
    let peers = Peers::start(of_mira());
    let (accounts, _) = clients(&peers);
    accounts.contact(USER).await.ok().unwrap();
    let presented = format!("Bearer {TOKEN}");
    assert!(peers.world.known().tokens.contains(&presented));
}

#[tokio::test]
async fn an_answer_that_is_no_address_or_code_is_unusable() {
    let peers = Peers::start(of_mira());
    let (accounts, stories) = clients(&peers);
    {
        let mut known = peers.world.known();
        known.flows.get_mut(&FLOW.0).unwrap().code = "123".to_owned();
        known.users.get_mut(&USER.0).unwrap().email = "mira".to_owned();
        known.stories.get_mut(&STORY.0).unwrap().user_id = "mira".to_owned();
    }
    let flow = accounts.verification(FLOW).await.err();
    let user = accounts.contact(USER).await.err();
    let story = stories.for_mail(STORY).await.err();
    for error in [flow, user, story].map(Option::unwrap) {
        assert!(matches!(error, LookUpError::Unusable(_)), "{error}");
    }
}
