use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::iter::successors;
use std::net::IpAddr;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};

use crate::names::{self, Kind};
use crate::redact::{REDACTED, is_secret};

/// The fields of a span or an event under the names that lines have. A name stands once;
/// what was written last counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) message: Option<String>,
    pub(crate) logger: Option<String>,
    pub(crate) named: Vec<(Cow<'static, str>, Value)>,
}

impl Fields {
    /// Puts a value where it belongs: under its name in the schema if it has one and the
    /// value fits, else among the labels.
    pub(crate) fn put(&mut self, name: &str, value: Value) {
        if name.starts_with("otel.") {
            return; // for the trace only
        }
        if let Some((known, kind)) = names::find(name)
            && let Some(fitting) = fit(&value, kind)
        {
            return self.set(Cow::Borrowed(known), fitting);
        }
        let label = label(name);
        let value = match value {
            _ if is_secret(name) => Value::from(REDACTED),
            Value::String(text) => Value::String(text),
            other => Value::from(other.to_string()),
        };
        self.set(Cow::Owned(label), value);
    }

    /// Takes over what `inner` says, which counts more.
    pub(crate) fn extend(&mut self, inner: &Self) {
        for (name, value) in &inner.named {
            self.set(name.clone(), value.clone());
        }
    }

    fn set(&mut self, name: Cow<'static, str>, value: Value) {
        match self.named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, present)) => *present = value,
            None => self.named.push((name, value)),
        }
    }

    fn put_error(&mut self, error: &(dyn Error + 'static)) {
        self.put("error.message", Value::from(error.to_string()));
        self.put("error.type", Value::from(type_name(error)));
        if error.source().is_some() {
            let texts: Vec<_> = causes(error).map(ToString::to_string).collect();
            let chain = texts.join("\ncaused by: ");
            self.put("error.stack_trace", Value::from(chain));
        }
    }

    fn text(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = Some(text),
            "error" => self.put("error.message", Value::from(text)),
            // Lines of the `log` crate come with their origin in fields.
            "log.target" => self.logger = Some(text),
            "log.module_path" | "log.file" | "log.line" => {}
            name => self.put(name, Value::from(text)),
        }
    }
}

/// `labels.` and the name, with `_` for the dots that Elasticsearch would take for objects.
fn label(name: &str) -> String {
    let bare = name.strip_prefix("labels.").unwrap_or(name);
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => character,
        _ => '_',
    };
    let mut label = String::from("labels.");
    label.extend(bare.chars().map(plain));
    label
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source())
}

/// The name that an error's debug output begins with: the variant or the type.
fn type_name(error: &dyn Error) -> String {
    struct Name(String);
    impl fmt::Write for Name {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                if !character.is_alphanumeric() && character != '_' {
                    return Err(fmt::Error);
                }
                self.0.push(character);
            }
            Ok(())
        }
    }
    let mut name = Name(String::new());
    // Stops with an error at the first character that belongs to no name.
    let whole = write!(name, "{error:?}").is_ok();
    if whole || !name.0.is_empty() {
        name.0
    } else {
        "error".to_owned()
    }
}

/// The value as its type wants it; none if it does not fit.
fn fit(value: &Value, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::from(text_of(value))),
        Kind::Texts => {
            let text = text_of(value);
            let parts = text.split(',').map(|part| Value::from(part.trim()));
            Some(parts.collect())
        }
        Kind::Long => match value {
            Value::Number(number) => number.as_i64().map(Value::from),
            Value::String(text) => text.parse::<i64>().ok().map(Value::from),
            _ => None,
        },
        Kind::Float => match value {
            Value::Number(_) => Some(value.clone()),
            Value::String(text) => Some(text.parse::<f64>().ok()?)
                .filter(|number| number.is_finite())
                .map(Value::from),
            _ => None,
        },
        Kind::Ip => {
            let address: IpAddr = text_of(value).parse().ok()?;
            Some(Value::from(address.to_string()))
        }
        Kind::Date => {
            let text = text_of(value);
            OffsetDateTime::parse(&text, &Rfc3339).ok()?;
            Some(Value::from(text))
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if field.name() == "error" {
            return self.put_error(value);
        }
        let texts: Vec<_> = causes(value).map(ToString::to_string).collect();
        self.text(field, texts.join(": "));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.text(field, value.to_string());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.text(field, value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.put(field.name(), value.into());
        } else {
            self.text(field, value.to_string());
        }
    }
}
