//! Themes that are somebody with a trouble: `a kite that wants to see the sea`.

use super::{
    clause, nouns,
    theme::{Shape, ThemePronoun, ThemeWords, is_preposition, second_mention},
};

/// Where the clause of a theme begins, and how it reads with a subject before it.
struct Trouble {
    /// How many words the noun phrase has.
    noun: usize,
    /// The clause in the present.
    now: String,
    /// How it is joined to the noun when told in full; empty: the theme's own words.
    rel: String,
    alive: bool,
}

/// Reads a theme as a character, if it is one.
pub(super) fn read(theme: &mut ThemeWords, words: &[&str], lower: &[String]) -> bool {
    let first = lower.first().map(String::as_str).unwrap_or_default();
    if !nouns::determines(first) {
        return false;
    }
    let many = nouns::counts_many(first);
    if let Some((noun, feeling)) = feeling(words, lower) {
        let trouble = Trouble {
            noun: 2,
            now: feeling,
            rel: "that".into(),
            alive: false,
        };
        let article = words.first().copied().unwrap_or_default();
        let phrase = [if article == "an" { "a" } else { article }, noun];
        let low = [
            lower.first().cloned().unwrap_or_default(),
            noun.to_lowercase(),
        ];
        fill(theme, &phrase, &low, &trouble, many);
        theme.title = second_mention(words, lower);
        return true;
    }
    let found = relative(words, lower)
        .or_else(|| afraid(words, lower))
        .or_else(|| loose(words, lower));
    let Some(trouble) = found else {
        return false;
    };
    fill(theme, words, lower, &trouble, many)
}

/// `a shy dragon`, `a very lonely star`.
fn feeling<'w>(words: &[&'w str], lower: &[String]) -> Option<(&'w str, String)> {
    let skip = usize::from(lower.get(1).is_some_and(|word| word == "very"));
    let (adjective, noun) = (lower.get(1 + skip)?, words.get(2 + skip)?);
    let fits = words.len() == 3 + skip && nouns::is_feeling(adjective);
    let be = if nouns::is_plural(&noun.to_lowercase()) {
        "are"
    } else {
        "is"
    };
    fits.then(|| {
        (
            *noun,
            format!("{be} {}{adjective}", if skip == 1 { "very " } else { "" }),
        )
    })
}

/// `… that / who / which …`
fn relative(words: &[&str], lower: &[String]) -> Option<Trouble> {
    let at = lower
        .iter()
        .position(|word| matches!(word.as_str(), "that" | "who" | "which"))?;
    let rel = lower.get(at)?.clone();
    let clause = words.get(at + 1..)?;
    let verb = lower.get(at + 1)?;
    let object = nouns::determines(verb)
        || matches!(
            verb.as_str(),
            "i" | "you"
                | "we"
                | "he"
                | "she"
                | "they"
                | "nobody"
                | "somebody"
                | "everybody"
                | "someone"
                | "everyone"
        );
    if at < 2 || clause.is_empty() || object {
        return None;
    }
    Some(Trouble {
        noun: at,
        now: clause.join(" "),
        alive: rel == "who",
        rel,
    })
}

/// `a lantern afraid of the dark`
fn afraid(words: &[&str], lower: &[String]) -> Option<Trouble> {
    let at = lower
        .iter()
        .position(|w| matches!(w.as_str(), "afraid" | "scared" | "frightened"))?;
    let next = lower.get(at + 1)?;
    let fits = at >= 2 && matches!(next.as_str(), "of" | "to");
    fits.then(|| Trouble {
        noun: at,
        now: format!("is {}", words.get(at..).unwrap_or(&[]).join(" ")),
        rel: "that".into(),
        alive: false,
    })
}

