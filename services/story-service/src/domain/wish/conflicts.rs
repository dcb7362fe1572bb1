use super::{AvoidTags, Forbidden, StoryRequest, stems};

/// An entry of the avoid list that the wish itself asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where the entry stands: `/avoid/0`.
    pub avoid: String,
    /// Where its words stand: `/theme`, `/hero/name`, `/cast/1/kind`, `/place`.
    pub with: String,
}

/// Every clash of the avoid list with the theme, names, kinds and place of the same wish.
///
/// A name is held against the entry's own words alone: somebody called Robin is no bird.
pub fn conflicts(request: &StoryRequest, tags: &AvoidTags) -> Vec<Conflict> {
    let (things, names) = (things(request), names(request));
    let mut found = Vec::new();
    for (at, entry) in request.avoid.entries().iter().enumerate() {
        let (wide, narrow) = (Forbidden::one(entry, tags), Forbidden::by_words(entry));
        let things = things.iter().map(|part| (&wide, part));
        let names = names.iter().map(|part| (&narrow, part));
        for (forbidden, (pointer, text)) in things.chain(names) {
            if forbidden.occurs_in(&stems(text)) {
                found.push(Conflict {
                    avoid: format!("/avoid/{at}"),
                    with: pointer.clone(),
                });
            }
        }
    }
    found
}

type Part<'a> = (String, &'a str);

fn things(request: &StoryRequest) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = vec![
        ("/theme".into(), request.theme.as_str()),
        ("/hero/kind".into(), request.hero.kind.as_str()),
    ];
    if let Some(place) = &request.place {
        parts.push(("/place".into(), place.as_str()));
    }
    let cast = request.cast.members().iter().enumerate();
    parts.extend(cast.map(|(at, one)| (format!("/cast/{at}/kind"), one.kind.as_str())));
    parts
}

fn names(request: &StoryRequest) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = vec![("/hero/name".into(), request.hero.name.as_str())];
    let cast = request.cast.members().iter().enumerate();
    parts.extend(cast.map(|(at, one)| (format!("/cast/{at}/name"), one.name.as_str())));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wish::{
        AgeBand, AvoidEntry, AvoidList, Cast, CastMember, Genre, Hero, Kind, Language, Name, Place,
        Pronouns, Seed, Theme, Tone, Words,
    };

    fn request(avoid: &str) -> StoryRequest {
        StoryRequest {
            theme: Theme::parse("a lantern that is afraid of the dark").unwrap(),
            genre: Genre::Bedtime,
            tone: Tone::Cosy,
            hero: Hero {
                name: Name::parse("Robin").unwrap(),
                pronouns: Pronouns::She,
                kind: Kind::Child,
            },
            cast: Cast::parse(vec![CastMember {
                name: Name::parse("Otto").unwrap(),
                pronouns: Pronouns::He,
                kind: Kind::Dog,
            }])
            .unwrap(),
            place: Some(Place::parse("a lighthouse").unwrap()),
            avoid: AvoidList::parse(vec![AvoidEntry::parse(avoid).unwrap()]).unwrap(),
            age_band: AgeBand::Middle,
            words: Words::default(),
            language: Language::English,
            seed: Seed::from_bits(1),
        }
    }

    #[track_caller]
    fn check(avoid: &str, with: &[&str]) {
        let mut tags = AvoidTags::default();
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        tags.add("dogs", &list(&["animals"]), &list(&["dog"]));
        tags.add("birds", &list(&["animals"]), &list(&["robin", "owl"]));
        let found = conflicts(&request(avoid), &tags);
        assert!(found.iter().all(|one| one.avoid == "/avoid/0"));
        let found: Vec<_> = found.into_iter().map(|one| one.with).collect();
        assert_eq!(found, with);
    }

    #[test]
    fn a_wish_may_not_rule_itself_out() {
        check("darkness", &["/theme"]);
        check("animals", &["/cast/0/kind"]);
        check("lighthouses", &["/place"]);
        check("Otto", &["/cast/0/name"]);
        check("robins", &["/hero/name"]);
        check("spiders", &[]);
        check("birds", &[]);
    }
}
