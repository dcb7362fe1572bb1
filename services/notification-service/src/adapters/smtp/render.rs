#![expect(
    unused_qualifications,
    reason = "the derive of templates writes paths out"
)]

use askama::Template;

use crate::domain::{Content, Signer, StoryText, Verification};

/// Both parts of a mail, and its subject.
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Renders what a letter says.
pub fn render(content: &Content) -> Result<Rendered, askama::Error> {
    let (subject, text, html) = match content {
        Content::VerifyEmail(verification) => {
            let code = verification.code.as_str();
            let minutes = &minutes(verification);
            let text = Text::VerifyEmail { code, minutes }.render()?;
            let html = Html::VerifyEmail { code, minutes }.render()?;
            ("Your code for Storyloom", text, html)
        }
        Content::AccountExists(signer) => {
            let greeting = &greeting(signer);
            let text = Text::AccountExists { greeting }.render()?;
            let html = Html::AccountExists { greeting }.render()?;
            ("You already have a Storyloom account", text, html)
        }
        Content::Story(story) => {
            let direction = direction(story);
            let text = Text::Story { story }.render()?;
            let html = Html::Story { story, direction }.render()?;
            (story.title(), text, html)
        }
        Content::SecurityNotice(signer) => {
            let greeting = &greeting(signer);
            let text = Text::SecurityNotice { greeting }.render()?;
            let html = Html::SecurityNotice { greeting }.render()?;
            (
                "One of your devices was signed out of Storyloom",
                text,
                html,
            )
        }
    };
    let subject = subject.to_owned();
    Ok(Rendered {
        subject,
        text,
        html,
    })
}

#[derive(Template)]
enum Html<'a> {
    #[template(path = "verify_email.html")]
    VerifyEmail { code: &'a str, minutes: &'a str },
    #[template(path = "account_exists.html")]
    AccountExists { greeting: &'a str },
    #[template(path = "story.html")]
    Story {
        story: &'a StoryText,
        direction: &'a str,
    },
    #[template(path = "security_notice.html")]
    SecurityNotice { greeting: &'a str },
}

#[derive(Template)]
enum Text<'a> {
    #[template(path = "verify_email.txt")]
    VerifyEmail { code: &'a str, minutes: &'a str },
    #[template(path = "account_exists.txt")]
    AccountExists { greeting: &'a str },
    #[template(path = "story.txt")]
    Story { story: &'a StoryText },
    #[template(path = "security_notice.txt")]
    SecurityNotice { greeting: &'a str },
}

fn minutes(verification: &Verification) -> String {
    match verification.minutes() {
        1 => "one minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn greeting(signer: &Signer) -> String {
    match &signer.name {
        Some(name) => format!("Hello {name},"),
        None => "Hello,".to_owned(),
    }
}

/// Which way the language is written.
fn direction(story: &StoryText) -> &'static str {
    match story.language().split('-').next() {
        Some("ar" | "fa" | "he" | "ur" | "yi") => "rtl",
        _ => "ltr",
    }
}
