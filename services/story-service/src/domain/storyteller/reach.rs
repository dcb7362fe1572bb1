//! For the grammar's lint: which sentences some draft of a wish could have.

use super::{
    casting::{Casting, plots},
    flags::Flags,
    grammar::{Grammar, Slot},
    measure::{Facts, Measure, NOTICE},
    outline::turn_flags,
    rng::Rng,
    stage::Stage,
};
use crate::domain::wish::StoryRequest;

/// The numbers of all sentences that can be told of a wish, in every plot that takes it.
pub fn reachable(grammar: &Grammar, request: &StoryRequest, seed: u64) -> Vec<u32> {
    let stage = Stage::set(grammar, request, seed).unwrap();
    let mut found: Vec<u32> = grammar.defaults.company.iter().map(|alt| alt.id).collect();
    for plot in plots(&stage, &mut Rng::new(seed, 1)) {
        for choice in 2..9 {
            let casting = Casting::choose(&stage, plot, seed, choice);
            let mut reach = Reach {
                stage: &stage,
                casting: &casting,
                found: &mut found,
            };
            reach.plot();
        }
    }
    found
}

struct Reach<'r, 'g> {
    stage: &'r Stage<'g>,
    casting: &'r Casting<'g>,
    found: &'r mut Vec<u32>,
}

impl Reach<'_, '_> {
    fn plot(&mut self) {
        let plot = self.casting.plot;
        let lines = plot.titles.iter().chain(&plot.teasers);
        let lines: Vec<_> = lines
            .filter(|alt| alt.condition.holds(&self.casting.flags))
            .collect();
        self.found.extend(lines.iter().map(|alt| alt.id));
        let words = self.stage.request.words.get();
        let mut flags = self.casting.flags;
        // Whatever a sentence may leave behind may be there: both are tried.
        let mut left = Flags::default();
        for beat in &plot.beats {
            if !(beat.words.0..=beat.words.1).contains(&words) || !beat.condition.holds(&flags) {
                continue;
            }
            flags.insert(beat.flag);
            for slot in &beat.slots {
                let (alts, turns) = match slot {
                    Slot::Break => continue,
                    Slot::Say { alts, .. } => (alts, None..=None),
                    Slot::Each { alts } => (alts, Some(1)..=Some(self.stage.others())),
                };
                let turns: Vec<Option<usize>> = match turns.into_inner() {
                    (Some(first), Some(last)) => (first..=last).map(Some).collect(),
                    _ => vec![None],
                };
                for turn in turns {
                    for now in [flags, flags.with(&left)] {
                        let now = turn_flags(self.stage, &now, turn);
                        for alt in alts.iter().filter(|alt| alt.condition.holds(&now)) {
                            self.found.push(alt.id);
                            left = left.and(&alt.sets);
                        }
                    }
                }
            }
        }
        self.picks(&flags, &mut left);
    }

    fn picks(&mut self, flags: &Flags, left: &mut Flags) {
        let facts = Facts::new();
        let measure = Measure {
            stage: self.stage,
            casting: self.casting,
            facts: &facts,
        };
        for _ in 0..2 {
            for now in [*flags, flags.with(left)] {
                let options = self
                    .casting
                    .picks
                    .iter()
                    .flat_map(|(_, option)| &option.parts);
                for alt in options
                    .flat_map(|(_, alts)| alts)
                    .filter(|alt| alt.condition.holds(&now))
                {
                    self.found.push(alt.id);
                    *left = left.and(&alt.sets);
                }
                self.found
                    .extend(measure.wordings(NOTICE, &now).iter().map(|alt| alt.id));
            }
        }
    }
}
