//! What must be true of every story, whoever wrote it.

use std::collections::{HashMap, HashSet};

use super::{
    finish::is_whole,
    grade::{highest_grade, reading_grade},
    nouns,
    story::StoryText,
    theme::ThemeWords,
};
use crate::domain::wish::{AvoidTags, Forbidden, Pronouns, StoryRequest, stems, words};

/// Something that is wrong with a story.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Finding {
    #[error("a word or thing to be avoided occurs")]
    Avoided,
    #[error("somebody of the cast is not named")]
    CastMissing,
    #[error("the hero is named fewer than three times")]
    HeroSeldom,
    #[error("the hero is not in the first forty words")]
    HeroLate,
    #[error("a pronoun belongs to nobody")]
    StrangePronoun,
    #[error("quotation marks do not match")]
    Quotes,
    #[error("marks of the grammar or stray spaces are left")]
    Typography,
    #[error("a paragraph does not end on a sentence")]
    Ending,
    #[error("{words} words instead of {wanted}")]
    Length { words: usize, wanted: u16 },
    #[error("the theme is in fewer than three places")]
    ThemeSeldom,
    #[error("the place is not named")]
    PlaceMissing,
    #[error("phrases are repeated")]
    Repeats,
    #[error("a sentence is told twice")]
    SentenceTwice,
    #[error("too hard to read: grade {0}")]
    Grade(f32),
}

impl Finding {
    /// Whether a story with it must never be told: the list of things to avoid, names and pronouns.
    pub const fn is_grave(&self) -> bool {
        matches!(
            self,
            Self::Avoided
                | Self::CastMissing
                | Self::HeroSeldom
                | Self::StrangePronoun
                | Self::Quotes
                | Self::Typography
        )
    }
}

/// Everything that is wrong with a story; strangers may bring pronouns of their own.
pub fn check(request: &StoryRequest, tags: &AvoidTags, text: &StoryText<'_>) -> Vec<Finding> {
    let theme = ThemeWords::read(request.theme.as_str());
    let body = text.paragraphs.join("\n");
    let whole = format!("{}\n{}\n{body}", text.title, text.teaser);
    let check = Check {
        request,
        theme,
        text,
        body,
        whole,
    };
    let mut found = Vec::new();
    let mut need = |holds: bool, finding: Finding| found.extend((!holds).then_some(finding));
    need(check.avoids(tags), Finding::Avoided);
    need(check.names_all(), Finding::CastMissing);
    need(check.hero_count() >= 3, Finding::HeroSeldom);
    need(check.hero_early(), Finding::HeroLate);
    need(check.pronouns_belong(), Finding::StrangePronoun);
    need(check.quotes_match(), Finding::Quotes);
    need(check.is_clean(), Finding::Typography);
    need(check.ends_well(), Finding::Ending);
    let (count, wanted) = (word_count(&check.body), request.words.get());
    need(
        (85..=115).contains(&(100 * count / usize::from(wanted))),
        Finding::Length {
            words: count,
            wanted,
        },
    );
    need(check.theme_places() >= 3, Finding::ThemeSeldom);
    need(check.names_place(text.place), Finding::PlaceMissing);
    need(!check.repeats(), Finding::Repeats);
    need(!check.sentence_twice(), Finding::SentenceTwice);
    let grade = reading_grade(&check.body);
    need(
        grade <= highest_grade(request.age_band),
        Finding::Grade(grade),
    );
    found
}

/// How many words a text has, as a reader counts them.
pub fn word_count(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}

struct Check<'c> {
    request: &'c StoryRequest,
    theme: ThemeWords,
    text: &'c StoryText<'c>,
    body: String,
    whole: String,
}

