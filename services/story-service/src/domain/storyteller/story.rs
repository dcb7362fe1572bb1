use super::{check::Finding, marks::Lends};

/// What a story will be: the same for every writer of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryPlan {
    /// The plot's id.
    pub plot: String,
    pub title: String,
    /// One sentence that makes curious and does not give the end away.
    pub teaser: String,
    /// Where it happens: `the lighthouse`.
    pub place: String,
    /// What happens, step by step; each is a scene.
    pub beats: Vec<PlannedBeat>,
    /// The versions of the grammar and of the engine; with them and the seed the same story is
    /// made again.
    pub grammar: String,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedBeat {
    pub name: String,
    /// What it does for the story.
    pub does: String,
}

/// A finished story.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub plan: StoryPlan,
    /// One for each beat of the plan.
    pub scenes: Vec<Scene>,
    pub word_count: usize,
    pub reading_grade: f32,
    /// What the checks still find: nothing, but for wishes that leave too little to say.
    pub findings: Vec<Finding>,
    /// The numbers of its sentences in the grammar.
    pub sentences: Vec<u32>,
    /// Pronouns of strangers in it.
    pub lends: Lends,
    /// How many drafts were written for it.
    pub drafts: usize,
}

/// What is told of one beat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    pub paragraphs: Vec<String>,
}

impl Story {
    /// Every paragraph in order.
    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.scenes
            .iter()
            .flat_map(|scene| &scene.paragraphs)
            .map(String::as_str)
    }

    /// The whole text without its title, paragraphs parted by an empty line.
    pub fn text(&self) -> String {
        self.paragraphs().collect::<Vec<_>>().join("\n\n")
    }
}

/// A story's text, whoever wrote it, for the checks.
#[derive(Debug, Clone)]
pub struct StoryText<'t> {
    pub title: String,
    pub teaser: String,
    pub paragraphs: Vec<String>,
    /// Where it should happen.
    pub place: &'t str,
    pub lends: Lends,
}

/// Nothing can be told: the grammar has no plots or no places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the grammar has nothing to tell")]
pub struct Untold;

/// The sentences of a paragraph, each with its closing quotation mark; a reader who listens gets them one by one.
pub fn sentences(paragraph: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = paragraph.trim();
    while !rest.is_empty() {
        let ends = rest
            .match_indices(['.', '!', '?', '…'])
            .find_map(|(at, mark)| {
                let after = rest.get(at + mark.len()..)?;
                let closed = after.trim_start_matches(['”', '’', '.', '!', '?']);
                let next = closed.trim_start();
                let begins = next.len() < closed.len()
                    && next.starts_with(|c: char| c.is_uppercase() || c == '“')
                    && !(mark == "." && is_abbreviation(rest.get(..at).unwrap_or_default()));
                (begins || next.is_empty()).then_some(rest.len() - next.len())
            });
        let (sentence, behind) = rest
            .split_at_checked(ends.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        found.push(sentence.trim_end());
        rest = behind;
    }
    found
}

/// Whether a dot belongs to the word before it: Mr. Finch, Ludwig B. Hill.
fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    matches!(word, "Mr" | "Mrs" | "Ms" | "Dr" | "St" | "Prof")
        || (word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I")
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn sentences_keep_their_quotes() {
        let found = sentences("“Look,” said Mira. “It is shaking!” It was. Clink, it went.");
        assert_eq!(
            found,
            [
                "“Look,” said Mira.",
                "“It is shaking!”",
                "It was.",
                "Clink, it went."
            ]
        );
        assert_eq!(
            sentences("“Where to?” she said."),
            ["“Where to?” she said."]
        );
        assert_eq!(
            sentences("Mr. Finch sat. So did I. Then he got up."),
            ["Mr. Finch sat.", "So did I.", "Then he got up."]
        );
        assert!(sentences(" ").is_empty());
    }
}
