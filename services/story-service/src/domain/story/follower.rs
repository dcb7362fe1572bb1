use super::{News, NewsId, Story, StoryStatus};

/// Tells one reader what happens to a story, from what the news say and from its row.
///
/// The news may be lost; the row never is. What only the row says is told without an id,
/// so that a reader who comes back hears it again.
#[derive(Debug)]
pub struct Follower {
    /// Everything up to here was told, in this or in an earlier connection.
    told: Option<NewsId>,
    ready: bool,
    over: bool,
}

/// Something to tell; the id names where to go on.
pub type Told = (Option<NewsId>, News);

impl Follower {
    /// Begins behind `told`, or at the start.
    pub const fn new(told: Option<NewsId>) -> Self {
        Self {
            told,
            ready: false,
            over: false,
        }
    }

    /// Whether there is nothing more to come.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Takes news in, all of the story's or only new ones; answers what is to be told.
    pub fn hear(&mut self, news: Vec<(NewsId, News)>, deliver: bool) -> Vec<Told> {
        let mut tell = Vec::new();
        for (id, piece) in news {
            let fresh = self.told.is_none_or(|told| id > told) && !self.over;
            let repeated = self.ready && piece == News::Ready;
            if fresh {
                self.told = Some(id);
            }
            self.over |= ends(&piece, deliver);
            self.ready |= piece == News::Ready;
            if fresh && !repeated {
                tell.push((Some(id), piece));
            }
        }
        tell
    }

    /// Takes the story's row in, read before the news that were heard last. A row that is
    /// gone means that its reader deleted it.
    pub fn see(&mut self, story: Option<&Story>) -> Vec<Told> {
        if self.over {
            return Vec::new();
        }
        let Some(story) = story else {
            self.over = true;
            return vec![(None, News::Cancelled)];
        };
        let mut tell = Vec::new();
        if story.status.is_written() && !self.ready {
            self.ready = true;
            tell.push((None, News::Ready));
        }
        self.over = story.is_settled();
        let last = match story.status {
            StoryStatus::Delivered => Some(News::Delivered),
            StoryStatus::Cancelled => Some(News::Cancelled),
            StoryStatus::Failed => Some(failed(story)),
            StoryStatus::Queued | StoryStatus::Generating | StoryStatus::Ready => None,
        };
        tell.extend(last.map(|news| (None, news)));
        tell
    }
}

fn failed(story: &Story) -> News {
    let code = story.failure.as_ref().map(|it| it.code.clone());
    News::Failed {
        code: code.unwrap_or_default(),
    }
}

fn ends(news: &News, deliver: bool) -> bool {
    match news {
        News::Delivered | News::Failed { .. } | News::Cancelled => true,
        News::Ready => !deliver,
        News::Plan { .. } | News::Scene { .. } | News::Chunk { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    fn id(text: &str) -> NewsId {
        NewsId::parse(text).unwrap()
    }

    fn news() -> Vec<(NewsId, News)> {
        vec![
            (id("1-0"), News::Scene { index: 0 }),
            (id("1-1"), News::Ready),
            (id("2-0"), News::Delivered),
        ]
    }

    fn story(status: StoryStatus) -> Story {
        Story {
            status,
            ..fixtures::story()
        }
    }

    #[test]
    fn a_new_reader_hears_everything_once() {
        let mut follower = Follower::new(None);
        let told = follower.hear(news(), true);
        assert_eq!(told.len(), 3);
        assert!(follower.is_over());
        assert_eq!(follower.see(Some(&story(StoryStatus::Delivered))), []);
    }

    #[test]
    fn a_reader_who_comes_back_hears_the_rest() {
        let mut follower = Follower::new(Some(id("1-1")));
        let told = follower.hear(news(), true);
        assert_eq!(told, [(Some(id("2-0")), News::Delivered)]);

        let mut follower = Follower::new(Some(id("2-0")));
        assert_eq!(follower.hear(news(), true), []);
        assert_eq!(follower.see(Some(&story(StoryStatus::Delivered))), []);
        assert!(follower.is_over(), "everything was told before");
    }

    #[test]
    fn a_story_without_mail_ends_when_it_is_ready() {
        let mut follower = Follower::new(None);
        let told = follower.hear(news(), false);
        assert_eq!(told.len(), 2);
        assert!(follower.is_over());
    }

    #[test]
    fn the_row_tells_what_the_news_lost() {
        let mut follower = Follower::new(None);
        assert_eq!(follower.see(Some(&story(StoryStatus::Generating))), []);
        let ready = follower.see(Some(&story(StoryStatus::Ready)));
        assert_eq!(ready, [(None, News::Ready)]);
        assert_eq!(follower.see(Some(&story(StoryStatus::Ready))), []);
        let late = follower.hear(vec![(id("1-1"), News::Ready)], true);
        assert_eq!(late, [], "it was told already");
        let last = follower.see(Some(&story(StoryStatus::Delivered)));
        assert_eq!(last, [(None, News::Delivered)]);
        assert!(follower.is_over());
    }

    #[test]
    fn a_mail_that_was_given_up_ends_it_after_ready() {
        let mut follower = Follower::new(None);
        let ready = Story {
            mail_failed: true,
            ..story(StoryStatus::Ready)
        };
        assert_eq!(follower.see(Some(&ready)), [(None, News::Ready)]);
        assert!(follower.is_over());
    }

    #[test]
    fn a_deleted_story_ends_as_cancelled() {
        let mut follower = Follower::new(None);
        assert_eq!(follower.see(None), [(None, News::Cancelled)]);
        assert!(follower.is_over());
    }
}
