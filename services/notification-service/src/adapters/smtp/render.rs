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
            let text = VerifyEmailText { code, minutes }.render()?;
            let html = VerifyEmailHtml { code, minutes }.render()?;
            ("Your code for Storyloom", text, html)
        }
        Content::AccountExists(signer) => {
            let greeting = &greeting(signer);
            let text = AccountExistsText { greeting }.render()?;
            let html = AccountExistsHtml { greeting }.render()?;
            ("You already have a Storyloom account", text, html)
        }
        Content::Story(story) => {
            let direction = direction(story);
            let text = StoryPlain { story }.render()?;
            let html = StoryHtml { story, direction }.render()?;
            (story.title(), text, html)
        }
        Content::SecurityNotice(signer) => {
            let greeting = &greeting(signer);
            let text = SecurityNoticeText { greeting }.render()?;
            let html = SecurityNoticeHtml { greeting }.render()?;
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
#[template(path = "verify_email.txt")]
struct VerifyEmailText<'a> {
    code: &'a str,
    minutes: &'a str,
}

#[derive(Template)]
#[template(path = "verify_email.html")]
struct VerifyEmailHtml<'a> {
    code: &'a str,
    minutes: &'a str,
}

#[derive(Template)]
#[template(path = "account_exists.txt")]
struct AccountExistsText<'a> {
    greeting: &'a str,
}

#[derive(Template)]
#[template(path = "account_exists.html")]
struct AccountExistsHtml<'a> {
    greeting: &'a str,
}

#[derive(Template)]
#[template(path = "security_notice.txt")]
struct SecurityNoticeText<'a> {
    greeting: &'a str,
}

#[derive(Template)]
#[template(path = "security_notice.html")]
struct SecurityNoticeHtml<'a> {
    greeting: &'a str,
}

#[derive(Template)]
#[template(path = "story.txt")]
struct StoryPlain<'a> {
    story: &'a StoryText,
}

#[derive(Template)]
#[template(path = "story.html")]
struct StoryHtml<'a> {
    story: &'a StoryText,
    direction: &'a str,
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
