//! How hard a text is to read: the Flesch–Kincaid grade.

use super::alt::count;
use crate::domain::wish::{AgeBand, words};

/// The grade of a text; about the school year that reads it with ease.
#[expect(clippy::cast_precision_loss, reason = "a story has some hundred words")]
pub fn reading_grade(text: &str) -> f32 {
    let sentences = text
        .split(['.', '!', '?', '…'])
        .filter(|sentence| count(sentence) > 0)
        .count();
    let (mut told, mut sounds) = (0_usize, 0_usize);
    for word in words(text) {
        told += 1;
        sounds += syllables(word);
    }
    if told == 0 || sentences == 0 {
        return 0.0;
    }
    let (told, sounds, sentences) = (told as f32, sounds as f32, sentences as f32);
    let grade = 0.39 * told / sentences + 11.8 * sounds / told - 15.59;
    (grade * 10.0).round() / 10.0
}

/// The highest grade that suits an age.
pub const fn highest_grade(age: AgeBand) -> f32 {
    match age {
        AgeBand::Young => 3.5,
        AgeBand::Middle => 5.5,
        AgeBand::Older => 7.5,
        AgeBand::Adult => 9.0,
    }
}

/// How many syllables an English word has, as far as its letters tell.
fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect();
    let vowel = |c: &char| "aeiouy".contains(*c);
    let starts = letters.iter().enumerate().filter(|(at, c)| {
        vowel(c)
            && !at
                .checked_sub(1)
                .and_then(|before| letters.get(before))
                .is_some_and(vowel)
    });
    let all = starts.count();
    let silent = match letters.as_slice() {
        [.., before, 'e'] => !vowel(before) && *before != 'l',
        [.., before, 'e', 's'] => !vowel(before) && !"lcgsxz".contains(*before),
        [.., before, 'e', 'd'] => !vowel(before) && !"td".contains(*before),
        _ => false,
    };
    (all - usize::from(silent && all > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted() {
        for (word, wanted) in [
            ("the", 1),
            ("lantern", 2),
            ("table", 2),
            ("stairs", 1),
            ("walked", 1),
            ("wanted", 2),
            ("every", 3),
            ("grumble", 2),
            ("makes", 1),
            ("houses", 2),
            ("a", 1),
            ("quiet", 1),
        ] {
            assert_eq!(syllables(word), wanted, "{word}");
        }
    }

    #[test]
    fn long_sentences_are_harder() {
        let easy = reading_grade("The cat sat. The cat ran. It was fun.");
        let hard = reading_grade(
            "The inconsiderate administrator deliberately contradicted every previous regulation.",
        );
        assert!(easy < 1.0 && hard > 10.0, "{easy} {hard}");
        assert!(reading_grade("").abs() < 0.1);
    }
}
