//! A wish made ready for telling: who is there, where, and which flags hold from the start.

use std::cell::RefCell;

use super::{
    alt::Alt,
    flags::Flags,
    grammar::{Grammar, KindWords},
    place::{Setting, setting},
    rng::Rng,
    theme::ThemeWords,
    token::{Form, Who},
    voice::Voice,
};
use crate::domain::wish::{AgeBand, Forbidden, Genre, Kind, StoryRequest, stems};

/// Everything about a wish that does not depend on the plot.
#[derive(Debug)]
pub(super) struct Stage<'g> {
    pub grammar: &'g Grammar,
    pub request: &'g StoryRequest,
    pub theme: ThemeWords,
    pub setting: Setting<'g>,
    pub forbidden: Forbidden,
    pub flags: Flags,
    /// The flag `brief`, which is a colour but draws nobody.
    brief: Option<u16>,
    /// How many words a sentence may have for a small listener, if it is one.
    pub longest: Option<u16>,
    /// What the avoid list says of a sentence, once asked.
    verdicts: RefCell<Vec<Option<bool>>>,
}

/// Who of the story a token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    Hero,
    Cast(usize),
    Theme,
}

impl<'g> Stage<'g> {
    /// Reads a wish; none when the grammar knows no place at all.
    pub fn set(grammar: &'g Grammar, request: &'g StoryRequest, seed: u64) -> Option<Self> {
        let forbidden = Forbidden::new(&request.avoid, &grammar.tags);
        let theme = ThemeWords::read(request.theme.as_str());
        let owner = Voice::from(request.hero.pronouns).word(Form::Possessive);
        let mut rng = Rng::new(seed, 0x91ace);
        let setting = setting(grammar, request, owner, &forbidden, &mut rng)?;
        let mut stage =
            Self {
                grammar,
                request,
                theme,
                setting,
                forbidden,
                flags: Flags::default(),
                brief: grammar.flags.find("brief"),
                longest: (request.age_band == AgeBand::Young)
                    .then_some(if request.words.get() < 400 { 14 } else { 20 }),
                verdicts: RefCell::new(vec![None; grammar.sentences as usize]),
            };
        let names = stage.flag_names();
        stage.flags = grammar.flags.set(names).and(&stage.setting.words.flags);
        Some(stage)
    }

    fn flag_names(&self) -> Vec<&'static str> {
        let request = self.request;
        let mut names = vec![
            age(request.age_band),
            request.tone.as_str(),
            genre(request.genre),
        ];
        names.push(self.theme.shape.as_str());
        names.extend(self.theme.flags.iter().copied());
        let mut add = |holds: bool, name| names.extend(holds.then_some(name));
        let others = self.others();
        let words = request.words.get();
        add(self.human(), "human");
        add(
            self.kind(request.hero.kind).is_some_and(|kind| kind.hands),
            "hands",
        );
        add(!request.cast.members().is_empty(), "c1");
        add(others == 1, "e1");
        add(others > 1, "e2");
        add(self.talks(0), "ctalk");
        add(self.has_hands(0), "Chands");
        add(
            others * 70 > usize::from(words.saturating_sub(150)),
            "crowd",
        );
        add(words < 650, "brief");
        add(words < 230, "tiny");
        add(words >= 230, "pact");
        add(words >= 330, "long");
        add(words >= 450, "w450");
        add(words >= 650, "w650");
        add(words >= 900, "w900");
        names
    }

    /// How many there are besides hero and companion.
    pub fn others(&self) -> usize {
        self.request.cast.members().len().saturating_sub(1)
    }

    fn human(&self) -> bool {
        matches!(self.request.hero.kind, Kind::Child | Kind::Adult)
    }

    pub fn kind(&self, kind: Kind) -> Option<&'g KindWords> {
        let found = self.grammar.kinds.iter().find(|(known, _)| *known == kind);
        found.map(|(_, words)| words)
    }

    /// Whether somebody of the cast speaks: their kind does, or every animal of this story.
    pub fn talks(&self, at: usize) -> bool {
        self.request.cast.members().get(at).is_some_and(|member| {
            let able = self.kind(member.kind).is_some_and(|kind| kind.talks);
            able || !self.human() || self.request.genre == Genre::Animal
        })
    }

    /// Whether somebody of the cast can hold things.
    pub fn has_hands(&self, at: usize) -> bool {
        let member = self.request.cast.members().get(at);
        member
            .and_then(|member| self.kind(member.kind))
            .is_some_and(|kind| kind.hands)
    }

    /// Whom a token means, when it is the turn of one of the others.
    pub fn person(&self, who: Who, turn: Option<usize>) -> Option<Person> {
        match who {
            Who::Hero => Some(Person::Hero),
            Who::Companion => (!self.request.cast.members().is_empty()).then_some(Person::Cast(0)),
            Who::Each => turn.map(Person::Cast),
            Who::Theme => Some(Person::Theme),
        }
    }

    pub fn name(&self, person: Person) -> &str {
        match person {
            Person::Hero => self.request.hero.name.as_str(),
            Person::Cast(at) => {
                let member = self.request.cast.members().get(at);
                member
                    .map(|member| member.name.as_str())
                    .unwrap_or_default()
            }
            Person::Theme => &self.theme.short,
        }
    }

    /// The name of somebody who was named before.
    pub fn name_again(&self, person: Person) -> &str {
        match person {
            Person::Theme => &self.theme.short_again,
            _ => self.name(person),
        }
    }

    pub fn voice(&self, person: Person) -> Voice {
        match person {
            Person::Hero => self.request.hero.pronouns.into(),
            Person::Cast(at) => {
                let member = self.request.cast.members().get(at);
                member.map_or(self.request.hero.pronouns.into(), |member| {
                    member.pronouns.into()
                })
            }
            Person::Theme => self.theme.pronoun.into(),
        }
    }

    /// Whether the avoid list lets a sentence be told.
    pub fn allows(&self, alt: &Alt) -> bool {
        if self.forbidden.is_empty() {
            return true;
        }
        let at = alt.id as usize;
        if let Some(Some(known)) = self.verdicts.borrow().get(at) {
            return *known;
        }
        let allowed =
            !self.forbidden.rules_out(alt.condition.tags) && !self.forbidden.occurs_in(&alt.stems);
        if let Some(verdict) = self.verdicts.borrow_mut().get_mut(at) {
            *verdict = Some(allowed);
        }
        allowed
    }

    /// How a sentence draws: one written for this age, tone or genre does so more.
    pub fn draw(&self, alt: &Alt, flags: &Flags) -> f32 {
        let mut colours = alt.condition.colours();
        let own = colours.any(|flag| Some(flag) != self.brief && flags.contains(flag));
        if own { 3.0 } else { 1.0 }
    }

    /// Whether the place's shop may be named.
    pub fn allows_shop(&self) -> bool {
        !self.forbidden.occurs_in(&stems(&self.setting.words.shop))
    }

    /// A theme's words as told of the hero: `my hat`, her hat.
    pub fn told(&self, text: &str) -> String {
        let owner = self.voice(Person::Hero).word(Form::Possessive);
        let words = text.split(' ').map(|word| {
            if word.eq_ignore_ascii_case("my") {
                owner
            } else {
                word
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

const fn age(band: AgeBand) -> &'static str {
    match band {
        AgeBand::Young => "young",
        AgeBand::Middle => "mid",
        AgeBand::Older => "old",
        AgeBand::Adult => "adult",
    }
}

const fn genre(genre: Genre) -> &'static str {
    match genre {
        Genre::Space => "genre_space",
        Genre::Sea => "genre_sea",
        _ => genre.as_str(),
    }
}