/// `a fox looking for a friend`, `a kite stuck in a tree`, `a snail without a shell`
fn loose(words: &[&str], lower: &[String]) -> Option<Trouble> {
    let at = (2..lower.len()).find(|at| begins_clause(lower, *at))?;
    let earlier = lower.get(1..at)?.iter().any(|word| is_preposition(word));
    let clause = words.get(at..)?.join(" ");
    (!earlier).then(|| Trouble {
        noun: at,
        now: format!("is {clause}"),
        rel: String::new(),
        alive: false,
    })
}

fn begins_clause(lower: &[String], at: usize) -> bool {
    let (Some(word), next) = (lower.get(at), lower.get(at + 1)) else {
        return false;
    };
    let goes_on = next.is_none_or(|next| {
        is_preposition(next)
            || nouns::determines(next)
            || matches!(next.as_str(), "alone" | "backwards" | "away")
    });
    let participle = matches!(
        word.as_str(),
        "stuck"
            | "lost"
            | "caught"
            | "trapped"
            | "forgotten"
            | "hidden"
            | "locked"
            | "left"
            | "stranded"
    );
    (nouns::is_gerund(word) && goes_on)
        || (participle && next.is_some_and(|next| is_preposition(next)))
        || (word == "without" && next.is_some())
}

fn fill(
    theme: &mut ThemeWords,
    words: &[&str],
    lower: &[String],
    trouble: &Trouble,
    many: bool,
) -> bool {
    let phrase = words.get(..trouble.noun).unwrap_or(words);
    let phrase_low = lower.get(..trouble.noun).unwrap_or(lower);
    let end = phrase_low
        .iter()
        .skip(1)
        .position(|word| is_preposition(word));
    let head = end.map_or(phrase_low.last(), |at| phrase_low.get(at));
    let head = head.cloned().unwrap_or_default();
    let many = many || nouns::is_plural(&head);
    let now = agree(&trouble.now, many);
    let past = clause::past(&now);
    let short = second_mention(phrase, phrase_low);
    short.trim_end_matches(',').clone_into(&mut theme.short);
    theme.short_again.clone_from(&theme.short);
    if theme.short.split(' ').count() > 3 {
        let start = theme.short.split(' ').next().unwrap_or_default();
        theme.short_again = format!("{start} {head}");
    }
    theme.about.clone_from(&theme.short);
    let noun = phrase.get(1..).unwrap_or(&[]).join(" ");
    noun.trim_end_matches(',').clone_into(&mut theme.noun);
    let given = phrase.join(" ");
    let given = given.trim_end_matches(',');
    let rest = words.get(trouble.noun..).unwrap_or(&[]).join(" ");
    (theme.full, theme.title) = match trouble.rel.as_str() {
        "" => (theme.theme.clone(), format!("{} {rest}", theme.short)),
        rel => (
            format!("{given} {rel} {past}"),
            format!("{} {rel} {past}", theme.short),
        ),
    };
    (theme.clause, theme.clause_now) = (past, now);
    theme.many = many;
    theme.describe(&head);
    if trouble.alive && !theme.flags.contains(&"mind") {
        theme.flags.retain(|flag| *flag != "thing");
        theme.flags.extend(["alive", "mind"]);
    }
    theme.flags.extend(many.then_some("many"));
    theme.pronoun = pronoun(&head, &theme.clause_now, many);
    shape(theme);
    true
}

/// The clause in the present, in the number of its subject.
fn agree(clause: &str, many: bool) -> String {
    if let Some(lost) = clause.strip_prefix("lost ") {
        return format!("{} lost {lost}", if many { "have" } else { "has" });
    }
    match clause.strip_prefix("is ") {
        Some(rest) if many => format!("are {rest}"),
        _ => clause.to_owned(),
    }
}

fn pronoun(head: &str, clause: &str, many: bool) -> ThemePronoun {
    let mut owner = clause.split_whitespace().map(super::theme::bare);
    let owner =
        owner.find(|w| matches!(w.as_str(), "his" | "her" | "their" | "its" | "he" | "she"));
    match owner.as_deref() {
        _ if many => ThemePronoun::They,
        _ if nouns::is_she(head) => ThemePronoun::She,
        _ if nouns::is_he(head) => ThemePronoun::He,
        Some("his" | "he") => ThemePronoun::He,
        Some("her" | "she") => ThemePronoun::She,
        Some("their") => ThemePronoun::They,
        _ => ThemePronoun::It,
    }
}

