//! The choice of sentences, one after another, each knowing what stands before it.

use super::{
    alt::Alt,
    casting::Casting,
    flags::Flags,
    measure::{Facts, Measure, fact, part_of},
    outline::{Outline, Step, candidates, plain, turn_flags},
    rng::{Rng, exp},
    stage::Stage,
    token::{PickPart, Piece, Token, Who},
    trail::Trail,
};

/// One sentence of a draft.
#[derive(Debug)]
pub(super) struct Said<'g> {
    pub beat: usize,
    pub breaks: bool,
    pub turn: Option<usize>,
    pub alt: &'g Alt,
}

/// A story as a choice of sentences.
#[derive(Debug, Default)]
pub(super) struct Draft<'g> {
    pub said: Vec<Said<'g>>,
    pub facts: Facts<'g>,
    /// How unlikely its choices were: of several drafts the rarest makes stories differ most.
    pub rarity: f32,
    /// Those of the cast whom nothing else would name.
    pub missing: Vec<usize>,
}

impl<'g> Draft<'g> {
    /// Writes one.
    pub fn write(
        stage: &Stage<'g>,
        casting: &Casting<'g>,
        outline: &Outline<'g>,
        rng: &mut Rng,
    ) -> Self {
        let mut writer = Writer {
            stage,
            casting,
            rng,
            lean: outline.lean,
            ahead: 0.0,
            flags: casting.flags,
            trail: Trail::default(),
            breaks: false,
            draft: Self::default(),
        };
        for step in &outline.steps {
            writer.step(step);
        }
        writer.company();
        writer.draft
    }

    /// The sentence that a reference stands for, or itself.
    pub fn resolved(&self, alt: &'g Alt) -> &'g Alt {
        let referred = alt.pieces.first().filter(|_| alt.pieces.len() == 1);
        let part = referred.and_then(|piece| match piece {
            Piece::Token { token, .. } => part_of(token),
            _ => None,
        });
        part.and_then(|part| fact(&self.facts, part)).unwrap_or(alt)
    }

    /// Every sentence that is told, also those that others refer to.
    pub fn sentences(&self) -> impl Iterator<Item = &'g Alt> + '_ {
        let told = self.said.iter().map(|said| said.alt);
        told.chain(self.facts.iter().map(|(_, alt)| *alt))
    }
}

struct Writer<'w, 'g> {
    stage: &'w Stage<'g>,
    casting: &'w Casting<'g>,
    rng: &'w mut Rng,
    lean: f32,
    /// How many words more were said than expected.
    ahead: f32,
    flags: Flags,
    trail: Trail,
    breaks: bool,
    draft: Draft<'g>,
}

impl<'g> Writer<'_, 'g> {
    fn step(&mut self, step: &Step<'g>) {
        if let Some(beat) = step.begins {
            self.flags.insert(beat);
        }
        self.breaks |= step.breaks;
        if !step.told {
            return;
        }
        let flags = turn_flags(self.stage, &self.flags, step.turn);
        let mut options = candidates(&self.measure(), step.alts, &flags);
        if step.turn.is_some() {
            // Nobody says what another has said already; who has nothing to say is named elsewhere.
            options.retain(|alt| !self.told(alt));
        }
        let Some((alt, words)) = self.choose(&options, step.turn, &flags) else {
            self.ahead -= step.expected(self.lean);
            return;
        };
        self.ahead += words - step.expected(self.lean);
        self.say(alt, step.beat, step.turn);
    }

    fn measure(&self) -> Measure<'_, 'g> {
        Measure {
            stage: self.stage,
            casting: self.casting,
            facts: &self.draft.facts,
        }
    }

