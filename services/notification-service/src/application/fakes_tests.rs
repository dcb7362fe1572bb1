//! The fakes promise what the real adapters promise.

use super::contracts::{deliveries, lookups, mailer};
use super::fakes::{FakeDeliveries, FakeMailer, FakeWorld, Manner};

#[tokio::test]
async fn the_ledger() {
    let new = FakeDeliveries::default;
    deliveries::a_key_makes_one_delivery(&new()).await;
    deliveries::a_story_lists_its_own_deliveries_oldest_first(&new()).await;
    let fake = new();
    deliveries::a_try_is_counted_once(&fake, async |id| fake.claim(id)).await;
    let fake = new();
    deliveries::only_the_newest_claim_changes_anything(&fake, async |id| fake.claim(id)).await;
    let fake = new();
    let claim = async |id| fake.claim(id);
    let told = async || fake.settled();
    deliveries::the_owner_of_a_story_is_told_how_it_ended(&fake, claim, told).await;
}

#[tokio::test]
async fn the_world() {
    let world = FakeWorld::of_mira();
    lookups::what_is_there_is_told(&world, &world).await;
    lookups::what_is_not_there_is_gone(&world, &world).await;
    lookups::a_used_flow_is_over(&world).await;
    let world = FakeWorld::away();
    lookups::absence_is_not_an_answer(&world, &world).await;
}

#[tokio::test]
async fn the_mail_server() {
    let fake = FakeMailer::new(Manner::Takes);
    let ids = async || fake.message_ids();
    mailer::a_letter_is_handed_over_not_before_it_is_told_to(&fake, ids).await;
    mailer::an_absent_server_judges_nothing(&FakeMailer::new(Manner::Away)).await;
    mailer::not_now_is_not_never(&FakeMailer::new(Manner::DefersRecipient), 450).await;
    mailer::never_is_never(&FakeMailer::new(Manner::RefusesRecipient), 550).await;
    mailer::never_is_never(&FakeMailer::new(Manner::RefusesLetter), 554).await;
    mailer::silence_after_the_letter_is_no_answer(&FakeMailer::new(Manner::FallsSilent)).await;
}
