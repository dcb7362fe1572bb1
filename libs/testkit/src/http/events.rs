use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Where reading may go on after it; empty if it has none.
    pub id: String,
    /// What kind of event it is.
    pub name: String,
    /// What it says.
    pub data: String,
}

/// Reads server-sent events as they come.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    unread: BytesMut,
}

impl Events {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            unread: BytesMut::new(),
        }
    }

    /// The next event, or nothing when the stream ended.
    pub async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|it| it == b"\n\n") {
                let block = self.unread.split_to(end + 2);
                if let Some(event) = parse(&String::from_utf8_lossy(&block)) {
                    return Ok(Some(event));
                }
            }
            let Some(frame) = self.body.frame().await.transpose()? else {
                return Ok(None);
            };
            if let Ok(data) = frame.into_data() {
                self.unread.extend(data.iter().filter(|it| **it != b'\r'));
            }
        }
    }
}

/// An event from its lines; nothing if they are comments or empty.
fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    let mut data = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut event.name),
            "data" => data.push(value),
            "id" => value.clone_into(&mut event.id),
            _ => {}
        }
    }
    event.data = data.join("\n");
    (!event.name.is_empty() || !data.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let event = parse("event: chunk\nid: 1-0\ndata: {\"text\":\ndata: \"a\"}\n\n").unwrap();
        assert_eq!(event.name, "chunk");
        assert_eq!(event.id, "1-0");
        assert_eq!(event.data, "{\"text\":\n\"a\"}");
    }

    #[test]
    fn comments_are_no_events() {
        assert_eq!(parse(": keep-alive\n\n"), None);
    }
}
