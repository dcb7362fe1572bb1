use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kernel::StoryId;
use problem::{PathId, Problem, codes};
use tokens::SignedIn;

use super::Api;
use crate::domain::story::StoryText;

const TEXT: &str = "text/plain";
const MARKDOWN: &str = "text/markdown";
const HTML: &str = "text/html";

/// `GET /v1/stories/{id}/content`
pub async fn get(
    State(api): State<Api>,
    SignedIn { user, .. }: SignedIn,
    PathId(id): PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let chosen = runtime::http::negotiate(&headers, &[TEXT, MARKDOWN, HTML]);
    let detail = "a story is text/plain, text/markdown or text/html";
    let media_type = chosen.ok_or_else(|| Problem::new(&codes::NOT_ACCEPTABLE, detail))?;
    let story = api.read_story.run(user, StoryId(id)).await?;
    let body = match media_type {
        HTML => html(&story),
        MARKDOWN => markdown(&story),
        _ => plain(&story),
    };
    let headers = [
        (header::CONTENT_TYPE, format!("{media_type}; charset=utf-8")),
        (header::CONTENT_LANGUAGE, story.language.as_str().to_owned()),
        (header::VARY, "accept".to_owned()),
    ];
    Ok((headers, body).into_response())
}

fn plain(story: &StoryText) -> String {
    format!("{}\n\n{}\n", story.title, story.paragraphs.join("\n\n"))
}

fn markdown(story: &StoryText) -> String {
    let paragraphs = story.paragraphs.iter().map(|it| in_markdown(it));
    let paragraphs: Vec<_> = paragraphs.collect();
    format!(
        "# {}\n\n{}\n",
        in_markdown(&story.title),
        paragraphs.join("\n\n")
    )
}

fn html(story: &StoryText) -> String {
    let title = in_html(&story.title);
    let paragraphs = story.paragraphs.iter();
    let paragraphs = paragraphs.map(|it| format!("<p>{}</p>\n", in_html(it)));
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n</head>\n<body>\n<article>\n<h1>{title}</h1>\n{}</article>\n\
         </body>\n</html>\n",
        story.language.as_str(),
        paragraphs.collect::<String>(),
    )
}

/// Text that means nothing but itself in Markdown (`CommonMark` §2.4).
fn in_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let marks = "\\`*_[]<>&#|~".contains(c) || at == 0 && "-+=".contains(c);
        escaped.extend(marks.then_some('\\'));
        escaped.push(c);
    }
    escaped
}

fn in_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wish::Language;

    fn story() -> StoryText {
        StoryText {
            title: "Tom & <b>Otto</b>".into(),
            teaser: "Who?".into(),
            paragraphs: vec!["- One *two*.".into(), "“Three’s a crowd.”".into()],
            language: Language::English,
        }
    }

    #[test]
    fn plain_text_is_as_it_is() {
        let text = plain(&story());
        assert_eq!(
            text,
            "Tom & <b>Otto</b>\n\n- One *two*.\n\n“Three’s a crowd.”\n"
        );
    }

    #[test]
    fn what_readers_wrote_is_no_markup() {
        let page = html(&story());
        assert!(
            page.contains("<h1>Tom &amp; &lt;b&gt;Otto&lt;/b&gt;</h1>"),
            "{page}"
        );
        assert!(page.contains("<p>“Three’s a crowd.”</p>"), "{page}");
        let text = markdown(&story());
        assert!(
            text.starts_with("# Tom \\& \\<b\\>Otto\\</b\\>\n\n\\- One \\*two\\*."),
            "{text}"
        );
    }
}
