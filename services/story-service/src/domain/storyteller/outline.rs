//! The slots of a plot in order, and which of the spare ones a story of this length has.

use super::{
    alt::Alt,
    casting::Casting,
    flags::Flags,
    grammar::{Beat, Slot},
    measure::{Facts, Measure, part_of},
    rng::{Rng, exp},
    stage::Stage,
    token::Piece,
};

/// A place where something may be said.
#[derive(Debug)]
pub(super) struct Step<'g> {
    pub beat: usize,
    /// Set when its beat begins here.
    pub begins: Option<u16>,
    /// Whether it begins a paragraph.
    pub breaks: bool,
    /// Whose turn it is, of the others.
    pub turn: Option<usize>,
    pub alts: &'g [Alt],
    pub told: bool,
    spare: Option<u8>,
    /// What may be said: how it draws, and how many words it has.
    options: Vec<(f32, f32)>,
}

impl Step<'_> {
    /// How many words it is likely to have, the lean being for longer or shorter sentences.
    pub fn expected(&self, lean: f32) -> f32 {
        let mean = self.mean();
        let weigh = |(draw, words): &(f32, f32)| draw * exp(lean * (words - mean) / 10.0);
        let total: f32 = self.options.iter().map(weigh).sum();
        let words: f32 = self
            .options
            .iter()
            .map(|option| weigh(option) * option.1)
            .sum();
        if total > 0.0 { words / total } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful of options")]
    fn mean(&self) -> f32 {
        let words: f32 = self.options.iter().map(|(_, words)| words).sum();
        words / self.options.len().max(1) as f32
    }
}

/// A plot cut to the length of a wish.
#[derive(Debug)]
pub(super) struct Outline<'g> {
    pub steps: Vec<Step<'g>>,
    /// For longer sentences above 0, for shorter ones below.
    pub lean: f32,
    /// How many words it can have at the least and the most.
    pub range: (f32, f32),
    /// Slots that the avoid list leaves nothing to say in.
    pub gaps: usize,
}

/// How far the choice may lean.
const FARTHEST: f32 = 4.0;

impl<'g> Outline<'g> {
    /// Lays out a plot; what is told of it is decided by [`Self::cut`].
    pub fn new(stage: &Stage<'g>, casting: &Casting<'g>) -> Self {
        let mut outline = Self {
            steps: Vec::new(),
            lean: 0.0,
            range: (0.0, 0.0),
            gaps: 0,
        };
        let (mut flags, mut may) = (casting.flags, Flags::default());
        let words = stage.request.words.get();
        for (at, beat) in casting.plot.beats.iter().enumerate() {
            if (beat.words.0..=beat.words.1).contains(&words) && beat.condition.holds(&flags) {
                flags.insert(beat.flag);
                outline.lay(stage, casting, (at, beat), (&flags, &mut may));
            }
        }
        outline.range = outline.reach();
        outline
    }

    /// Cuts the plot to a length: chooses among the spare slots, and leans to longer or shorter sentences.
    pub fn cut(&mut self, goal: f32, rng: &mut Rng) {
        self.select(goal, rng);
        self.balance(goal);
    }

