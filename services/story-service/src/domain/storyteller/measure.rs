//! How many words a sentence will have, before it is told.

use super::{
    alt::{Alt, count},
    casting::Casting,
    flags::Flags,
    stage::Stage,
    token::{PickPart, Piece, Token},
};

/// The wording chosen for a part of a pick: once chosen, it stays.
pub(super) type Facts<'g> = Vec<(PickPart, &'g Alt)>;

/// Stands for how the companion shows that it has noticed.
pub(super) const NOTICE: PickPart = PickPart {
    pick: u16::MAX,
    part: u16::MAX,
};

/// The wording of a part, if it was chosen.
pub(super) fn fact<'g>(facts: &Facts<'g>, part: PickPart) -> Option<&'g Alt> {
    facts
        .iter()
        .find(|(known, _)| *known == part)
        .map(|(_, alt)| *alt)
}

/// What a story is measured with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a, 'g> {
    pub stage: &'a Stage<'g>,
    pub casting: &'a Casting<'g>,
    pub facts: &'a Facts<'g>,
}

impl<'g> Measure<'_, 'g> {
    /// Every wording of a part that may be told.
    pub fn wordings(&self, part: PickPart, flags: &Flags) -> Vec<&'g Alt> {
        let alts: &'g [Alt] = if part == NOTICE {
            let companion = self.stage.request.cast.members().first();
            let kind = companion.and_then(|member| self.stage.kind(member.kind));
            kind.map_or(&[], |kind| &kind.notice)
        } else {
            let chosen = self.casting.chosen(part.pick);
            chosen
                .and_then(|option| option.part(part.part))
                .unwrap_or(&[])
        };
        let fitting = alts
            .iter()
            .filter(|alt| alt.condition.holds(flags) && self.stage.allows(alt));
        fitting.collect()
    }

    /// Whether everything that a sentence refers to can be told.
    pub fn tellable(&self, alt: &Alt, flags: &Flags) -> bool {
        alt.pieces.iter().all(|piece| match piece {
            Piece::Token {
                token: Token::Shop, ..
            } => self.stage.allows_shop(),
            Piece::Token { token, .. } => match part_of(token) {
                Some(part) => {
                    fact(self.facts, part).is_some() || !self.wordings(part, flags).is_empty()
                }
                None => true,
            },
            _ => true,
        })
    }

    /// How many words a sentence will have.
    pub fn words(&self, alt: &Alt, turn: Option<usize>, flags: &Flags) -> f32 {
        let tokens = alt.pieces.iter().map(|piece| match piece {
            Piece::Token { token, .. } => self.token(token, turn, flags),
            _ => 0.0,
        });
        f32::from(alt.words) + tokens.sum::<f32>()
    }

    fn token(&self, token: &Token, turn: Option<usize>, flags: &Flags) -> f32 {
        if let Some(part) = part_of(token) {
            return self.part(part, turn, flags);
        }
        let words = match token {
            Token::Name(who) | Token::Owner(who) => self
                .stage
                .person(*who, turn)
                .map_or(1, |person| count(self.stage.name_again(person))),
            Token::Pronoun { verb, .. } => 1 + u16::from(verb.is_some()),
            Token::Others => self.others(),
            Token::Theme(part) => count(&super::wording::theme_part(&self.stage.theme, *part)),
            Token::ThePlace => count(&self.stage.setting.the_place_again),
            Token::AtPlace => count(&self.stage.setting.at_again),
            Token::Shop => count(&self.stage.setting.shop_again),
            Token::Kind => 2,
            _ => 1,
        };
        f32::from(words)
    }

    fn others(&self) -> u16 {
        let members = self.stage.request.cast.members().iter().skip(1);
        let names: u16 = members.map(|member| count(member.name.as_str())).sum();
        names + u16::from(self.stage.others() > 1)
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful of wordings")]
    fn part(&self, part: PickPart, turn: Option<usize>, flags: &Flags) -> f32 {
        if let Some(alt) = fact(self.facts, part) {
            return self.words(alt, turn, flags);
        }
        let alts = self.wordings(part, flags);
        let total: f32 = alts.iter().map(|alt| self.words(alt, turn, flags)).sum();
        total / alts.len().max(1) as f32
    }
}

/// The part of a pick that a token stands for.
pub(super) const fn part_of(token: &Token) -> Option<PickPart> {
    match token {
        Token::Pick(part) | Token::PickComma(part) => Some(*part),
        Token::Notice => Some(NOTICE),
        _ => None,
    }
}
