use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::{always_here, bare, said};
use crate::names::{self, Kind};

/// Numbers that look random, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn text(&mut self) -> String {
        const LETTERS: &[char] = &['a', '.', '_', '"', '\\', '\n', '\u{0}', 'ß', '😀', '{', ' '];
        let length = self.roll(12);
        (0..length)
            .map(|_| LETTERS[self.roll(LETTERS.len())])
            .collect()
    }

    fn name(&mut self) -> String {
        const KNOWN: &[&str] = &[
            "client.ip",
            "event.duration",
            "event.start",
            "tags",
            "user.id",
        ];
        match self.roll(3) {
            0 => KNOWN[self.roll(KNOWN.len())].to_owned(),
            1 => format!("labels.{}", self.text()),
            _ => self.text(),
        }
    }

    fn value(&mut self) -> Value {
        match self.roll(6) {
            0 => json!(self.roll(1000)),
            1 => json!(u64::MAX),
            2 => json!(-1.5),
            3 => json!(true),
            4 => json!("203.0.113.9"),
            _ => json!(self.text()),
        }
    }
}

/// An object whose names are kept as they come, twice if they come twice.
#[derive(Debug)]
struct Members(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[test]
fn whatever_is_logged_is_a_valid_line() {
    let mut dice = Dice(0x5707_1100);
    for _ in 0..20_000 {
        let mut fields = said(&dice.text());
        for _ in 0..dice.roll(8) {
            let (name, value) = (dice.name(), dice.value());
            fields.put(&name, value);
        }
        let text = String::from_utf8(bare(fields).ecs(&always_here())).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        let Members(members) = serde_json::from_str(&text).unwrap();
        let named: BTreeMap<_, _> = members.iter().cloned().collect();
        assert_eq!(named.len(), members.len(), "a name twice in {text}");
        for (name, value) in &members {
            assert!(is_of_its_type(name, value), "{name} in {text}");
        }
    }
}

fn is_of_its_type(name: &str, value: &Value) -> bool {
    let Some((_, kind)) = names::find(name) else {
        let inherent = always_here().contains(name) || !name.starts_with("labels.");
        return inherent || (value.is_string() && name.matches('.').count() == 1);
    };
    match kind {
        Kind::Long => value.is_i64(),
        Kind::Float => value.is_number(),
        Kind::Texts => value.is_array(),
        Kind::Ip => value.as_str().unwrap().parse::<std::net::IpAddr>().is_ok(),
        Kind::Text | Kind::Date => value.is_string(),
    }
}
