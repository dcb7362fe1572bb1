use testkit::http::Client;

use crate::cluster::stage::Stage;

/// Where readers reach the release: the two front doors.
#[derive(Debug, Clone)]
pub struct Doors {
    auth: Client,
    story: Client,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
pub enum Door {
    Auth,
    Story,
}

impl Doors {
    /// Those of the release.
    pub async fn of(stage: &Stage) -> anyhow::Result<Self> {
        Ok(Self {
            auth: stage.client("auth").await?,
            story: stage.client("story-api").await?,
        })
    }

    /// The client of the door to accounts.
    pub fn auth(&self) -> Client {
        self.auth.clone()
    }

    /// The client of the door to stories.
    pub fn story(&self) -> Client {
        self.story.clone()
    }

    /// A client that keeps its connections.
    pub fn kept(&self, door: Door) -> Client {
        match door {
            Door::Auth => self.auth.clone(),
            Door::Story => self.story.clone(),
        }
    }

    /// A client that has no connection yet.
    pub fn fresh(&self, door: Door) -> Client {
        Client::new(self.kept(door).base())
    }
}
