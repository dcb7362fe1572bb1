//! Stories of one wish must differ.

use super::grammar;
use super::requests::{avoid, request};
use crate::domain::{
    storyteller::tell,
    wish::{
        AgeBand, Cast, CastMember, Genre, Hero, Kind, Name, Place, Pronouns, Seed, StoryRequest,
        Theme, Tone, Words, words,
    },
};

const STORIES: u64 = 50;

/// Seeds that lie as far apart as those of real wishes.
fn seed(number: u64) -> Seed {
    Seed::from_bits((3_000 + number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7)
}

/// The groups of five words of one of the stories, as sorted numbers.
fn grams(wish: &StoryRequest, number: u64) -> Vec<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let text = tell(grammar(), wish, seed(number))
        .unwrap()
        .text()
        .to_lowercase();
    let words: Vec<&str> = words(&text).collect();
    let mut grams: Vec<u64> = words
        .windows(5)
        .map(|group| {
            let mut hasher = DefaultHasher::new();
            group.hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// What two have in common, of all that either has.
#[expect(clippy::cast_precision_loss, reason = "a few hundred words")]
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let both = a
        .iter()
        .filter(|gram| b.binary_search(gram).is_ok())
        .count() as f64;
    both / (a.len() as f64 + b.len() as f64 - both)
}

/// Mean and maximum over all pairs.
pub(super) fn alike(theme: &str, length: i64) -> (f64, f64) {
    let wish = StoryRequest {
        theme: Theme::parse(theme).unwrap(),
        genre: Genre::Bedtime,
        tone: Tone::Cosy,
        hero: Hero {
            name: Name::parse("Mira").unwrap(),
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
        avoid: avoid(&[]),
        age_band: AgeBand::Middle,
        words: Words::parse(length).unwrap(),
        ..request(grammar(), 1)
    };
    let told: Vec<_> = (0..STORIES).map(|number| grams(&wish, number)).collect();
    let (mut sum, mut most, mut pairs) = (0.0, 0.0_f64, 0.0);
    for (at, one) in told.iter().enumerate() {
        for other in &told[..at] {
            let alike = jaccard(one, other);
            (sum, most, pairs) = (sum + alike, most.max(alike), pairs + 1.0);
        }
    }
    (sum / pairs, most)
}

#[test]
fn fifty_stories_of_one_wish_differ() {
    let mut found = Vec::new();
    let themes = [
        "a lantern that is afraid of the dark",
        "a dragon who is shy",
        "learning to whistle",
        "courage",
        "why the sea is salty",
        "a map of rain",
        "blue",
    ];
    let lengths = [150, 300, 500].into_iter();
    for (theme, length) in themes
        .iter()
        .flat_map(|theme| lengths.clone().map(move |length| (theme, length)))
    {
        let (mean, most) = alike(theme, length);
        // The shortest stories have the fewest sentences to choose from.
        let (highest_mean, highest) = match length {
            ..200 => (0.08, 0.52),
            200..400 => (0.10, 0.42),
            _ => (0.12, 0.35),
        };
        if mean > highest_mean || most > highest {
            found.push(format!(
                "{theme}, {length} words: mean {mean:.3}, most {most:.3}"
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
