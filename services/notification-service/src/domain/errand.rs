use kernel::{StoryId, UserId};
use uuid::Uuid;

/// Names one run of "prove that this address is yours", such as a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlowId(pub Uuid);

/// Which text a mail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// The code that proves an address.
    VerifyEmail,
    /// Somebody registered an address that has an account.
    AccountExists,
    /// A written story.
    Story,
    /// A session was ended because its refresh token was used twice.
    SecurityNotice,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 4] = [
        Self::VerifyEmail,
        Self::AccountExists,
        Self::Story,
        Self::SecurityNotice,
    ];

    /// Its stable name, as mails and rows carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::AccountExists => "account_exists",
            Self::Story => "story",
            Self::SecurityNotice => "security_notice",
        }
    }

    /// The template of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What a mail is to tell, and about whom or what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Errand {
    /// The code of a flow.
    VerifyEmail(FlowId),
    /// The address of this user was registered again.
    AccountExists(UserId),
    /// A story was written.
    Story(StoryId),
    /// A session of this user was ended.
    SecurityNotice(UserId),
}

impl Errand {
    /// The errand of that template about that subject.
    pub const fn new(template: Template, subject: Uuid) -> Self {
        match template {
            Template::VerifyEmail => Self::VerifyEmail(FlowId(subject)),
            Template::AccountExists => Self::AccountExists(UserId(subject)),
            Template::Story => Self::Story(StoryId(subject)),
            Template::SecurityNotice => Self::SecurityNotice(UserId(subject)),
        }
    }

    /// Which text it takes.
    pub const fn template(self) -> Template {
        match self {
            Self::VerifyEmail(_) => Template::VerifyEmail,
            Self::AccountExists(_) => Template::AccountExists,
            Self::Story(_) => Template::Story,
            Self::SecurityNotice(_) => Template::SecurityNotice,
        }
    }

    /// The id of the flow, user or story.
    pub const fn subject(self) -> Uuid {
        match self {
            Self::VerifyEmail(FlowId(id))
            | Self::AccountExists(UserId(id))
            | Self::SecurityNotice(UserId(id))
            | Self::Story(StoryId(id)) => id,
        }
    }

    /// The story it carries, if it carries one.
    pub const fn story(self) -> Option<StoryId> {
        match self {
            Self::Story(id) => Some(id),
            Self::VerifyEmail(_) | Self::AccountExists(_) | Self::SecurityNotice(_) => None,
        }
    }
}

/// A service that may ask for mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// auth-service.
    Auth,
    /// story-service.
    Story,
}

impl Caller {
    /// Whether it may have mails of this template sent.
    pub const fn may_send(self, template: Template) -> bool {
        let of_stories = matches!(template, Template::Story);
        match self {
            Self::Auth => !of_stories,
            Self::Story => of_stories,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_found_by_its_name() {
        for template in Template::ALL {
            assert_eq!(Template::named(template.name()), Some(template));
        }
        assert_eq!(Template::named("newsletter"), None);
    }

    #[test]
    fn an_errand_keeps_its_template_and_subject() {
        let subject = Uuid::from_u128(7);
        for template in Template::ALL {
            let errand = Errand::new(template, subject);
            assert_eq!((errand.template(), errand.subject()), (template, subject));
            assert_eq!(errand.story().is_some(), template == Template::Story);
        }
    }

    #[test]
    fn stories_are_mailed_for_story_service_alone_and_the_rest_for_auth_service() {
        for template in Template::ALL {
            let of_stories = template == Template::Story;
            assert_eq!(Caller::Story.may_send(template), of_stories);
            assert_eq!(Caller::Auth.may_send(template), !of_stories);
        }
    }
}
