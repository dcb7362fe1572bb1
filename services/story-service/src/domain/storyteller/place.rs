//! Where a story happens: how the place is spoken of, and what the grammar knows of it.

use super::{
    grammar::{Grammar, PlaceWords},
    nouns,
    rng::Rng,
    theme::{bare, lower_first},
};
use crate::domain::wish::{Forbidden, StoryRequest, stems};

/// A place that was read.
#[derive(Debug, Clone)]
pub(super) struct Setting<'g> {
    pub words: &'g PlaceWords,
    /// `the lighthouse`
    pub the_place: String,
    /// `at the lighthouse`
    pub at: String,
    /// The same once it is known: the house, for `the house at the end of the road`.
    pub the_place_again: String,
    pub at_again: String,
    /// The shop, for `the shop across the road`.
    pub shop_again: String,
}

const PREPOSITIONS: &[&str] = &[
    "of", "by", "in", "on", "under", "over", "near", "with", "behind", "beside", "at", "between",
    "above", "below", "beyond", "where", "inside", "outside", "beneath", "next", "across",
    "through", "among", "around", "up", "down", "from", "without", "full", "made", "that",
    "called", "for",
];

/// The wish's place, or one that suits its genre.
pub(super) fn setting<'g>(
    grammar: &'g Grammar,
    request: &StoryRequest,
    owner: &str,
    forbidden: &Forbidden,
    rng: &mut Rng,
) -> Option<Setting<'g>> {
    let text = match &request.place {
        Some(place) => place.as_str().to_owned(),
        None => chosen(grammar, request, forbidden, rng),
    };
    read(grammar, &text, owner)
}

fn chosen(
    grammar: &Grammar,
    request: &StoryRequest,
    forbidden: &Forbidden,
    rng: &mut Rng,
) -> String {
    let defaults = &grammar.defaults;
    let own = defaults
        .genre_places
        .iter()
        .find(|(genre, _)| *genre == request.genre);
    let mut fitting: Vec<&String> = own
        .map_or(&defaults.places, |(_, places)| places)
        .iter()
        .collect();
    if !fitting
        .iter()
        .any(|place| !forbidden.occurs_in(&stems(place)))
    {
        fitting.extend(&defaults.places);
    }
    fitting.retain(|place| !forbidden.occurs_in(&stems(place)));
    rng.pick(&fitting)
        .map_or_else(|| "the house".to_owned(), |place| (*place).clone())
}

fn read<'g>(grammar: &'g Grammar, text: &str, owner: &str) -> Option<Setting<'g>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first().map(|word| bare(word)).unwrap_or_default();
    let bare_words = words.iter().map(|word| bare(word)).collect::<Vec<_>>();
    let known = grammar
        .places
        .iter()
        .find(|place| place.heads.contains(&head(&bare_words)));
    let known = known.or(grammar.places.last())?;
    if PREPOSITIONS.contains(&first.as_str()) && words.len() > 1 {
        let at = owned(&lower_first(text), owner);
        let rest = words
            .iter()
            .skip(1)
            .skip_while(|word| PREPOSITIONS.contains(&bare(word).as_str()));
        let the_place = owned(&rest.copied().collect::<Vec<_>>().join(" "), owner);
        return Some(Setting::new(known, the_place, at, None));
    }
    let the_place = named(&words, &first, owner);
    let proper = the_place == text && !nouns::determines(&first);
    let own = known.ats.get(&head(&bare_words)).map(String::as_str);
    let at = own.unwrap_or(if proper { "in" } else { known.at.as_str() });
    let again = Some(at).filter(|_| !proper);
    Some(Setting::new(
        known,
        the_place.clone(),
        format!("{at} {the_place}"),
        again,
    ))
}

impl<'g> Setting<'g> {
    /// With the preposition under which a part of its name is enough later on, if it is.
    fn new(words: &'g PlaceWords, the_place: String, at: String, cut: Option<&str>) -> Self {
        let brief = cut.map(|_| before_complement(&the_place));
        Self {
            the_place_again: brief.clone().unwrap_or_else(|| the_place.clone()),
            at_again: brief
                .zip(cut)
                .map_or_else(|| at.clone(), |(brief, cut)| format!("{cut} {brief}")),
            shop_again: before_complement(&words.shop),
            words,
            the_place,
            at,
        }
    }
}

/// A noun phrase without what follows its noun.
fn before_complement(phrase: &str) -> String {
    let words: Vec<&str> = phrase.split(' ').collect();
    let end = words
        .iter()
        .skip(2)
        .position(|word| PREPOSITIONS.contains(&bare(word).as_str()));
    words
        .get(..end.map_or(words.len(), |at| at + 2))
        .unwrap_or(&[])
        .join(" ")
}

/// The place with its article: `a lighthouse`, the lighthouse; `Lisbon`, Lisbon.
fn named(words: &[&str], first: &str, owner: &str) -> String {
    let text = words.join(" ");
    let rest = words.get(1..).unwrap_or(&[]).join(" ");
    match first {
        "a" | "an" | "the" | "one" | "some" if !rest.is_empty() => format!("the {rest}"),
        "my" | "our" if !rest.is_empty() => format!("{owner} {rest}"),
        _ if nouns::is_owner(first) || nouns::counts_many(first) => lower_first(&text),
        _ if text.chars().next().is_some_and(char::is_lowercase) && !owned_by_name(words) => {
            format!("the {text}")
        }
        _ => text,
    }
}

/// `grandma's garden`
fn owned_by_name(words: &[&str]) -> bool {
    words
        .first()
        .is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"))
}

/// `in my room`, told of somebody else.
fn owned(text: &str, owner: &str) -> String {
    let words = text.split(' ').map(|word| {
        if word.eq_ignore_ascii_case("my") {
            owner
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The head noun, which tells what sort of place it is.
fn head(bare_words: &[String]) -> String {
    let ends = |word: &String| PREPOSITIONS.contains(&word.as_str());
    let from = bare_words.iter().take_while(|word| ends(word)).count();
    let phrase = bare_words.get(from..).unwrap_or(&[]);
    let length = phrase.iter().position(ends).unwrap_or(phrase.len());
    let head = phrase
        .get(..length)
        .unwrap_or(&[])
        .last()
        .cloned()
        .unwrap_or_default();
    let has = |word: &str| bare_words.iter().any(|known| known == word);
    match head.as_str() {
        "station" | "ship" if has("space") => "station_space".to_owned(),
        _ if has("moon") => "moon".to_owned(),
        _ => head,
    }
}
