use problem::Violations;
use serde::{Deserialize, Serialize};

use crate::domain::wish::{Cast, CastMember, Hero, Kind, Name, Pronouns};

/// Somebody in a story, in and out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    name: Option<String>,
    pronouns: Option<String>,
    kind: Option<String>,
}

impl Person {
    fn parse(&self, at: &str, found: &mut Violations) -> Option<(Name, Pronouns, Kind)> {
        let mut given = |field: &str, value: &Option<String>| {
            if value.is_none() {
                found.add(&format!("{at}/{field}"), "required", "is required");
            }
            value.clone()
        };
        let name = given("name", &self.name);
        let pronouns = given("pronouns", &self.pronouns);
        let kind = given("kind", &self.kind);
        let name = found.check(&format!("{at}/name"), Name::parse(&name?));
        let pronouns = found.check(&format!("{at}/pronouns"), Pronouns::parse(&pronouns?));
        let kind = found.check(&format!("{at}/kind"), Kind::parse(&kind?));
        Some((name?, pronouns?, kind?))
    }

    /// As the hero.
    pub fn hero(&self, at: &str, found: &mut Violations) -> Option<Hero> {
        let (name, pronouns, kind) = self.parse(at, found)?;
        Some(Hero {
            name,
            pronouns,
            kind,
        })
    }

    /// As all of the others.
    pub fn cast(people: &[Self], at: &str, found: &mut Violations) -> Option<Cast> {
        let mut members = Vec::new();
        for (index, person) in people.iter().enumerate() {
            let member = person.parse(&format!("{at}/{index}"), found);
            members.extend(member.map(|(name, pronouns, kind)| CastMember {
                name,
                pronouns,
                kind,
            }));
        }
        if members.len() < people.len() && people.len() <= Cast::MAX {
            return None;
        }
        found.check(at, Cast::parse(members))
    }
}

impl From<&Hero> for Person {
    fn from(hero: &Hero) -> Self {
        Self {
            name: Some(hero.name.as_str().to_owned()),
            pronouns: Some(hero.pronouns.as_str().to_owned()),
            kind: Some(hero.kind.as_str().to_owned()),
        }
    }
}

impl From<&CastMember> for Person {
    fn from(member: &CastMember) -> Self {
        Self {
            name: Some(member.name.as_str().to_owned()),
            pronouns: Some(member.pronouns.as_str().to_owned()),
            kind: Some(member.kind.as_str().to_owned()),
        }
    }
}
