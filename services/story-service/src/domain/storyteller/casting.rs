//! Which plot, and what is decided before it is told.

use super::{
    flags::Flags,
    grammar::{PickOption, Plot},
    rng::Rng,
    stage::Stage,
};

/// A plot with everything that is chosen once.
#[derive(Debug)]
pub(super) struct Casting<'g> {
    pub plot: &'g Plot,
    pub picks: Vec<(u16, &'g PickOption)>,
    pub flags: Flags,
}

impl<'g> Casting<'g> {
    /// Chooses for a plot.
    pub fn choose(stage: &Stage<'g>, plot: &'g Plot, seed: u64, attempt: usize) -> Self {
        let mut casting = Self {
            plot,
            picks: Vec::new(),
            flags: stage.flags.and(&plot.sets),
        };
        for (at, (pick, name)) in plot.picks.iter().enumerate() {
            if name != "quirk" || !stage.request.cast.members().is_empty() {
                casting.pick(stage, *pick, &mut Rng::spread(seed, at + 1, attempt));
            }
        }
        casting
    }

    fn pick(&mut self, stage: &Stage<'g>, pick: u16, rng: &mut Rng) {
        let place = stage
            .setting
            .words
            .pools
            .get(&pick)
            .map_or(&[][..], |pool| pool);
        let any = stage.grammar.any.get(&pick).map_or(&[][..], |pool| pool);
        let own = self.plot.pools.get(&pick).map_or(&[][..], |pool| pool);
        // What the place knows counts twice: stories should differ by where they are.
        let pool = place.iter().chain(place).chain(any).chain(own);
        let mut good: Vec<&PickOption> = pool.filter(|option| self.suits(stage, option)).collect();
        if good.is_empty() {
            let neutral = stage
                .grammar
                .places
                .last()
                .and_then(|place| place.pools.get(&pick));
            let neutral = neutral.into_iter().flatten();
            good.extend(neutral.filter(|option| self.suits(stage, option)));
        }
        if let Some(chosen) = rng.pick(&good) {
            self.picks.push((pick, chosen));
            self.flags = self.flags.and(&chosen.sets);
        }
    }

    /// Whether a choice fits the story, and the avoid list leaves every part of it tellable.
    fn suits(&self, stage: &Stage<'g>, option: &PickOption) -> bool {
        option.condition.holds(&self.flags)
            && !stage.forbidden.rules_out(option.condition.tags)
            && option.parts.iter().all(|(_, alts)| {
                let fitting = alts.iter().filter(|alt| alt.condition.holds(&self.flags));
                let mut fitting = fitting.peekable();
                fitting.peek().is_none() || fitting.any(|alt| stage.allows(alt))
            })
    }

    /// The chosen one.
    pub fn chosen(&self, pick: u16) -> Option<&'g PickOption> {
        let found = self.picks.iter().find(|(number, _)| *number == pick);
        found.map(|(_, option)| *option)
    }
}

/// The plots that take the wish, the likelier first; the length that they are for counts.
pub(super) fn plots<'g>(stage: &Stage<'g>, rng: &mut Rng) -> Vec<&'g Plot> {
    let words = stage.request.words.get();
    let shape = stage.theme.shape.as_str();
    let takes = |plot: &&Plot| {
        plot.takes(shape) > 0
            && plot.condition.holds(&stage.flags)
            && !stage.forbidden.rules_out(plot.condition.tags)
    };
    let long_enough = |plot: &&Plot| (plot.words.0..=plot.words.1).contains(&words);
    let mut fitting: Vec<&Plot> = stage
        .grammar
        .plots
        .iter()
        .filter(takes)
        .filter(long_enough)
        .collect();
    if fitting.is_empty() {
        fitting = stage.grammar.plots.iter().filter(takes).collect();
    }
    if fitting.is_empty() {
        fitting = stage.grammar.plots.iter().collect();
    }
    let mut order = Vec::with_capacity(fitting.len());
    while !fitting.is_empty() {
        let weights: Vec<f32> = fitting.iter().map(|plot| weight(plot, shape)).collect();
        order.push(fitting.remove(rng.weighted(&weights)));
    }
    order
}

#[expect(clippy::cast_precision_loss, reason = "weights are small")]
fn weight(plot: &Plot, shape: &str) -> f32 {
    plot.takes(shape).max(1) as f32
}
