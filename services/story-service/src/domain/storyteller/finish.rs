//! The last touch: quotation marks, introductions, titles.

use super::{nouns, stage::Stage, story::sentences, wording::capital};
use crate::domain::wish::{Kind, Name};

/// Quotation marks within quotation marks become single ones.
pub(super) fn nest(paragraph: &str) -> String {
    let mut depth = 0_u32;
    let told = paragraph.chars().map(|c| match c {
        '“' => {
            depth += 1;
            if depth > 1 { '‘' } else { '“' }
        }
        '”' => {
            depth = depth.saturating_sub(1);
            if depth > 0 { '’' } else { '”' }
        }
        _ => c,
    });
    told.collect()
}

/// Names everybody who is neither child nor adult with their kind the first time: Otto the dog.
pub(super) fn introduce(stage: &Stage<'_>, mut paragraphs: Vec<&mut String>) {
    let hero = (&stage.request.hero.name, stage.request.hero.kind);
    let cast = stage
        .request
        .cast
        .members()
        .iter()
        .map(|member| (&member.name, member.kind));
    for (name, kind) in [hero].into_iter().chain(cast) {
        let told = matches!(kind, Kind::Child | Kind::Adult | Kind::Other)
            || name.as_str().to_lowercase().contains(kind.as_str());
        if !told {
            introduce_one(&mut paragraphs, name, kind);
        }
    }
}

fn introduce_one(paragraphs: &mut [&mut String], name: &Name, kind: Kind) {
    for paragraph in paragraphs.iter_mut() {
        for (at, _) in paragraph.match_indices(name.as_str()).collect::<Vec<_>>() {
            let (before, rest) = paragraph.split_at_checked(at).unwrap_or(("", ""));
            let after = rest.strip_prefix(name.as_str()).unwrap_or_default();
            if !is_whole(before, after) || open_quote(before) || after.starts_with(['’', '\'']) {
                continue;
            }
            if !before.ends_with("called ") {
                **paragraph = format!("{before}{} the {}{after}", name.as_str(), kind.as_str());
            }
            return;
        }
    }
}

/// Whether what stands between the two texts is a word of its own.
pub(super) fn is_whole(before: &str, after: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '-';
    !before.ends_with(letter) && !after.starts_with(letter)
}

/// Whether a text ends within quotation marks.
pub(super) fn open_quote(before: &str) -> bool {
    before.matches('“').count() > before.matches('”').count()
}

const LARGE: &[&str] = &[
    "is", "was", "are", "were", "be", "first", "that", "who", "which", "its", "his", "her",
    "their", "my", "our", "not", "no", "it", "i", "you", "we", "he", "she", "they", "your",
];

/// A title with its words in large letters, but for the small ones between.
pub(super) fn title(text: &str) -> String {
    let mut begins = true;
    let words = text.split(' ').map(|word| {
        let low = super::theme::bare(word);
        let quoted = word.starts_with(['“', '‘']);
        let first = std::mem::replace(&mut begins, word.ends_with(':'));
        let small = !first && !quoted && nouns::is_closed(&low) && !LARGE.contains(&low.as_str());
        if small {
            word.to_owned()
        } else {
            capital(word)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A teaser made of a story's beginning: its first sentence, or the first two when they are short.
pub(super) fn opening(paragraph: &str) -> String {
    const SHORT: usize = 60;
    let sentences = sentences(paragraph);
    let first = sentences.first().copied().unwrap_or_default();
    let mut told = first.to_owned();
    if let (true, Some(second)) = (first.chars().count() < SHORT, sentences.get(1)) {
        told = format!("{first} {second}");
    }
    if told.matches('“').count() > told.matches('”').count() {
        told.push('”');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_nest() {
        assert_eq!(
            nest("“It says “blue”,” he said."),
            "“It says ‘blue’,” he said."
        );
    }

    #[test]
    fn titles_are_large() {
        assert_eq!(
            title("the door that said “a map of rain”"),
            "The Door That Said “A Map of Rain”"
        );
        assert_eq!(title("today: the bear"), "Today: The Bear");
        assert_eq!(
            title("Mira and the long way round"),
            "Mira and the Long Way Round"
        );
    }
}
