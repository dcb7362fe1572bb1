use std::str::FromStr;

use redis::Value;
use uuid::Uuid;

/// The id of an entry: `milliseconds-sequence`, ordered as Redis orders them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryId(u64, u64);

impl FromStr for EntryId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (milliseconds, sequence) = text.split_once('-').unwrap_or((text, "0"));
        Ok(Self(milliseconds.parse()?, sequence.parse()?))
    }
}

/// What lies in the stream: who put it there is not known, so nothing is taken for granted.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub id: String,
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Entry {
    /// The job that it rings for; `None` for garbage.
    pub fn job(&self) -> Option<Uuid> {
        let (_, value) = self.fields.iter().find(|(name, _)| name == b"id")?;
        Uuid::try_parse_ascii(value).ok()
    }
}

/// The entries of the one stream in an `XREADGROUP` reply; none if it is nil.
pub(crate) fn entries_of_read(reply: Value) -> Vec<Entry> {
    match reply {
        Value::Array(mut streams) => match streams.pop() {
            Some(Value::Array(mut stream)) => stream.pop().map(entries).unwrap_or_default(),
            _ => Vec::new(),
        },
        Value::Map(mut streams) => {
            let last = streams.pop();
            last.map(|(_, list)| entries(list)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// A list of entries, each `[id, [name, value, …]]`; the fields are nil if it was trimmed.
pub(crate) fn entries(list: Value) -> Vec<Entry> {
    let Value::Array(list) = list else {
        return Vec::new();
    };
    list.into_iter().filter_map(entry).collect()
}

fn entry(value: Value) -> Option<Entry> {
    let Value::Array(parts) = value else {
        return None;
    };
    let mut parts = parts.into_iter();
    let id = redis::from_redis_value(parts.next()?).ok()?;
    let fields = parts.next().unwrap_or(Value::Nil);
    let flat: Vec<Vec<u8>> = redis::from_redis_value(fields).unwrap_or_default();
    let pairs = flat.chunks_exact(2).filter_map(|pair| match pair {
        [name, value] => Some((name.clone(), value.clone())),
        _ => None,
    });
    Some(Entry {
        id,
        fields: pairs.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn ids_are_ordered_by_number_not_by_text() {
        let parse = |text: &str| text.parse::<EntryId>().unwrap();
        assert!(parse("9-1") < parse("10-0"));
        assert!(parse("10-9") < parse("10-10"));
        assert!("".parse::<EntryId>().is_err());
    }

    #[test]
    fn a_reply_gives_its_entries_and_trimmed_ones_are_garbage() {
        let id = "0190d5a0-0000-7000-8000-000000000001";
        let whole = Value::Array(vec![
            text("1-0"),
            Value::Array(vec![text("id"), text(id), text("kind"), text("k")]),
        ]);
        let trimmed = Value::Array(vec![text("2-0"), Value::Nil]);
        let reply = Value::Array(vec![Value::Array(vec![
            text("stream"),
            Value::Array(vec![whole, trimmed]),
        ])]);
        let read = entries_of_read(reply);
        let jobs: Vec<_> = read.iter().map(Entry::job).collect();
        assert_eq!(jobs, [Some(id.parse().unwrap()), None]);
        assert!(entries_of_read(Value::Nil).is_empty());
    }
}
