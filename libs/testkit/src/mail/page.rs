//! The inbox as people see it.

use std::sync::Arc;

use super::Mail;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}td{padding:.4rem .6rem;border-top:1px solid #ddd}\
    td:last-child{white-space:nowrap;color:#666}iframe{width:100%;height:36rem;border:1px solid #ddd}\
    pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem}.empty{color:#666}";

/// All mails, newest first; looks for new ones every few seconds.
pub(super) fn list(mails: &[Arc<Mail>]) -> String {
    let rows: String = mails.iter().map(|it| row(it)).collect();
    let content = if rows.is_empty() {
        "<p class=empty>No mail yet. What Storyloom sends on this machine arrives here.</p>"
            .to_owned()
    } else {
        format!("<table>{rows}</table>")
    };
    page(
        "Inbox",
        "<meta http-equiv=refresh content=3>",
        &format!("<h1>Inbox</h1>{content}"),
    )
}

fn row(mail: &Mail) -> String {
    let to: Vec<_> = mail.to.iter().map(|it| it.address.as_str()).collect();
    format!(
        "<tr><td><a href=\"/view/{}\">{}</a></td><td>{}</td><td>{}</td></tr>",
        escape(&mail.id),
        escape(&mail.subject),
        escape(&to.join(", ")),
        escape(&mail.created_text()),
    )
}

/// One mail: its HTML part as mail programs show it, then its plain part.
pub(super) fn mail(mail: &Mail) -> String {
    let id = escape(&mail.id);
    let to: Vec<_> = mail.to.iter().map(|it| it.address.as_str()).collect();
    let content = format!(
        "<p><a href=\"/\">Inbox</a></p><h1>{}</h1><p>From {} to {}</p>\
         <iframe sandbox src=\"/view/{id}/html\" title=\"the mail\"></iframe>\
         <h2>Plain text</h2><pre>{}</pre>\
         <p><a href=\"/api/v1/message/{id}/raw\">Source</a></p>",
        escape(&mail.subject),
        escape(&mail.from.address),
        escape(&to.join(", ")),
        escape(&mail.text),
    );
    page(&mail.subject, "", &content)
}

fn page(title: &str, head: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title} · Storyloom</title>\
         <meta name=viewport content=\"width=device-width\">{head}<style>{STYLE}</style>{content}</html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mails_say_is_only_text() {
        let raw = b"Subject: <script>alert(1)</script>\r\nTo: a@b.example\r\n\r\nhello";
        let shown = list(&[Arc::new(Mail::parse(raw, Vec::new()))]);
        assert!(!shown.contains("<script>"));
        assert!(shown.contains("&lt;script&gt;"));
    }
}
