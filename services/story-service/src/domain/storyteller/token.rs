//! A sentence as pieces: text, and tokens that stand for what the wish and the world give.

use super::alt::Symbols;

/// Whom a token speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Hero,
    Companion,
    /// The one of the others whose turn it is.
    Each,
    /// The theme as a character.
    Theme,
}

/// Which word of a pronoun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Subject,
    Object,
    Possessive,
    Reflexive,
}

/// What a piece of the theme is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Full,
    Title,
    Fear,
    Wish,
    Wished,
    Lost,
    Clause,
    ClauseNow,
    Still,
    StillNow,
    Gerund,
    GerundShort,
    About,
    Quoted,
    Key,
    So,
    Asked,
    Noun,
    Thing,
    /// A thing without its complement: the map.
    Short,
}

/// The chosen one of several things that are decided once a story, and one of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PickPart {
    pub pick: u16,
    pub part: u16,
}

/// What stands in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Name(Who),
    /// A name with ’s.
    Owner(Who),
    Pronoun {
        who: Who,
        form: Form,
        verb: Option<Box<str>>,
    },
    /// A verb right behind the theme's name, which agrees with it.
    Agreeing(Box<str>),
    Others,
    Missing,
    Kind,
    Notice,
    Theme(Part),
    ThePlace,
    AtPlace,
    Shop,
    Pick(PickPart),
    /// The same, with a comma after it where it holds one.
    PickComma(PickPart),
}

/// A bit of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(Box<str>),
    Token {
        token: Token,
        capital: bool,
    },
    /// A new paragraph.
    Break,
}

/// Splits a sentence into its pieces; the error names the token that nothing stands for.
pub(super) fn pieces(text: &str, symbols: &mut Symbols<'_>) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    for (at, paragraph) in text.split('¶').enumerate() {
        if at > 0 {
            pieces.push(Piece::Break);
        }
        let mut rest = paragraph.trim();
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').ok_or("a brace is not closed")?;
            push_text(&mut pieces, before);
            let (name, capital) = name.strip_prefix('^').map_or((name, false), |n| (n, true));
            let token = token(name, symbols).ok_or_else(|| format!("unknown token {name}"))?;
            pieces.push(Piece::Token { token, capital });
            rest = after;
        }
        push_text(&mut pieces, rest);
    }
    Ok(pieces)
}

/// Adds a text; a verb that follows the theme's name becomes a token of its own.
fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    let behind_theme = matches!(
        pieces.last(),
        Some(Piece::Token {
            token: Token::Name(Who::Theme),
            ..
        })
    );
    let mut text = text;
    if behind_theme && let Some((lead, verb, rest)) = verb_behind(text) {
        pieces.push(Piece::Text(lead.into()));
        pieces.push(Piece::Token {
            token: Token::Agreeing(verb.into()),
            capital: false,
        });
        text = rest;
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text.into()));
    }
}

const NO_VERBS: &[&str] = &[
    "always",
    "sometimes",
    "perhaps",
    "as",
    "this",
    "besides",
    "towards",
    "across",
    "its",
    "his",
    "less",
    "alas",
    "afterwards",
    "ours",
    "ones",
    "yes",
];

/// Splits ` still is afraid` into ` still `, `is` and ` afraid`, if there is such a verb.
fn verb_behind(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 1;
    text.strip_prefix(' ')?;
    for word in text.split(' ').skip(1) {
        let bare = word.trim_end_matches(|c: char| !c.is_alphabetic());
        let adverb = matches!(
            bare,
            "still" | "never" | "always" | "often" | "also" | "only" | "just" | "now"
        );
        if adverb && bare == word {
            from += word.len() + 1;
            continue;
        }
        let verb = bare.len() > 1
            && bare.chars().all(|c| c.is_ascii_lowercase() || c == '’')
            && !NO_VERBS.contains(&bare)
            && (matches!(bare, "isn’t" | "wasn’t" | "hasn’t" | "doesn’t")
                || bare == "was"
                || (bare.ends_with('s') && !bare.ends_with("ss")));
        let (lead, rest) = text.split_at_checked(from)?;
        let (verb_text, tail) = rest.split_at_checked(bare.len())?;
        return verb.then_some((lead, verb_text, tail));
    }
    None
}

fn token(name: &str, symbols: &mut Symbols<'_>) -> Option<Token> {
    if let Some(found) = person(name) {
        return Some(found);
    }
    Some(match name {
        "others" => Token::Others,
        "missing" => Token::Missing,
        "kind" => Token::Kind,
        "notice" => Token::Notice,
        "the_place" => Token::ThePlace,
        "at" => Token::AtPlace,
        "shop" => Token::Shop,
        _ => match theme_part(name) {
            Some(part) => Token::Theme(part),
            None => return pick(name, symbols),
        },
    })
}

fn pick(name: &str, symbols: &mut Symbols<'_>) -> Option<Token> {
    let (bare, comma) = name.strip_suffix(',').map_or((name, false), |n| (n, true));
    let (pick, part) = bare.split_once('.').unwrap_or((bare, ""));
    if !symbols.knows_pick(pick, part) {
        return None;
    }
    let found = symbols.pick_part(pick, part)?;
    Some(if comma {
        Token::PickComma(found)
    } else {
        Token::Pick(found)
    })
}

fn theme_part(name: &str) -> Option<Part> {
    Some(match name {
        "theme" => Part::Full,
        "Theme" => Part::Title,
        "fear" => Part::Fear,
        "wish" => Part::Wish,
        "wished" => Part::Wished,
        "lost" => Part::Lost,
        "clause" => Part::Clause,
        "clause_now" => Part::ClauseNow,
        "still" => Part::Still,
        "still_now" => Part::StillNow,
        "G" => Part::Gerund,
        "g" => Part::GerundShort,
        "about" => Part::About,
        "quoted" => Part::Quoted,
        "key" => Part::Key,
        "so" => Part::So,
        "asked" => Part::Asked,
        "noun" => Part::Noun,
        "thing" => Part::Thing,
        "short" => Part::Short,
        _ => return None,
    })
}

fn person(name: &str) -> Option<Token> {
    let (bare, owner) = name.strip_suffix("’s").map_or((name, false), |n| (n, true));
    let who = |letter: &str| match letter {
        "H" => Some(Who::Hero),
        "C" => Some(Who::Companion),
        "E" => Some(Who::Each),
        "X" => Some(Who::Theme),
        _ => None,
    };
    if let Some(who) = who(bare) {
        return Some(if owner {
            Token::Owner(who)
        } else {
            Token::Name(who)
        });
    }
    let (who, rest) = match name.split_once('.') {
        Some((letter, rest)) => (who(letter)?, rest),
        None => (Who::Hero, name),
    };
    let (word, verb) = rest
        .split_once(' ')
        .map_or((rest, None), |(w, v)| (w, Some(v)));
    let form = match word {
        "she" => Form::Subject,
        "him" => Form::Object,
        "his" => Form::Possessive,
        "himself" => Form::Reflexive,
        _ => return None,
    };
    let verb = verb.map(Box::from);
    Some(Token::Pronoun { who, form, verb })
}
