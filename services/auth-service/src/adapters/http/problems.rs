//! A page for every problem code: where `type` leads.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use problem::{Code, Problem, codes};

const CACHE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

/// `GET /problems`
pub async fn index() -> impl IntoResponse {
    let items: String = codes::ALL.iter().map(|code| item(code)).collect();
    let body = format!(
        "<h1>Problems</h1>\n<p>What the <code>code</code> of a problem means.</p>\n<dl>\n{items}</dl>"
    );
    (CACHE, Html(page("Problems", &body)))
}

/// `GET /problems/{code}`
pub async fn show(name: Result<Path<String>, PathRejection>) -> Result<impl IntoResponse, Problem> {
    let code = name.ok().and_then(|Path(name)| codes::find(&name));
    let code = code.ok_or_else(Problem::not_found)?;
    let body = format!(
        "<h1>{}</h1>\n<p><code>{}</code>, HTTP status {}.</p>\n<p>{}</p>\n<p><a href=\"/problems\">All problems</a></p>",
        text(code.title),
        code.name,
        code.status,
        text(code.about),
    );
    Ok((CACHE, Html(page(code.title, &body))))
}

fn item(code: &Code) -> String {
    let (name, title) = (code.name, text(code.title));
    let status = code.status.as_u16();
    format!(
        "<dt><a href=\"/problems/{name}\"><code>{name}</code></a> ({status})</dt><dd>{title}</dd>\n"
    )
}

fn page(title: &str, body: &str) -> String {
    let title = text(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Storyloom</title></head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}

/// Escapes text; what stands between back-quotes becomes code.
fn text(plain: &str) -> String {
    let escaped = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let parts = escaped.split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => part.to_owned(),
            _ => format!("<code>{part}</code>"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_code_is_marked() {
        let shown = text("see `Retry-After` & <b>");
        assert_eq!(shown, "see <code>Retry-After</code> &amp; &lt;b&gt;");
    }
}
