use super::{clause, theme::ThemePronoun, token::Form};
use crate::domain::wish::Pronouns;

/// The words of a pronoun: she, her, her, herself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Voice(&'static [&'static str; 4]);

const SHE: Voice = Voice(&["she", "her", "her", "herself"]);
const HE: Voice = Voice(&["he", "him", "his", "himself"]);
const IT: Voice = Voice(&["it", "it", "its", "itself"]);
const THEY: Voice = Voice(&["they", "them", "their", "themselves"]);

impl From<Pronouns> for Voice {
    fn from(pronouns: Pronouns) -> Self {
        match pronouns {
            Pronouns::She => SHE,
            Pronouns::He => HE,
            Pronouns::They => THEY,
        }
    }
}

impl From<ThemePronoun> for Voice {
    fn from(pronoun: ThemePronoun) -> Self {
        match pronoun {
            ThemePronoun::She => SHE,
            ThemePronoun::He => HE,
            ThemePronoun::It => IT,
            ThemePronoun::They => THEY,
        }
    }
}

impl Voice {
    /// One of its words.
    pub fn word(self, form: Form) -> &'static str {
        let [subject, object, possessive, reflexive] = self.0;
        match form {
            Form::Subject => subject,
            Form::Object => object,
            Form::Possessive => possessive,
            Form::Reflexive => reflexive,
        }
    }

    /// A verb behind it, given as for `she`.
    pub fn verb(self, verb: &str) -> String {
        if self == THEY {
            clause::many(verb)
        } else {
            verb.to_owned()
        }
    }
}
