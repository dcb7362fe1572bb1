//! What every adapter of a port promises: run against the fakes and against the real ones.

use kernel::{DeliveryId, Fence, StoryId, UserId};
use uuid::Uuid;

use super::ports::{
    Cancelled, Deleted, Desk, MailReport, NewStory, NewsBoard, Once, Page, Position,
    PreferenceBook, Readable, RequestError, Requested, SaveError, Saved, Stories,
};
use crate::domain::fixtures;
use crate::domain::story::{News, Preferences, RowVersion, Story, StoryStatus};
use crate::domain::wish::Tone;

const READER: UserId = UserId(Uuid::from_u128(2));
const STRANGER: UserId = UserId(Uuid::from_u128(3));

pub fn new_story(id: u128) -> NewStory {
    NewStory {
        id: StoryId(Uuid::from_u128(id)),
        owner: READER,
        request: fixtures::request(),
        deliver: true,
        daily_limit: None,
        once: None,
    }
}

fn once(key: &str, fingerprint: u8) -> Once {
    Once {
        key: key.to_owned(),
        fingerprint: [fingerprint; 32],
        answer: |story| story.id.0.as_bytes().to_vec(),
    }
}

async fn requested(stories: &dyn Stories, id: u128) -> Story {
    match stories.request(new_story(id)).await.unwrap() {
        Requested::New(story) => *story,
        Requested::Before(_) => panic!("there is no key"),
    }
}

async fn status(stories: &dyn Stories, id: StoryId) -> StoryStatus {
    stories.find(READER, id).await.unwrap().unwrap().status
}

pub async fn a_story_is_its_readers_alone(stories: &dyn Stories) {
    let story = requested(stories, 1).await;
    assert_eq!(story.status, StoryStatus::Queued);
    assert_eq!(
        stories.find(READER, story.id).await.unwrap().as_ref(),
        Some(&story)
    );
    assert_eq!(stories.find(STRANGER, story.id).await.unwrap(), None);
    assert_eq!(
        stories.text(STRANGER, story.id).await.unwrap(),
        Readable::Missing
    );
    assert_eq!(
        stories.text(READER, story.id).await.unwrap(),
        Readable::NotReady
    );
    assert!(stories.cancel(STRANGER, story.id).await.unwrap().is_none());
    assert_eq!(
        stories.delete(STRANGER, story.id).await.unwrap(),
        Deleted::Never
    );
    assert_eq!(status(stories, story.id).await, StoryStatus::Queued);
}

pub async fn a_key_counts_once(stories: &dyn Stories) {
    let with = |id, fingerprint| NewStory {
        once: Some(once("key", fingerprint)),
        ..new_story(id)
    };
    assert_eq!(stories.replay(READER, &once("key", 1)).await.unwrap(), None);
    let first = stories.request(with(1, 1)).await.unwrap();
    assert!(matches!(first, Requested::New(_)));

    let again = stories.request(with(2, 1)).await.unwrap();
    let replayed = stories
        .replay(READER, &once("key", 1))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(again, Requested::Before(answered) if answered == replayed));
    assert_eq!(replayed.id, StoryId(Uuid::from_u128(1)));
    assert_eq!(replayed.body, Uuid::from_u128(1).as_bytes());

    let other = stories.request(with(3, 2)).await;
    assert!(matches!(other, Err(RequestError::KeyReused)));
    let other = stories.replay(READER, &once("key", 2)).await;
    assert!(matches!(other, Err(RequestError::KeyReused)));
    assert_eq!(
        stories.replay(STRANGER, &once("key", 1)).await.unwrap(),
        None
    );
}

pub async fn a_reader_has_a_daily_limit(stories: &dyn Stories) {
    let limited = |id| NewStory {
        daily_limit: Some(2),
        ..new_story(id)
    };
    stories.request(limited(1)).await.unwrap();
    stories.request(limited(2)).await.unwrap();
    let refused = stories.request(limited(3)).await;
    let Err(RequestError::QuotaExceeded { retry_after }) = refused else {
        panic!("{refused:?}");
    };
    assert!((1..=86_400).contains(&retry_after), "{retry_after}");
    assert_eq!(
        stories
            .find(READER, StoryId(Uuid::from_u128(3)))
            .await
            .unwrap(),
        None
    );

    let stranger = NewStory {
        owner: STRANGER,
        ..limited(4)
    };
    stories.request(stranger).await.unwrap();
}

