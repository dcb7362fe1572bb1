use std::time::SystemTime;

use kernel::EmailAddress;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use time::OffsetDateTime;

use super::render::render;
use crate::application::ports::{Cause, SendError};
use crate::domain::{Letter, MailDomain, Sender, Template};

/// Who a mail is from, and when and in which trace it is made.
pub struct Postmark<'a> {
    pub sender: &'a Sender,
    pub domain: &'a MailDomain,
    pub now: OffsetDateTime,
    pub traceparent: Option<String>,
}

/// A mail as it goes over the wire.
pub fn compose(letter: &Letter, postmark: &Postmark<'_>) -> Result<Message, SendError> {
    build(letter, postmark).map_err(SendError::Unsendable)
}

fn build(letter: &Letter, postmark: &Postmark<'_>) -> Result<Message, Cause> {
    let rendered = render(&letter.content)?;
    let name = postmark.sender.name().map(str::to_owned);
    let from = Mailbox::new(name, address(postmark.sender.address())?);
    let template = letter.content.template();
    let mut message = Message::builder()
        .from(from)
        .to(address(&letter.to)?.into())
        .subject(rendered.subject)
        .message_id(Some(format!("<{}>", letter.message_id)))
        .date(SystemTime::from(postmark.now))
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(header("X-Storyloom-Template", template.name().to_owned()));
    if template == Template::Story {
        let list = format!("Stories <stories.{}>", postmark.domain.as_str());
        message = message.raw_header(header("List-Id", list));
    }
    if let Some(traceparent) = postmark.traceparent.clone() {
        message = message.raw_header(header("X-Storyloom-Trace", traceparent));
    }
    let parts = MultiPart::alternative_plain_html(rendered.text, rendered.html);
    Ok(message.multipart(parts)?)
}

/// The address as lettre has it.
pub fn address(of: &EmailAddress) -> Result<Address, Cause> {
    Ok(of.as_str().parse::<Address>()?)
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}
