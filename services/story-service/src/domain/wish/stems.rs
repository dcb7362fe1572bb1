//! Words reduced to a stem, so that an inflection is recognised as the same word.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::char::is_combining_mark;

/// The words of a text: letters and digits, joined by apostrophes and hyphens.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !in_word(c))
        .map(|word| word.trim_matches(['\'', '’', '-']))
        .filter(|word| !word.is_empty())
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '\'' | '’' | '-')
}

/// The stems of all words of a text, each as a number that stands for it.
pub fn stems(text: &str) -> Vec<u64> {
    words(text)
        .flat_map(|word| word.split('-'))
        .filter(|word| !word.is_empty())
        .map(|word| number(&stem(word)))
        .collect()
}

/// FNV-1a: the same on every machine.
fn number(stem: &str) -> u64 {
    stem.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A word without its inflection; related words share it, unrelated ones seldom do.
pub fn stem(word: &str) -> String {
    let mut word = word.to_lowercase();
    for ending in ["'s", "’s", "'", "’"] {
        if let Some(bare) = word.strip_suffix(ending) {
            word.truncate(bare.len());
            break;
        }
    }
    if let Some(base) = IRREGULAR_FORMS.get(word.as_str()) {
        (*base).clone_into(&mut word);
    }
    if let Some(bare) = word
        .strip_suffix("ies")
        .or_else(|| word.strip_suffix("ied"))
    {
        word = format!("{bare}y");
    }
    let whole = word.clone();
    strip_inflection(&mut word);
    if SHORT_WORDS.contains(&word.as_str()) {
        return whole;
    }
    if word.chars().count() > 3 && word.ends_with(['e', 'y']) {
        word.pop();
    }
    if SHORT_WORDS.contains(&word.as_str()) {
        return whole;
    }
    word
}

/// What is left of herring, or of here, must not be her.
const SHORT_WORDS: &[&str] = &[
    "her", "his", "him", "the", "and", "for", "was", "are", "had", "has", "not", "but", "all",
    "any", "out", "its", "in", "on", "of", "to", "so", "up", "one", "who", "why", "how", "off",
];

fn strip_inflection(word: &mut String) {
    for endings in [&["es", "s"][..], &["ed", "ing", "er"][..]] {
        let bare = endings.iter().find_map(|ending| {
            let bare = word.strip_suffix(ending)?;
            let stays = *ending == "s" && bare.ends_with('s');
            (bare.chars().count() >= 3 && !stays).then_some(bare.len())
        });
        word.truncate(bare.unwrap_or(word.len()));
    }
    let mut last = word.chars().rev();
    if let (Some(a), Some(b)) = (last.next(), last.next())
        && a == b
        && "bdgmnprt".contains(a)
    {
        word.pop();
    }
}

static IRREGULAR_FORMS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let plurals = PLURALS
        .split_whitespace()
        .filter_map(|pair| pair.split_once(':'));
    let verbs = VERBS.split_whitespace().flat_map(|verb| {
        let mut forms = verb.split(':');
        let base = forms.next().unwrap_or_default();
        forms.map(move |form| (form, base))
    });
    verbs.chain(plurals).collect()
});

const PLURALS: &str = "mice:mouse wolves:wolf geese:goose children:child men:man women:woman \
    knives:knife leaves:leaf feet:foot teeth:tooth elves:elf thieves:thief loaves:loaf \
    shelves:shelf halves:half calves:calf people:person lice:louse oxen:ox dice:die lives:life \
    wives:wife scarves:scarf darkness:dark darkest:dark darken:dark";

/// Irregular verbs: base, past, and the participle where it differs.
pub const VERBS: &str = "see:saw:seen go:went:gone fly:flew:flown sing:sang:sung swim:swam:swum \
    find:found make:made learn:learned:learnt meet:met get:got know:knew:known sleep:slept \
    speak:spoke:spoken tell:told think:thought take:took:taken give:gave:given come:came run:ran \
    grow:grew:grown feel:felt keep:kept leave:left lose:lost write:wrote:written sit:sat \
    stand:stood hear:heard ride:rode:ridden eat:ate:eaten drink:drank:drunk fall:fell:fallen \
    become:became build:built buy:bought catch:caught draw:drew:drawn dream:dreamed:dreamt \
    forget:forgot:forgotten hide:hid:hidden hold:held shine:shone win:won wear:wore:worn say:said \
    bring:brought begin:began:begun blow:blew:blown break:broke:broken dig:dug teach:taught \
    wake:woke:woken send:sent sell:sold sting:stung shake:shook:shaken lie:lay:lain bite:bit:bitten \
    burn:burned:burnt drown:drowned choose:chose:chosen climb:climbed fight:fought freeze:froze:frozen \
    kneel:knelt lead:led leap:leapt pay:paid ring:rang:rung rise:rose:risen sink:sank:sunk \
    spin:spun steal:stole:stolen stick:stuck strike:struck swear:swore:sworn sweep:swept \
    swing:swung tear:tore:torn throw:threw:thrown weave:wove:woven weep:wept wind:wound \
    shoot:shot spend:spent spill:spilled:spilt lend:lent lean:leaned:leant mean:meant melt:melted:molten \
    creep:crept drive:drove:driven feed:fed flee:fled hang:hung hurt:hurt kill:killed die:died";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(words: &[&str]) {
        let stems: Vec<_> = words.iter().map(|word| stem(word)).collect();
        assert!(stems.iter().all(|s| *s == stems[0]), "{words:?}: {stems:?}");
    }

    #[test]
    fn inflections_share_a_stem() {
        same(&["spider", "spiders", "Spider’s"]);
        same(&["fall", "falling", "fell", "fallen", "falls"]);
        same(&["berry", "berries"]);
        same(&["wolf", "wolves"]);
        same(&["swim", "swimming", "swam"]);
        same(&["bake", "baked", "baking"]);
        same(&["dark", "darkness"]);
        same(&["lost", "losing"]);
    }

    #[test]
    fn other_words_do_not() {
        assert_ne!(stem("bee"), stem("bed"));
        assert_ne!(stem("cat"), stem("cart"));
        assert_ne!(stem("king"), stem("kite"));
        assert_ne!(stem("herring"), stem("her"));
        assert_ne!(stem("here"), stem("her"));
        assert_ne!(stem("they"), stem("the"));
    }

    #[test]
    fn words_keep_their_joiners() {
        let found: Vec<_> = words("“O'Hara’s ninety-one steps,” – 'tis José").collect();
        assert_eq!(found, ["O'Hara’s", "ninety-one", "steps", "tis", "José"]);
    }
}