    fn lay(
        &mut self,
        stage: &Stage<'g>,
        casting: &Casting<'g>,
        (at, beat): (usize, &'g Beat),
        (flags, may): (&Flags, &mut Flags),
    ) {
        let mut layer = Layer {
            stage,
            casting,
            flags,
            may,
            beat: at,
            begins: Some(beat.flag),
            breaks: !beat.joins,
        };
        for slot in &beat.slots {
            match slot {
                Slot::Break => layer.breaks = true,
                Slot::Say { spare, kept, alts } => {
                    let kept = kept.is_some_and(|kept| flags.contains(kept));
                    let spare = spare.filter(|_| !kept);
                    self.add(layer.step(alts, None, spare, kept), &mut layer);
                }
                Slot::Each { alts } if !stage.grammar.flags.holds(flags, "crowd") => {
                    for turn in 1..=stage.others() {
                        layer.breaks = true;
                        self.add(layer.step(alts, Some(turn), None, false), &mut layer);
                    }
                    layer.breaks |= stage.others() > 0;
                }
                Slot::Each { .. } => {}
            }
        }
    }

    fn add(&mut self, step: Option<Step<'g>>, layer: &mut Layer<'_, 'g>) {
        let Some(step) = step else {
            return;
        };
        if step.options.is_empty() {
            self.gaps += usize::from(step.spare.is_none());
            return;
        }
        layer.begins = None;
        layer.breaks = false;
        self.steps.push(step);
    }

    fn reach(&self) -> (f32, f32) {
        let needed = self.steps.iter().filter(|step| step.spare.is_none());
        let least = needed.map(|step| step.expected(-FARTHEST)).sum();
        let most = self.steps.iter().map(|step| step.expected(FARTHEST)).sum();
        (least, most)
    }

    /// Takes as many spare slots as there is room for, those of the first rank first.
    fn select(&mut self, goal: f32, rng: &mut Rng) {
        let mut total: f32 = 0.0;
        let mut spare: Vec<(u8, usize)> = Vec::new();
        for (at, step) in self.steps.iter_mut().enumerate() {
            step.told = step.spare.is_none();
            match step.spare {
                Some(rank) => spare.push((rank, at)),
                None => total += step.expected(0.0),
            }
        }
        rng.shuffle(&mut spare);
        spare.sort_by_key(|(rank, _)| *rank);
        for (_, at) in spare {
            if let Some(step) = self.steps.get_mut(at) {
                let words = step.expected(0.0);
                if total + words <= goal * 1.03 {
                    step.told = true;
                    total += words;
                }
            }
        }
    }

    /// Finds the lean with which the story comes to its length.
    fn balance(&mut self, goal: f32) {
        let (mut low, mut high) = (-FARTHEST, FARTHEST);
        for _ in 0..8 {
            self.lean = f32::midpoint(low, high);
            let told = self.steps.iter().filter(|step| step.told);
            let total: f32 = told.map(|step| step.expected(self.lean)).sum();
            if total < goal {
                low = self.lean;
            } else {
                high = self.lean;
            }
        }
    }
}

/// How many words there should be, without those that introduce an animal by its kind.
#[expect(clippy::cast_precision_loss, reason = "at most eight")]
pub(super) fn goal(stage: &Stage<'_>) -> f32 {
    use crate::domain::wish::Kind;
    let kinds = stage
        .request
        .cast
        .members()
        .iter()
        .map(|member| member.kind);
    let kinds = kinds.chain([stage.request.hero.kind]);
    let told = kinds.filter(|kind| !matches!(kind, Kind::Child | Kind::Adult | Kind::Other));
    f32::from(stage.request.words.get()) - 2.0 * told.count() as f32
}

/// The slot that is being laid.
struct Layer<'l, 'g> {
    stage: &'l Stage<'g>,
    casting: &'l Casting<'g>,
    flags: &'l Flags,
    /// What a sentence told earlier may have left behind.
    may: &'l mut Flags,
    beat: usize,
    begins: Option<u16>,
    breaks: bool,
}

impl<'g> Layer<'_, 'g> {
    /// A step; none when nothing in it is meant for this story.
    fn step(
        &mut self,
        alts: &'g [Alt],
        turn: Option<usize>,
        spare: Option<u8>,
        kept: bool,
    ) -> Option<Step<'g>> {
        let mut flags = turn_flags(self.stage, self.flags, turn);
        let fits = |flags: &Flags| alts.iter().any(|alt| alt.condition.holds(flags));
        let likely = flags.with(self.may);
        if !fits(&flags) {
            if !fits(&likely) {
                return None;
            }
            flags = likely;
        }
        let facts = Facts::new();
        let measure = Measure {
            stage: self.stage,
            casting: self.casting,
            facts: &facts,
        };
        let mut options = candidates(&measure, alts, &flags);
        if options.is_empty() {
            flags = likely;
            options = candidates(&measure, alts, &flags);
        }
        for alt in &options {
            *self.may = self.may.with(&left(&measure, alt, &flags));
        }
        let own = options
            .iter()
            .map(|alt| alt.spare)
            .min()
            .flatten()
            .filter(|_| !kept);
        let measured = options.iter().map(|alt| {
            let words = measure.words(alt, turn, &flags);
            (self.stage.draw(alt, &flags), words)
        });
        Some(Step {
            beat: self.beat,
            begins: self.begins,
            breaks: self.breaks,
            turn,
            alts,
            told: false,
            spare: spare.or(own),
            options: measured.collect(),
        })
    }
}

/// What a sentence, or one that it refers to, leaves behind.
fn left(measure: &Measure<'_, '_>, alt: &Alt, flags: &Flags) -> Flags {
    let parts = alt.pieces.iter().filter_map(|piece| match piece {
        Piece::Token { token, .. } => part_of(token),
        _ => None,
    });
    let wordings = parts.flat_map(|part| measure.wordings(part, flags));
    let own = Flags::default().and(&alt.sets);
    wordings.fold(own, |sets, told| sets.and(&told.sets))
}

/// The flags with those of somebody's turn.
pub(super) fn turn_flags(stage: &Stage<'_>, flags: &Flags, turn: Option<usize>) -> Flags {
    let Some(turn) = turn else {
        return *flags;
    };
    let mut names = vec![if stage.talks(turn) { "Etalk" } else { "Emute" }];
    names.extend(stage.has_hands(turn).then_some("Ehands"));
    flags.with(&stage.grammar.flags.set(names))
}

/// What can be said here: what fits, is allowed, and can be held by a small listener.
pub(super) fn candidates<'g>(
    measure: &Measure<'_, 'g>,
    alts: &'g [Alt],
    flags: &Flags,
) -> Vec<&'g Alt> {
    let stage = measure.stage;
    let tellable = |alt: &&Alt| {
        alt.condition.holds(flags) && stage.allows(alt) && measure.tellable(alt, flags)
    };
    let mut found: Vec<&Alt> = alts.iter().filter(tellable).collect();
    if let Some(longest) = stage.longest {
        plain(&mut found, longest);
    }
    found
}

/// Keeps sentences of so many words, if there are any.
pub(super) fn plain(alts: &mut Vec<&Alt>, longest: u16) {
    if alts.iter().any(|alt| alt.longest <= longest) {
        alts.retain(|alt| alt.longest <= longest);
    }
}
