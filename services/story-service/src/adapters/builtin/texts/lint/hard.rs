//! Wishes that are hard to tell.

use super::super::wish_defaults;
use super::grammar;
use super::requests::{Dice, avoid, request};
use crate::domain::{
    storyteller::{ThemeWords, tell},
    wish::{
        AgeBand, Cast, CastMember, Genre, Hero, Kind, Name, Pronouns, StoryRequest, Theme, Tone,
        Words, conflicts,
    },
};

#[track_caller]
fn told(wish: &StoryRequest) -> String {
    let story = tell(grammar(), wish, wish.seed).unwrap();
    let grave: Vec<_> = story
        .findings
        .iter()
        .filter(|finding| finding.is_grave())
        .collect();
    assert!(grave.is_empty(), "{grave:?}: {wish:?}\n{}", story.text());
    assert_eq!(story.plan.beats.len(), story.scenes.len());
    story.text()
}

fn seven() -> Cast {
    let names = [
        "O'Hara",
        "José Luis",
        "Anne-Marie",
        "Mr. Finch",
        "Bo",
        "李",
        "D’Arcy",
    ];
    let kinds = [
        Kind::Dog,
        Kind::Child,
        Kind::Whale,
        Kind::Adult,
        Kind::Robot,
        Kind::Owl,
        Kind::Other,
    ];
    let members = names
        .iter()
        .zip(kinds)
        .zip([0, 1, 2].into_iter().cycle())
        .map(|((name, kind), at)| CastMember {
            name: Name::parse(name).unwrap(),
            pronouns: Pronouns::ALL[at],
            kind,
        });
    Cast::parse(members.collect()).unwrap()
}

/// Seven come along, in the shortest story and in the longest, and everybody is named.
#[test]
fn seven_in_the_shortest_and_the_longest() {
    for (number, words) in (0..36).zip([150, 180, 250, 1_200].into_iter().cycle()) {
        let wish = request(grammar(), 300 + number);
        let words = Words::parse(words).unwrap();
        let text = told(&StoryRequest {
            cast: seven(),
            avoid: avoid(&[]),
            words,
            ..wish
        });
        for name in [
            "O'Hara",
            "José Luis",
            "Anne-Marie",
            "Mr. Finch",
            "Bo",
            "李",
            "D’Arcy",
        ] {
            assert!(text.contains(name), "{name}: {text}");
        }
    }
}

/// Every genre, tone and age, with every kind of hero and companion.
#[test]
fn every_choice_is_told() {
    let mut dice = Dice::new(5);
    for (at, kind) in Kind::ALL.iter().enumerate() {
        let wish = StoryRequest {
            genre: Genre::ALL[at % Genre::ALL.len()],
            tone: Tone::ALL[at % Tone::ALL.len()],
            age_band: AgeBand::ALL[at % AgeBand::ALL.len()],
            hero: Hero {
                name: Name::parse("Jörg").unwrap(),
                pronouns: dice.of(Pronouns::ALL),
                kind: *kind,
            },
            cast: Cast::parse(vec![CastMember {
                name: Name::parse("Q").unwrap(),
                pronouns: dice.of(Pronouns::ALL),
                kind: dice.of(Kind::ALL),
            }])
            .unwrap(),
            avoid: avoid(&[]),
            ..request(grammar(), 4_000 + at as u64)
        };
        assert!(told(&wish).contains("Jörg"));
    }
}

/// A list of twenty common things leaves less to say, but never nothing.
#[test]
fn long_avoid_lists_are_kept() {
    let lists: [&[&str]; 3] = [
        &[
            "animals",
            "food",
            "water",
            "the dark",
            "fire",
            "storms",
            "snow",
            "fog",
            "heights",
            "being locked in",
            "strangers",
            "doors",
            "shops",
            "letters",
            "music",
            "hats",
            "beds",
            "paint",
            "tea",
            "trains",
        ],
        &[
            "evening", "morning", "day", "time", "house", "hand", "eyes", "head", "word", "people",
        ],
        &[
            "knock", "list", "card", "board", "parcel", "chair", "table", "window", "Tuesday",
            "Friday", "wall",
        ],
    ];
    for (number, list) in (0..18).zip(lists.iter().cycle()) {
        let wish = StoryRequest {
            theme: Theme::parse(
                [
                    "courage",
                    "a kite that wants to sing",
                    "blue",
                    "how kites fly",
                ][number % 4],
            )
            .unwrap(),
            place: None,
            cast: Cast::default(),
            avoid: avoid(list),
            words: Words::parse([150, 300, 600][number % 3]).unwrap(),
            hero: Hero {
                name: Name::parse("Mira").unwrap(),
                pronouns: Pronouns::She,
                kind: Kind::Child,
            },
            ..request(grammar(), number as u64)
        };
        assert!(conflicts(&wish, grammar().avoid_tags()).is_empty());
        told(&wish);
    }
}

/// The commonest words of all ruled out at once: no whole story is left, but everybody is named.
#[test]
fn what_nothing_is_left_of_is_told_briefly() {
    let common = avoid(&[
        "went",
        "came",
        "nobody",
        "somebody",
        "everybody",
        "day",
        "time",
        "thing",
        "like",
        "see",
        "know",
        "look",
        "get",
        "way",
        "go",
        "morning",
        "evening",
        "now",
        "very",
        "never",
    ]);
    for number in 0..12 {
        let wish = StoryRequest {
            theme: Theme::parse("blue").unwrap(),
            place: None,
            cast: seven(),
            avoid: common.clone(),
            ..request(grammar(), 600 + number)
        };
        told(&wish);
    }
}

/// What an avoid list leaves open is chosen with it in mind.
#[test]
fn defaults_keep_to_the_avoid_list() {
    let defaults = wish_defaults().unwrap();
    for number in 0..40 {
        let wish = request(grammar(), number);
        let avoid = avoid(&["animals", "the dark", "water", "Nell", "children"]);
        let theme = defaults.theme(wish.seed, &avoid);
        let hero = defaults.hero(wish.seed, &avoid);
        assert_ne!(hero.name.as_str(), "Nell");
        let wish = StoryRequest {
            theme,
            hero,
            avoid,
            place: None,
            cast: Cast::default(),
            ..wish
        };
        assert!(
            conflicts(&wish, grammar().avoid_tags()).is_empty(),
            "{:?}",
            wish.theme
        );
        told(&wish);
    }
}

/// The theme's own words are never changed.
#[test]
fn odd_themes_are_told_as_they_are() {
    for theme in [
        "{H} and [young] #dark",
        "a \"quoted\" thing",
        "“curly”",
        "??",
        "a b",
        "the the the",
        "I",
        "…and then?",
        "why",
        "🦊🦊🦊",
    ] {
        let Ok(parsed) = Theme::parse(theme) else {
            continue;
        };
        let story = tell(
            grammar(),
            &StoryRequest {
                theme: parsed,
                ..request(grammar(), 77)
            },
            request(grammar(), 77).seed,
        );
        let story = story.unwrap();
        let read = ThemeWords::read(theme);
        let text = format!("{}\n{}", story.plan.title, story.text()).to_lowercase();
        assert!(text.contains(&read.theme.to_lowercase()), "{theme}: {text}");
    }
}
