use std::borrow::Cow;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::Level;

use crate::fields::Fields;

/// The version of the schema that lines follow.
const ECS: &str = "8.17.0";
/// Container runtimes cut lines here, and the pieces may mix with other lines.
pub(crate) const LONGEST: usize = 16 * 1024 - 1;
/// How many bytes of a text are kept, tried one after the other until the line fits.
const CUTS: [usize; 6] = [usize::MAX, 4096, 1024, 256, 64, 16];
const TRUNCATED: &str = "labels.truncated";

const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
const CLOCK: &[BorrowedFormatItem<'_>] =
    format_description!("[hour]:[minute]:[second].[subsecond digits:3]");

/// The trace that an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceIds {
    pub(crate) trace: String,
    pub(crate) span: String,
    pub(crate) transaction: String,
}

/// All that is known of an event.
pub(crate) struct Line<'a> {
    pub(crate) at: OffsetDateTime,
    pub(crate) level: Level,
    pub(crate) logger: &'a str,
    pub(crate) trace: Option<TraceIds>,
    pub(crate) fields: Fields,
}

impl Line<'_> {
    /// One JSON object and a line end, at most [`LONGEST`] bytes. `always` is what every
    /// line of this process has, as the inside of an object.
    pub(crate) fn ecs(&self, always: &str) -> Vec<u8> {
        let lines = CUTS
            .iter()
            .map(|cut| self.ecs_cut(always, *cut, usize::MAX));
        lines
            .filter(|line| line.len() <= LONGEST)
            .chain([self.ecs_cut(always, 16, 32)])
            .next()
            .unwrap_or_default()
    }

    fn ecs_cut(&self, always: &str, cut: usize, most_fields: usize) -> Vec<u8> {
        let mut object = Object::new(cut);
        let at = self.at.format(MOMENT).unwrap_or_default();
        object.put("@timestamp", &at.into());
        object.put("log.level", &level_name(self.level).into());
        object.put(
            "message",
            &self.fields.message.as_deref().unwrap_or_default().into(),
        );
        object.put("ecs.version", &ECS.into());
        object.put_raw(always);
        object.put("log.logger", &self.logger().into());
        if let Some(ids) = &self.trace {
            object.put("trace.id", &ids.trace.as_str().into());
            object.put("span.id", &ids.span.as_str().into());
            object.put("transaction.id", &ids.transaction.as_str().into());
        }
        let named = &self.fields.named;
        for (name, value) in named
            .iter()
            .filter(|(name, _)| name != TRUNCATED)
            .take(most_fields)
        {
            object.put(name, value);
        }
        object.truncated |= named.len() > most_fields;
        object.end()
    }

    /// For reading: time, level, message, fields, origin.
    pub(crate) fn human(&self, colours: bool) -> Vec<u8> {
        let at = self.at.format(CLOCK).unwrap_or_default();
        let message = visible(self.fields.message.as_deref().unwrap_or_default());
        let (colour, dim, plain) = match (colours, self.level) {
            (false, _) => ("", "", ""),
            (true, Level::ERROR) => ("\x1b[31m", "\x1b[2m", "\x1b[0m"),
            (true, Level::WARN) => ("\x1b[33m", "\x1b[2m", "\x1b[0m"),
            (true, _) => ("\x1b[32m", "\x1b[2m", "\x1b[0m"),
        };
        let level = self.level;
        let mut line = format!("{dim}{at}{plain} {colour}{level:>5}{plain} {message}");
        for (name, value) in &self.fields.named {
            let name = name.strip_prefix("labels.").unwrap_or(name);
            let value = match value {
                Value::String(text) => visible(text),
                other => Cow::Owned(other.to_string()),
            };
            line.extend([" ", dim, name, "=", plain, &value]);
        }
        line.extend([" ", dim, "(", self.logger(), ")", plain, "\n"]);
        line.into_bytes()
    }

    fn logger(&self) -> &str {
        self.fields.logger.as_deref().unwrap_or(self.logger)
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The text without anything that a terminal would obey.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// A JSON object in the making, whose texts are cut to a length.
struct Object {
    text: Vec<u8>,
    cut: usize,
    truncated: bool,
}

impl Object {
    fn new(cut: usize) -> Self {
        Self {
            text: vec![b'{'],
            cut,
            truncated: false,
        }
    }

    fn put(&mut self, name: &str, value: &Value) {
        self.put_name(name);
        let shortened = match value {
            Value::String(text) => self.shorten(text).map(Value::from),
            Value::Array(_) => self.shorten(&value.to_string()).map(Value::from),
            _ => None,
        };
        self.json(shortened.as_ref().unwrap_or(value));
    }

    fn put_name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(b',');
        }
        self.json(&Value::from(name));
        self.text.push(b':');
    }

    fn put_raw(&mut self, members: &str) {
        self.text.push(b',');
        self.text.extend_from_slice(members.as_bytes());
    }

    /// The beginning of a text that is too long, and a sign that there was more.
    fn shorten(&mut self, text: &str) -> Option<String> {
        if text.len() <= self.cut {
            return None;
        }
        self.truncated = true;
        let kept = text.get(..text.floor_char_boundary(self.cut))?;
        Some(format!("{kept}…"))
    }

    fn json(&mut self, value: &Value) {
        self.text.extend_from_slice(value.to_string().as_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        if self.truncated {
            self.put_name(TRUNCATED);
            self.json(&"true".into());
        }
        self.text.extend_from_slice(b"}\n");
        self.text
    }
}