impl Check<'_> {
    fn names(&self) -> Vec<&str> {
        let cast = self
            .request
            .cast
            .members()
            .iter()
            .map(|member| member.name.as_str());
        [self.request.hero.name.as_str()]
            .into_iter()
            .chain(cast)
            .collect()
    }

    /// Names are exempt: what they mean is not what they are.
    fn avoids(&self, tags: &AvoidTags) -> bool {
        let mut text = self.whole.clone();
        for name in self.names() {
            text = text.replace(name, "·");
        }
        !Forbidden::new(&self.request.avoid, tags).occurs_in(&stems(&text))
    }

    fn names_all(&self) -> bool {
        self.names()
            .iter()
            .all(|name| mentions(&self.body, name) > 0)
    }

    fn hero_count(&self) -> usize {
        mentions(&self.body, self.request.hero.name.as_str())
    }

    fn hero_early(&self) -> bool {
        let name = self.request.hero.name.as_str();
        let early = self
            .body
            .split_whitespace()
            .take(40 + name.split(' ').count() - 1);
        mentions(&early.collect::<Vec<_>>().join(" "), name) > 0
    }

    fn pronouns_belong(&self) -> bool {
        let mut text = format!(" {} ", self.body);
        for own in [
            self.request.theme.as_str(),
            &self.theme.theme,
            &self.theme.full,
        ] {
            text = text.replace(own, " ");
        }
        let cast = self
            .request
            .cast
            .members()
            .iter()
            .map(|member| member.pronouns);
        let of_people: Vec<Pronouns> = cast.chain([self.request.hero.pronouns]).collect();
        let allowed = |pronouns, words: &[&str], lent| {
            lent || of_people.contains(&pronouns)
                || self.theme.pronoun_is(pronouns)
                || !words_of(&text).any(|word| words.contains(&word.as_str()))
        };
        allowed(
            Pronouns::She,
            &["she", "her", "hers", "herself"],
            self.text.lends.she,
        ) && allowed(
            Pronouns::He,
            &["he", "him", "his", "himself"],
            self.text.lends.he,
        )
    }

    fn quotes_match(&self) -> bool {
        let paragraphs = self.text.paragraphs.iter();
        paragraphs
            .chain([&self.text.title, &self.text.teaser])
            .all(|paragraph| {
                let mut open = false;
                let matched = paragraph.chars().all(|c| match c {
                    '“' => !std::mem::replace(&mut open, true),
                    '”' => std::mem::replace(&mut open, false),
                    _ => true,
                });
                matched && !open
            })
    }

    fn is_clean(&self) -> bool {
        let place = self
            .request
            .place
            .as_ref()
            .map_or("", |place| place.as_str());
        let mut text = self.whole.clone();
        for own in [
            self.request.theme.as_str(),
            &self.theme.theme,
            &self.theme.full,
            &self.theme.short,
            place,
        ] {
            if !own.is_empty() {
                text = text.replace(own, "·");
            }
        }
        let foreign = text.contains(['{', '}', '[', ']', '#', '¶']);
        let own_marks = [&self.request.theme.as_str(), &place]
            .iter()
            .any(|own| own.contains(['{', '}', '[', ']', '#', '¶']));
        let stray = ["  ", " ,", " .", " ;", " !", " ?", "..", ",,"]
            .iter()
            .any(|stray| text.contains(stray));
        (!foreign || own_marks) && !stray
    }

    fn ends_well(&self) -> bool {
        let mut paragraphs = self.text.paragraphs.iter();
        paragraphs.all(|text| {
            text.trim_end_matches(['”', '’'])
                .ends_with(['.', '!', '?', '…'])
        }) && !self.text.paragraphs.is_empty()
    }

    fn theme_places(&self) -> usize {
        let mut told: Vec<String> = self.theme.content.clone();
        let derived = format!(
            "{} {} {}",
            self.theme.wished, self.theme.gerund_short, self.theme.clause
        );
        told.extend(words_of(&derived).filter(|word| !nouns::is_closed(word)));
        let verbatim = self.theme.theme.to_lowercase();
        let places = self.text.paragraphs.iter().chain([&self.text.title]);
        let has = |text: &&String| {
            words_of(text).any(|word| told.contains(&word))
                || text.to_lowercase().contains(&verbatim)
        };
        places.filter(has).count()
    }

    /// Whether two in a hundred groups of four words, or any group of nine, come again.
    /// The theme has to come again, so that it counts as one word.
    fn repeats(&self) -> bool {
        let mut text = self.body.to_lowercase();
        let theme = &self.theme;
        for own in [&theme.full, &theme.theme, &theme.gerund_short, &theme.about] {
            if own.contains(' ') {
                text = text.replace(&own.to_lowercase(), "theme");
            }
        }
        let words: Vec<String> = words_of(&text).collect();
        let again = |n: usize| {
            let mut seen: HashMap<&[String], usize> = HashMap::new();
            for group in words.windows(n) {
                *seen.entry(group).or_default() += 1;
            }
            seen.values().map(|times| times - 1).sum::<usize>()
        };
        again(4) * 50 >= words.len().saturating_sub(3).max(1) || again(9) > 0
    }

    fn sentence_twice(&self) -> bool {
        let mut text = self.body.clone();
        // A name may have a dot in it.
        for name in self.names() {
            text = text.replace(name, "somebody");
        }
        let mut seen = HashSet::new();
        let sentences = text
            .split(['.', '!', '?', '\n'])
            .map(|sentence| sentence.trim_matches(|c: char| !c.is_alphanumeric()));
        sentences
            .filter(|sentence| word_count(sentence) > 3)
            .any(|sentence| !seen.insert(sentence))
    }

    fn names_place(&self, place: &str) -> bool {
        let last = words_of(place).last().unwrap_or_default();
        words_of(&self.body).any(|word| word == last) || self.body.contains(place)
    }
}

/// The words of a text in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    words(text).map(str::to_lowercase)
}

/// How often a name stands in a text as a word of its own.
fn mentions(text: &str, name: &str) -> usize {
    let places = text.match_indices(name).filter(|(at, _)| {
        let (before, rest) = text.split_at_checked(*at).unwrap_or(("", ""));
        is_whole(before, rest.strip_prefix(name).unwrap_or_default())
    });
    places.count()
}