pub async fn the_list_goes_on_where_it_ended(stories: &dyn Stories) {
    for id in 1..=3 {
        requested(stories, id).await;
    }
    stories
        .cancel(READER, StoryId(Uuid::from_u128(2)))
        .await
        .unwrap()
        .unwrap();
    let ids = async |page: Page| {
        let listed = stories.list(READER, &page).await.unwrap();
        let ids = listed.iter().map(|story| story.id.0.as_u128());
        (ids.collect::<Vec<_>>(), listed.last().cloned())
    };
    let page = Page {
        status: None,
        limit: 2,
        after: None,
    };
    let (first, last) = ids(page).await;
    assert_eq!(first, [3, 2]);
    let after = last.map(|story| Position {
        created_at: story.created_at,
        id: story.id,
    });
    assert_eq!(ids(Page { after, ..page }).await.0, [1]);
    let queued = Some(StoryStatus::Queued);
    assert_eq!(
        ids(Page {
            status: queued,
            ..page
        })
        .await
        .0,
        [3, 1]
    );
    assert_eq!(stories.list(STRANGER, &page).await.unwrap(), []);
}

pub async fn a_story_is_deleted_for_good(stories: &dyn Stories, desk: &dyn Desk) {
    let story = requested(stories, 1).await;
    assert_eq!(
        stories.delete(READER, story.id).await.unwrap(),
        Deleted::Now
    );
    assert_eq!(
        stories.delete(READER, story.id).await.unwrap(),
        Deleted::Before
    );
    assert_eq!(
        stories.delete(STRANGER, story.id).await.unwrap(),
        Deleted::Never
    );
    assert_eq!(stories.find(READER, story.id).await.unwrap(), None);
    assert_eq!(desk.begin(story.id).await.unwrap(), None);
    assert_eq!(desk.for_mail(story.id).await.unwrap(), None);
}

/// `claim` gives the queued job to a worker, as the worker pool would.
pub async fn only_the_newest_claim_saves(
    stories: &dyn Stories,
    desk: &dyn Desk,
    claim: impl AsyncFn() -> Fence,
) {
    let story = requested(stories, 1).await;
    let written = fixtures::written(story.id);
    let outdated = claim().await;
    desk.begin(story.id).await.unwrap().unwrap();
    let newest = claim().await;
    let begun = desk.begin(story.id).await.unwrap().unwrap();
    assert_eq!(begun.status, StoryStatus::Generating);

    let refused = desk.save_written(&outdated, &written).await;
    assert!(matches!(refused, Err(SaveError::Superseded)));
    assert_eq!(
        stories.text(READER, story.id).await.unwrap(),
        Readable::NotReady
    );
    assert_eq!(
        desk.save_written(&newest, &written).await.unwrap(),
        Saved::Kept
    );
    let twice = desk.save_written(&newest, &written).await;
    assert!(matches!(twice, Err(SaveError::Superseded)));

    let ready = stories.find(READER, story.id).await.unwrap().unwrap();
    assert_eq!(ready.status, StoryStatus::Ready);
    assert_eq!(ready.summary.unwrap().title, written.title);
    assert!(ready.ready_at.is_some());
    let Readable::Ready(text) = stories.text(READER, story.id).await.unwrap() else {
        panic!("it can be read");
    };
    assert_eq!(text.paragraphs, ["One.", "Two.", "Three."]);
    assert_eq!(
        desk.begin(story.id).await.unwrap(),
        None,
        "it is written already"
    );
}

pub async fn a_cancelled_story_keeps_no_text(
    stories: &dyn Stories,
    desk: &dyn Desk,
    claim: impl AsyncFn() -> Fence,
) {
    let story = requested(stories, 1).await;
    let fence = claim().await;
    desk.begin(story.id).await.unwrap().unwrap();
    let cancelled = stories.cancel(READER, story.id).await.unwrap();
    assert!(matches!(cancelled, Some(Cancelled::Now(_))));
    let again = stories.cancel(READER, story.id).await.unwrap();
    assert!(matches!(again, Some(Cancelled::TooLate)));

    let saved = desk
        .save_written(&fence, &fixtures::written(story.id))
        .await;
    assert_eq!(saved.unwrap(), Saved::Unwanted);
    assert_eq!(status(stories, story.id).await, StoryStatus::Cancelled);
    assert_eq!(desk.begin(story.id).await.unwrap(), None);
    let closed = desk.close(&fence).await;
    assert!(
        matches!(closed, Err(SaveError::Superseded)),
        "the job is done"
    );
}

