use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use problem::{Problem, codes};

const JSON: &[&str] = &["application/json"];

/// Routes that answer with JSON alone: who does not take it is told so by a 406 problem.
pub fn json<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.route_layer(from_fn(demand_json))
}

async fn demand_json(request: Request, next: Next) -> Response {
    if negotiate(request.headers(), JSON).is_some() {
        return next.run(request).await;
    }
    let detail = "the answer is application/json, which Accept rules out";
    Problem::new(&codes::NOT_ACCEPTABLE, detail).into_response()
}

/// Which of the media types that are `offered`, best first, the client likes most by its
/// `Accept` (RFC 9110 §12.5.1); the first if it does not care, none if it takes none.
pub fn negotiate(headers: &HeaderMap, offered: &[&'static str]) -> Option<&'static str> {
    let fields = headers.get_all(header::ACCEPT).iter();
    let texts: Vec<_> = fields.filter_map(|field| field.to_str().ok()).collect();
    let ranges = texts.iter().flat_map(|text| text.split(','));
    let ranges: Vec<_> = ranges.filter_map(Range::parse).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let mut best = None;
    for media_type in offered {
        let weight = weight(&ranges, media_type);
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((*media_type, weight));
        }
    }
    best.map(|(media_type, _)| media_type)
}

/// The weight of a media type in thousandths: that of the most specific range for it.
fn weight(ranges: &[Range<'_>], media_type: &str) -> u16 {
    let fitting = ranges.iter().filter(|range| range.fits(media_type));
    let specific = fitting.max_by_key(|range| range.specificity());
    specific.map_or(0, |range| range.weight)
}

struct Range<'a> {
    kind: &'a str,
    subkind: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    /// `text/*;q=0.5`; parameters other than `q` are passed over.
    fn parse(item: &'a str) -> Option<Self> {
        let mut parts = item.split(';').map(str::trim);
        let (kind, subkind) = parts.next()?.split_once('/')?;
        let quality = parts.find_map(|it| it.strip_prefix("q=").or(it.strip_prefix("Q=")));
        let weight = quality.map_or(Some(1000), thousandths)?;
        Some(Self {
            kind,
            subkind,
            weight,
        })
    }

    fn fits(&self, media_type: &str) -> bool {
        let (kind, subkind) = media_type.split_once('/').unwrap_or((media_type, ""));
        let fits = |range: &str, name: &str| range == "*" || range.eq_ignore_ascii_case(name);
        fits(self.kind, kind) && fits(self.subkind, subkind)
    }

    fn specificity(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subkind != "*")
    }
}

/// `0.25` as 250; none for what is no weight.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let short = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u16 = short
        .then(|| format!("{part:0<3}").parse().ok())
        .flatten()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &[&str] = &["text/plain", "text/markdown", "text/html"];

    #[track_caller]
    fn check(accept: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for field in accept {
            headers.append(header::ACCEPT, field.parse().unwrap());
        }
        assert_eq!(negotiate(&headers, TEXTS), expected, "{accept:?}");
    }

    #[test]
    fn the_client_chooses() {
        check(&[], Some("text/plain"));
        check(&["*/*"], Some("text/plain"));
        check(&["text/*"], Some("text/plain"));
        check(&["text/html"], Some("text/html"));
        check(&["TEXT/HTML; charset=utf-8"], Some("text/html"));
        check(&["text/plain;q=0.5, text/markdown"], Some("text/markdown"));
        check(&["text/plain;q=0.5", "text/html;q=0.51"], Some("text/html"));
        check(&["text/plain;q=0, */*"], Some("text/markdown"));
        check(&["application/json, */*;q=0.1"], Some("text/plain"));
    }

    #[test]
    fn what_nobody_takes_is_refused() {
        check(&["application/json"], None);
        check(&["text/*;q=0"], None);
        check(&["application/*, image/png"], None);
    }
}
