//! The part of Mailpit's HTTP API that tests and people need.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::message::Mailbox;
use super::store::Store;
use super::{Mail, page};

const USUAL_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 1000;
/// Mails are shown without scripts and without fetching anything.
const SHOWN_MAIL: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

pub(super) fn router(store: Store) -> Router {
    Router::new()
        .route("/", get(list_page))
        .route("/view/{id}", get(mail_page))
        .route("/view/{id}/html", get(html_part))
        .route("/api/v1/messages", get(messages).delete(delete_all))
        .route("/api/v1/search", get(search))
        .route("/api/v1/message/{id}", get(message))
        .route("/api/v1/message/{id}/headers", get(headers))
        .route("/api/v1/message/{id}/raw", get(raw))
        .with_state(store)
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    query: String,
    #[serde(default)]
    start: usize,
    limit: Option<usize>,
}

impl Part {
    fn of(&self, mails: &[Arc<Mail>]) -> Response {
        let limit = self.limit.unwrap_or(USUAL_LIMIT).min(LARGEST_LIMIT);
        let shown = mails
            .iter()
            .skip(self.start)
            .take(limit)
            .map(|it| summary(it));
        json_answer(&json!({
            "messages": shown.collect::<Vec<_>>(),
            "messages_count": mails.len(),
            "start": self.start,
            "total": mails.len(),
        }))
    }
}

async fn messages(State(store): State<Store>, Query(part): Query<Part>) -> Response {
    part.of(&store.all())
}

async fn search(State(store): State<Store>, Query(part): Query<Part>) -> Response {
    let mut mails = store.all();
    for term in part.query.split_whitespace() {
        mails.retain(|mail| matches(mail, term));
    }
    part.of(&mails)
}

/// `to:address`, `subject:word`, or a word anywhere.
fn matches(mail: &Mail, term: &str) -> bool {
    let holds = |text: &str, word: &str| {
        let word = word.trim_matches('"').to_lowercase();
        text.to_lowercase().contains(&word)
    };
    if let Some(address) = term.strip_prefix("to:") {
        return mail.is_to(address.trim_matches('"'));
    }
    if let Some(word) = term.strip_prefix("subject:") {
        return holds(&mail.subject, word);
    }
    holds(&mail.subject, term) || holds(&mail.text, term)
}

async fn delete_all(State(store): State<Store>) -> &'static str {
    store.clear();
    "ok"
}

async fn message(State(store): State<Store>, Path(id): Path<String>) -> Response {
    with(&store, &id, |mail| {
        json_answer(&json!({
            "ID": mail.id,
            "MessageID": mail.message_id,
            "From": mailbox(&mail.from),
            "To": mailboxes(&mail.to),
            "Subject": mail.subject,
            "Date": mail.created_text(),
            "Text": mail.text,
            "HTML": mail.html,
            "Size": mail.raw.len(),
        }))
    })
}

async fn headers(State(store): State<Store>, Path(id): Path<String>) -> Response {
    with(&store, &id, |mail| {
        let mut all: Map<String, Value> = Map::new();
        for (name, value) in &mail.headers {
            let values = all.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                values.push(json!(value));
            }
        }
        json_answer(&all.into())
    })
}

async fn raw(State(store): State<Store>, Path(id): Path<String>) -> Response {
    let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    with(&store, &id, |mail| {
        (plain, mail.raw.clone()).into_response()
    })
}

async fn list_page(State(store): State<Store>) -> Html<String> {
    Html(page::list(&store.all()))
}

async fn mail_page(State(store): State<Store>, Path(id): Path<String>) -> Response {
    with(&store, &id, |mail| Html(page::mail(mail)).into_response())
}

async fn html_part(State(store): State<Store>, Path(id): Path<String>) -> Response {
    let harmless = [(CONTENT_SECURITY_POLICY, SHOWN_MAIL)];
    with(&store, &id, |mail| {
        (harmless, Html(mail.html.clone())).into_response()
    })
}

fn with(store: &Store, id: &str, show: impl FnOnce(&Mail) -> Response) -> Response {
    match store.find(id) {
        Some(mail) => show(&mail),
        None => (StatusCode::NOT_FOUND, "there is no such mail").into_response(),
    }
}

fn summary(mail: &Mail) -> Value {
    json!({
        "ID": mail.id,
        "MessageID": mail.message_id,
        "From": mailbox(&mail.from),
        "To": mailboxes(&mail.to),
        "Subject": mail.subject,
        "Created": mail.created_text(),
    })
}

fn mailboxes(mailboxes: &[Mailbox]) -> Vec<Value> {
    mailboxes.iter().map(mailbox).collect()
}

fn mailbox(mailbox: &Mailbox) -> Value {
    json!({"Name": mailbox.name, "Address": mailbox.address})
}

fn json_answer(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
