use super::{AvoidEntry, AvoidList, stems};

/// A set of tags, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TagBits(pub u64);

/// A text as the stems of its words.
pub type Stems = Vec<u64>;

/// What the grammar knows about things that readers avoid: which entries rule a tag out,
/// and which words fall under it.
#[derive(Debug, Clone, Default)]
pub struct AvoidTags(Vec<Tag>);

#[derive(Debug, Clone)]
struct Tag {
    name: String,
    called: Vec<Stems>,
    under: Vec<Stems>,
}

impl AvoidTags {
    /// How many tags there can be.
    pub const MAX: usize = 64;

    /// Adds a tag: its name, what a reader may call it, and the words under it.
    pub fn add(&mut self, name: &str, called: &[String], under: &[String]) {
        let all = |texts: &[String]| texts.iter().map(|text| bare_stems(text)).collect();
        let mut called: Vec<_> = all(called);
        called.push(stems(name));
        self.0.push(Tag {
            name: name.to_owned(),
            called,
            under: all(under),
        });
    }

    /// How many tags there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The bit of a tag.
    pub fn bit(&self, name: &str) -> Option<TagBits> {
        let at = self.0.iter().position(|tag| tag.name == name)?;
        Some(TagBits(1 << (at % Self::MAX)))
    }
}

/// An avoid list made ready for looking up.
#[derive(Debug, Clone, Default)]
pub struct Forbidden {
    tags: TagBits,
    /// The first stem of each phrase, sorted, with the rest of it.
    phrases: Vec<(u64, Stems)>,
}

impl Forbidden {
    /// Everything that the entries rule out: their words, inflections, and what is tagged so.
    pub fn new(list: &AvoidList, tags: &AvoidTags) -> Self {
        let mut all = Self::default();
        for entry in list.entries() {
            all.add(entry, tags);
        }
        all.phrases.sort_unstable();
        all.phrases.dedup();
        all
    }

    /// What one entry rules out by its own words alone.
    pub fn by_words(entry: &AvoidEntry) -> Self {
        let mut one = Self::default();
        one.push(&bare_stems(entry.as_str()));
        one
    }

    /// What one entry rules out.
    pub fn one(entry: &AvoidEntry, tags: &AvoidTags) -> Self {
        let mut one = Self::default();
        one.add(entry, tags);
        one.phrases.sort_unstable();
        one
    }

    fn add(&mut self, entry: &AvoidEntry, tags: &AvoidTags) {
        let phrase = bare_stems(entry.as_str());
        self.push(&phrase);
        for (at, tag) in tags.0.iter().enumerate() {
            if !phrase.is_empty() && tag.called.contains(&phrase) {
                self.tags.0 |= 1 << (at % AvoidTags::MAX);
                tag.under.iter().for_each(|words| self.push(words));
            }
        }
    }

    fn push(&mut self, phrase: &[u64]) {
        if let Some((first, rest)) = phrase.split_first() {
            self.phrases.push((*first, rest.to_vec()));
        }
    }

    /// Nothing is ruled out.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Whether one of the tags is ruled out.
    pub fn rules_out(&self, tags: TagBits) -> bool {
        self.tags.0 & tags.0 != 0
    }

    /// Whether a text holds a word or phrase that is ruled out.
    pub fn occurs_in(&self, text: &[u64]) -> bool {
        !self.is_empty() && (0..text.len()).any(|at| self.begins(text.get(at..).unwrap_or(&[])))
    }

    fn begins(&self, text: &[u64]) -> bool {
        let Some((first, rest)) = text.split_first() else {
            return false;
        };
        let from = self.phrases.partition_point(|(stem, _)| stem < first);
        let candidates = self.phrases.get(from..).unwrap_or(&[]).iter();
        candidates
            .take_while(|(stem, _)| stem == first)
            .any(|(_, phrase)| rest.starts_with(phrase))
    }
}

/// The stems of an entry without the article that may stand before it.
fn bare_stems(entry: &str) -> Stems {
    let lower = entry.trim().to_lowercase();
    let mut articles = ["the ", "a ", "an ", "any ", "all ", "no "].iter();
    let bare = articles.find_map(|article| lower.strip_prefix(article));
    stems(bare.unwrap_or(&lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> AvoidTags {
        let mut tags = AvoidTags::default();
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        tags.add(
            "dogs",
            &list(&["dogs", "animals"]),
            &list(&["dog", "puppy"]),
        );
        tags.add("shut", &list(&["being locked in"]), &list(&["locked"]));
        tags
    }

    #[track_caller]
    fn check(entry: &str, text: &str, occurs: bool) {
        let entry = AvoidEntry::parse(entry).unwrap();
        let list = AvoidList::parse(vec![entry.clone()]).unwrap();
        let forbidden = Forbidden::new(&list, &tags());
        assert_eq!(forbidden.occurs_in(&stems(text)), occurs, "{text}");
    }

    #[test]
    fn words_and_inflections_are_found() {
        check("spiders", "A spider sat down.", true);
        check("the dark", "It was getting darker.", true);
        check("falling", "She fell off.", true);
        check("hot dogs", "Two dogs were hot.", false);
        check("hot dogs", "He had a hot dog.", true);
    }

    #[test]
    fn tags_bring_their_words() {
        check("animals", "Two puppies slept.", true);
        check("dogs", "Two kittens slept.", false);
        check("Being locked in", "It was locked.", true);
    }

    #[test]
    fn tags_have_bits() {
        let list = AvoidList::parse(vec![AvoidEntry::parse("any animals").unwrap()]).unwrap();
        let forbidden = Forbidden::new(&list, &tags());
        assert!(forbidden.rules_out(tags().bit("dogs").unwrap()));
        assert!(!forbidden.rules_out(tags().bit("shut").unwrap()));
    }
}