/// Reads fear, wish or loss off the clause.
fn shape(theme: &mut ThemeWords) {
    let now = theme.clause_now.replace('\'', "’");
    theme.shape = Shape::Odd;
    if let Some(fear) = fear(&now) {
        (theme.shape, theme.matter) = (Shape::Fear, fear);
    } else if let Some((wish, having)) = wish(&now) {
        theme.shape = Shape::Wish;
        theme.wished = clause::past(&wish);
        if theme.many
            && let Some(rest) = theme.wished.strip_prefix("was ")
        {
            theme.wished = format!("were {rest}");
        }
        theme.matter = wish;
        theme.flags.extend(having.then_some("having"));
    } else if let Some(lost) = loss(&now) {
        (theme.shape, theme.matter) = (Shape::Loss, lost);
    }
}

/// What follows one of these beginnings.
fn after<'c>(clause: &'c str, beginnings: &[&str]) -> Option<&'c str> {
    let rest = beginnings
        .iter()
        .find_map(|beginning| clause.strip_prefix(beginning));
    rest.map(str::trim).filter(|rest| !rest.is_empty())
}

fn fear(clause: &str) -> Option<String> {
    let be = after(
        clause,
        &["is very ", "are very ", "is ", "are ", "was ", "were "],
    )
    .unwrap_or(clause);
    let of = after(
        be,
        &[
            "afraid of ",
            "scared of ",
            "frightened of ",
            "terrified of ",
            "fears ",
            "fear ",
        ],
    );
    let to = after(be, &["afraid to ", "scared to ", "frightened to "]).map(|rest| {
        let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        format!("{} {rest}", clause::gerund(verb)).trim().to_owned()
    });
    of.map(str::to_owned).or(to)
}

/// The wish as an infinitive, and whether it is for something to have.
fn wish(clause: &str) -> Option<(String, bool)> {
    let to = after(
        clause,
        &[
            "wants to ",
            "want to ",
            "wanted to ",
            "wishes to ",
            "longs to ",
            "hopes to ",
            "would like to ",
            "would love to ",
            "dreams to ",
            "wish to ",
            "long to ",
            "hope to ",
            "is trying to ",
            "are trying to ",
            "needs to ",
            "need to ",
        ],
    );
    let search = after(
        clause,
        &[
            "is looking for ",
            "are looking for ",
            "is searching for ",
            "are searching for ",
        ],
    );
    let have = after(
        clause,
        &[
            "wants ",
            "want ",
            "needs ",
            "need ",
            "longs for ",
            "wishes for ",
        ],
    );
    let way = missing(clause).filter(|lost| ends_with(lost, &["way", "voice", "balance"]));
    to.map(|wish| (wish.to_owned(), false))
        .or_else(|| way.map(|lost| (format!("find {lost}"), false)))
        .or_else(|| search.map(|what| (format!("find {what}"), false)))
        .or_else(|| have.map(|what| (format!("have {what}"), true)))
}

/// What was lost, as the clause has it.
fn missing(clause: &str) -> Option<&str> {
    after(
        clause,
        &[
            "has lost ",
            "have lost ",
            "lost ",
            "had lost ",
            "cannot find ",
            "can’t find ",
            "could not find ",
            "couldn’t find ",
        ],
    )
}

fn ends_with(text: &str, words: &[&str]) -> bool {
    text.split(' ')
        .next_back()
        .is_some_and(|last| words.contains(&last))
}

fn loss(clause: &str) -> Option<String> {
    let lost = missing(clause)?;
    let other = matches!(lost, "each other" | "one another");
    (!other && !ends_with(lost, &["heart", "temper"])).then(|| lost.to_owned())
}