pub async fn a_mail_makes_a_story_delivered(
    stories: &dyn Stories,
    desk: &dyn Desk,
    claim: impl AsyncFn() -> Fence,
) {
    let story = requested(stories, 1).await;
    let report = |sent| MailReport {
        delivery: DeliveryId(Uuid::from_u128(9)),
        story: story.id,
        sent,
    };
    assert!(
        !desk.report(&report(true)).await.unwrap(),
        "it is not written"
    );
    let fence = claim().await;
    desk.begin(story.id).await.unwrap().unwrap();
    assert_eq!(desk.for_mail(story.id).await.unwrap(), Some((READER, None)));
    desk.save_written(&fence, &fixtures::written(story.id))
        .await
        .unwrap();
    let (owner, text) = desk.for_mail(story.id).await.unwrap().unwrap();
    assert_eq!(
        (owner, text.unwrap().title.as_str()),
        (READER, "The Lantern")
    );

    assert!(desk.report(&report(false)).await.unwrap());
    assert!(!desk.report(&report(false)).await.unwrap());
    let failed = stories.find(READER, story.id).await.unwrap().unwrap();
    assert_eq!(
        (failed.status, failed.mail_failed),
        (StoryStatus::Ready, true)
    );

    assert!(desk.report(&report(true)).await.unwrap());
    assert!(
        !desk.report(&report(true)).await.unwrap(),
        "it is known already"
    );
    assert!(
        !desk.report(&report(false)).await.unwrap(),
        "it has arrived"
    );
    let delivered = stories.find(READER, story.id).await.unwrap().unwrap();
    assert_eq!(delivered.status, StoryStatus::Delivered);
    assert!(delivered.delivered_at.is_some());
}

pub async fn preferences_have_versions(book: &dyn PreferenceBook) {
    let cosy = Preferences {
        tone: Some(Tone::Cosy),
        ..Preferences::default()
    };
    assert_eq!(book.find(READER).await.unwrap(), None);
    assert_eq!(book.replace(READER, None, &cosy).await.unwrap(), None);
    let first = book.create(READER, &cosy).await.unwrap().unwrap();
    assert_eq!(book.create(READER, &cosy).await.unwrap(), None);
    assert_eq!(book.find(READER).await.unwrap().as_ref(), Some(&first));

    let empty = Preferences::default();
    let second = book
        .replace(READER, Some(first.version), &empty)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.version, RowVersion(first.version.0 + 1));
    assert_eq!(
        book.replace(READER, Some(first.version), &cosy)
            .await
            .unwrap(),
        None
    );
    assert_eq!(book.find(READER).await.unwrap().as_ref(), Some(&second));
    let third = book.replace(READER, None, &cosy).await.unwrap().unwrap();
    assert_eq!(third.preferences, cosy);
    assert_eq!(book.find(STRANGER).await.unwrap(), None);
}

pub async fn news_come_in_order(board: &dyn NewsBoard) {
    let (story, other) = (StoryId(Uuid::from_u128(1)), StoryId(Uuid::from_u128(2)));
    let plan = News::Plan {
        title: "A “title”\nof two lines".into(),
        beats: 6,
    };
    let text = News::Chunk {
        text: "— she said.\n\n".into(),
    };
    let first = [plan, News::Scene { index: 0 }, text];
    let failed = News::Failed {
        code: "internal-error".into(),
    };
    let last = [News::Ready, News::Delivered, News::Cancelled, failed];
    assert_eq!(board.read(story, None).await.unwrap(), []);
    board.post(story, &first).await.unwrap();
    let read = board.read(story, None).await.unwrap();
    assert!(read.iter().map(|(_, news)| news).eq(&first));
    let here = read.last().map(|(id, _)| *id);
    assert_eq!(board.read(story, here).await.unwrap(), []);

    board.post(story, &last).await.unwrap();
    let rest = board.read(story, here).await.unwrap();
    assert!(rest.iter().map(|(_, news)| news).eq(&last));
    assert!(rest.first().map(|(id, _)| *id) > here);
    assert_eq!(board.read(other, None).await.unwrap(), []);
}