    /// Takes one, the likelier the better it fits length, colour and what was said before.
    fn choose(
        &mut self,
        options: &[&'g Alt],
        turn: Option<usize>,
        flags: &Flags,
    ) -> Option<(&'g Alt, f32)> {
        let lean = self.lean - (self.ahead * 0.06).clamp(-1.5, 1.5);
        let measure = self.measure();
        let sizes: Vec<f32> = options
            .iter()
            .map(|alt| measure.words(alt, turn, flags))
            .collect();
        let mean = mean(&sizes);
        let weigh = |(alt, words): (&&'g Alt, &f32)| {
            let edges = &self.draft.resolved(alt).edges;
            let fresh = if self.told(alt) { 0.01 } else { 1.0 };
            exp(lean * (words - mean) / 10.0)
                * self.stage.draw(alt, flags)
                * self.trail.welcome(self.stage, edges, turn)
                * fresh
        };
        let weights: Vec<f32> = options.iter().zip(&sizes).map(weigh).collect();
        let at = self.rng.weighted(&weights);
        let total: f32 = weights.iter().sum();
        self.draft.rarity += 1.0 - weights.get(at)? / total.max(f32::MIN_POSITIVE);
        Some((options.get(at)?, *sizes.get(at)?))
    }

    fn told(&self, alt: &Alt) -> bool {
        self.draft.said.iter().any(|said| said.alt.id == alt.id)
    }

    fn say(&mut self, alt: &'g Alt, beat: usize, turn: Option<usize>) {
        self.settle(alt, turn);
        let told = self.draft.resolved(alt);
        if self.breaks || self.trail.interrupts(self.stage, &told.edges, turn) {
            self.trail.new_paragraph();
        }
        self.trail.follow(self.stage, &told.edges, turn);
        let parts = [alt, told];
        for part in parts {
            self.flags = self.flags.and(&part.sets).without(&part.clears);
        }
        self.draft.said.push(Said {
            beat,
            breaks: std::mem::take(&mut self.breaks),
            turn,
            alt,
        });
    }

    /// Chooses the wording of everything that a sentence refers to.
    fn settle(&mut self, alt: &'g Alt, turn: Option<usize>) {
        for piece in &alt.pieces {
            if let Piece::Token { token, .. } = piece
                && let Some(part) = part_of(token)
                && fact(&self.draft.facts, part).is_none()
                && let Some(chosen) = self.wording(part, turn)
            {
                self.draft.facts.push((part, chosen));
                self.settle(chosen, turn);
            }
        }
    }

    fn wording(&mut self, part: PickPart, turn: Option<usize>) -> Option<&'g Alt> {
        let flags = self.flags;
        let mut options = self.measure().wordings(part, &flags);
        if let Some(longest) = self.stage.longest {
            plain(&mut options, longest);
        }
        let (alt, words) = self.choose(&options, turn, &flags)?;
        let measure = self.measure();
        let sizes: Vec<f32> = options
            .iter()
            .map(|alt| measure.words(alt, turn, &flags))
            .collect();
        self.ahead += words - mean(&sizes);
        Some(alt)
    }

    /// Names those of the cast whom the story would pass over, at the end of its first beat.
    fn company(&mut self) {
        let all = 0..self.stage.request.cast.members().len();
        self.draft.missing = all.filter(|at| !self.names(*at)).collect();
        if self.draft.missing.is_empty() {
            return;
        }
        let first = self.draft.said.first().map(|said| said.beat);
        let at = self
            .draft
            .said
            .iter()
            .take_while(|said| Some(said.beat) == first)
            .count();
        let lines = &self.stage.grammar.defaults.company;
        let flags = self.flags;
        let options = candidates(&self.measure(), lines, &flags);
        if let (Some(alt), Some(beat)) = (self.rng.pick(&options), first) {
            let said = Said {
                beat,
                breaks: true,
                turn: None,
                alt,
            };
            self.draft.said.insert(at, said);
        }
    }

    fn names(&self, member: usize) -> bool {
        self.draft.said.iter().any(|said| {
            let alts = [said.alt, self.draft.resolved(said.alt)];
            alts.iter()
                .flat_map(|alt| &alt.pieces)
                .any(|piece| match piece {
                    Piece::Token {
                        token: Token::Name(who),
                        ..
                    } => {
                        (*who == Who::Companion && member == 0)
                            || (*who == Who::Each && said.turn == Some(member))
                    }
                    Piece::Token {
                        token: Token::Others,
                        ..
                    } => member > 0,
                    _ => false,
                })
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of options")]
fn mean(sizes: &[f32]) -> f32 {
    sizes.iter().sum::<f32>() / sizes.len().max(1) as f32
}
