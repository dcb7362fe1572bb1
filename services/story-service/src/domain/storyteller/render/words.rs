//! The words that a token stands for, which depend on what was told before.

use super::Teller;
use crate::domain::storyteller::{
    clause,
    stage::Person,
    theme::Shape,
    token::{Form, Part, Token},
    wording::{kind, listed, mine, theme_part},
};

impl Teller<'_, '_> {
    /// What a token says here.
    pub(super) fn value(&mut self, token: &Token, turn: Option<usize>, unclear: bool) -> String {
        let stage = self.stage;
        match token {
            Token::Name(who) => stage
                .person(*who, turn)
                .map_or_else(String::new, |p| self.name(p)),
            Token::Owner(who) => stage
                .person(*who, turn)
                .map_or_else(String::new, |p| self.name(p) + "’s"),
            Token::Pronoun { who, form, verb } => {
                let Some(person) = stage.person(*who, turn) else {
                    return String::new();
                };
                self.pronoun(person, *form, verb.as_deref(), unclear)
            }
            Token::Agreeing(verb) if stage.theme.many => clause::many(verb),
            Token::Agreeing(verb) => verb.to_string(),
            Token::Others => {
                let others = 1..stage.request.cast.members().len();
                listed(
                    &others
                        .map(|at| stage.name(Person::Cast(at)))
                        .collect::<Vec<_>>(),
                )
            }
            Token::Missing => {
                let missing = self.draft.missing.iter();
                listed(
                    &missing
                        .map(|at| stage.name(Person::Cast(*at)))
                        .collect::<Vec<_>>(),
                )
            }
            Token::Kind => kind(stage.request.hero.kind, stage.request.hero.pronouns).to_owned(),
            Token::Theme(part @ (Part::Title | Part::Quoted | Part::Key)) => {
                theme_part(&stage.theme, *part)
            }
            Token::Theme(part @ (Part::About | Part::Thing)) => stage.told(&self.thing(*part)),
            Token::Theme(part) if self.quotes_theme => {
                mine(&theme_part(&stage.theme, *part), stage.theme.many)
            }
            Token::Theme(part) => stage.told(&theme_part(&stage.theme, *part)),
            Token::ThePlace => again(
                &mut self.known.place,
                &stage.setting.the_place,
                &stage.setting.the_place_again,
            ),
            Token::AtPlace => again(
                &mut self.known.place,
                &stage.setting.at,
                &stage.setting.at_again,
            ),
            Token::Shop => again(
                &mut self.known.shop,
                &stage.setting.words.shop,
                &stage.setting.shop_again,
            ),
            Token::Notice | Token::Pick(_) | Token::PickComma(_) => String::new(),
        }
    }

    /// A thing by a long name is told in full twice, in a short story once, and briefly from then on.
    fn thing(&mut self, part: Part) -> String {
        let theme = &self.stage.theme;
        self.known.theme = self.known.theme.saturating_add(1);
        let long = theme.shape == Shape::Thing && theme.about.split(' ').count() > 3;
        let full = if self.stage.request.words.get() < 230 {
            1
        } else {
            2
        };
        if long && self.known.theme > full {
            theme.briefly.clone()
        } else {
            theme_part(theme, part)
        }
    }

    fn name(&mut self, person: Person) -> String {
        match person {
            Person::Theme => {
                self.known.theme = self.known.theme.saturating_add(1);
                let theme = &self.stage.theme;
                self.stage.told(if self.known.theme > 1 {
                    &theme.short_again
                } else {
                    &theme.short
                })
            }
            _ => self.stage.name(person).to_owned(),
        }
    }

    fn pronoun(&mut self, person: Person, form: Form, verb: Option<&str>, unclear: bool) -> String {
        let voice = self.stage.voice(person);
        match (form, unclear) {
            (Form::Subject, true) => {
                let many = person == Person::Theme && self.stage.theme.many;
                let verb = verb.map(|verb| {
                    if many {
                        clause::many(verb)
                    } else {
                        verb.to_owned()
                    }
                });
                with_verb(&self.name(person), verb)
            }
            (Form::Possessive, true) => self.name(person) + "’s",
            _ => with_verb(voice.word(form), verb.map(|verb| voice.verb(verb))),
        }
    }
}

/// The long form the first time, the short one from then on.
fn again(known: &mut bool, long: &str, short: &str) -> String {
    let told = if *known { short } else { long };
    *known = true;
    told.to_owned()
}

fn with_verb(subject: &str, verb: Option<String>) -> String {
    verb.map_or_else(|| subject.to_owned(), |verb| format!("{subject} {verb}"))
}
