//! What was said last, and how well a sentence follows it.

use super::{
    edges::{Edges, Named, Opening, Speaker},
    stage::{Person, Stage},
    token::{Form, Who},
};

/// The end of the text so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    /// Who was named last.
    named: Option<Last>,
    /// Who spoke last in this paragraph.
    speaker: Option<Voiced>,
    /// How the last sentence began.
    opening: Option<Opener>,
    /// Who last “said” something.
    said: Option<Person>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    One(Person),
    Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voiced {
    One(Person),
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    Word { word: u16, seam: bool },
    Person(Person),
}

impl Trail {
    /// Goes on in a new paragraph.
    pub fn new_paragraph(&mut self) {
        self.speaker = None;
    }

    /// How gladly a sentence follows: 1 is well.
    pub fn welcome(&self, stage: &Stage<'_>, edges: &Edges, turn: Option<usize>) -> f32 {
        let mut weight = 1.0;
        let opener = opener(stage, edges.opening, turn);
        if opener.is_some() && opener == self.opening {
            weight *= 0.25;
        }
        let seam = |opener| matches!(opener, Some(Opener::Word { seam: true, .. }));
        if seam(opener) && seam(self.opening) {
            weight *= 0.3;
        }
        if edges.said.is_some() && edges.said.and_then(|who| stage.person(who, turn)) == self.said {
            weight *= if self.speaker.is_some() { 0.06 } else { 0.35 };
        }
        if let Some(person) = edges.mixes.and_then(|who| stage.person(who, turn))
            && stage.voice(person).word(Form::Subject) == "they"
        {
            weight *= 0.1;
        }
        if let Opening::Pronoun(who) = edges.opening
            && self.ambiguous(stage, who, turn)
        {
            weight *= 0.3;
        }
        weight
    }

    /// Whether a pronoun would be taken for somebody else.
    pub fn ambiguous(&self, stage: &Stage<'_>, who: Who, turn: Option<usize>) -> bool {
        let Some(person) = stage.person(who, turn) else {
            return false;
        };
        let word = |one: Person| stage.voice(one).word(Form::Subject);
        match self.named {
            Some(Last::One(last)) => last != person && word(last) == word(person),
            Some(Last::Group) => word(person) == "they",
            None => false,
        }
    }

    /// Whether a sentence may begin with a pronoun instead of the name: the one before begins
    /// with the same person and names nobody else.
    pub fn goes_on_with(&self, stage: &Stage<'_>, who: Who, turn: Option<usize>) -> bool {
        let Some(person) = stage.person(who, turn) else {
            return false;
        };
        self.named == Some(Last::One(person))
            && self.opening == Some(Opener::Person(person))
            && stage.voice(person).word(Form::Subject) != "they"
    }

    /// Whether a sentence must begin a paragraph, since somebody else spoke in this one.
    pub fn interrupts(&self, stage: &Stage<'_>, edges: &Edges, turn: Option<usize>) -> bool {
        match (self.speaker, voiced(stage, edges.first_speaker, turn)) {
            (Some(Voiced::One(before)), Some(Voiced::One(now))) => before != now,
            (Some(_), Some(_)) => true,
            _ => false,
        }
    }

    /// Notes what a sentence leaves behind.
    pub fn follow(&mut self, stage: &Stage<'_>, edges: &Edges, turn: Option<usize>) {
        match edges.named {
            Some(Named::One(who)) => self.named = stage.person(who, turn).map(Last::One),
            Some(Named::Group) => self.named = Some(Last::Group),
            None => {}
        }
        self.opening = opener(stage, edges.closing, turn);
        self.said = edges.said_last.and_then(|who| stage.person(who, turn));
        if let Some(now) = voiced(stage, edges.last_speaker, turn) {
            self.speaker = Some(now);
        }
    }
}

fn opener(stage: &Stage<'_>, opening: Opening, turn: Option<usize>) -> Option<Opener> {
    match opening {
        Opening::Word { word, seam } => Some(Opener::Word { word, seam }),
        Opening::Name(who) | Opening::Pronoun(who) => stage.person(who, turn).map(Opener::Person),
        Opening::Other => None,
    }
}

fn voiced(stage: &Stage<'_>, speaker: Option<Speaker>, turn: Option<usize>) -> Option<Voiced> {
    match speaker? {
        Speaker::One(who) => stage.person(who, turn).map(Voiced::One),
        Speaker::Stranger => Some(Voiced::Stranger),
    }
}
