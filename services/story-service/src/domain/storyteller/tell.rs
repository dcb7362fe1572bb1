//! From a wish and a seed to a story: drafts in an order fixed by the seed, until one passes every check.

use super::{
    alt::Alt,
    casting::{Casting, plots},
    check::{Finding, check, word_count},
    draft::Draft,
    finish,
    grade::reading_grade,
    grammar::{Grammar, Plot},
    marks::Lends,
    measure::{Facts, Measure},
    outline::{Outline, candidates, goal},
    render::{self, Paragraph},
    rescue,
    rng::Rng,
    stage::Stage,
    story::{PlannedBeat, Scene, Story, StoryPlan, StoryText, Untold},
};
use crate::domain::wish::{Seed, StoryRequest};

/// The revision of the engine: raised by whatever makes the same texts, wish and seed tell
/// another story. It is a part of the version that a story keeps.
pub const ENGINE: u32 = 1;

/// How often plot and motifs are chosen anew, and how many drafts are written of each choice.
const CASTINGS: usize = 20;
/// How often a plot is tried before the next: another choice of motifs may fit where the first did not.
const TRIES: usize = 4;
const DRAFTS: usize = 6;
/// How many choices are tried, and drafts written, when nothing fits the wish well.
const LAST_CASTINGS: usize = 8;
const LAST_DRAFTS: usize = 4;

/// Tells the story of a wish. The same grammar, wish and seed always make the same story.
///
/// A story that the checks find fault with is told only when a wish allows no better one;
/// never with anything that is to be avoided. Only a grammar without plots leaves a wish untold.
pub fn tell(grammar: &Grammar, request: &StoryRequest, seed: Seed) -> Result<Story, Untold> {
    let stage = Stage::set(grammar, request, seed.get()).ok_or(Untold)?;
    let order = plots(&stage, &mut Rng::spread(seed.get(), 0, 0));
    let mut search = Search {
        stage: &stage,
        seed: seed.get(),
        drafts: 0,
        best: None,
        misfits: Vec::new(),
    };
    for attempt in 0..CASTINGS {
        let plot = order
            .get(attempt / TRIES % order.len().max(1))
            .ok_or(Untold)?;
        if search.attempt(attempt, plot, true) {
            return search.found();
        }
    }
    let mut misfits = std::mem::take(&mut search.misfits);
    misfits.sort_by_key(|(misfit, ..)| *misfit);
    for (_, attempt, plot) in misfits.into_iter().take(LAST_CASTINGS) {
        if search.attempt(attempt, plot, false) {
            break;
        }
    }
    search.found()
}

/// The search for a story that passes every check.
struct Search<'s, 'g> {
    stage: &'s Stage<'g>,
    seed: u64,
    drafts: usize,
    /// The best so far, and how much is wrong with it.
    best: Option<(u32, Story)>,
    /// Choices that do not fit the wish: how far they are off, and what they were.
    misfits: Vec<(u32, usize, &'g Plot)>,
}

impl<'g> Search<'_, 'g> {
    /// Writes drafts of a plot, if it fits or need not; true when one of them is faultless.
    fn attempt(&mut self, attempt: usize, plot: &'g Plot, must_fit: bool) -> bool {
        let stage = self.stage;
        let mut rng = Rng::new(self.seed, 100 + attempt as u64);
        let casting = Casting::choose(stage, plot, self.seed, attempt);
        let mut outline = Outline::new(stage, &casting);
        let misfit = misfit(&outline, stage);
        if must_fit && misfit > 0 {
            self.misfits.push((misfit, attempt, plot));
            return false;
        }
        let mut drafts: Vec<Draft<'g>> = Vec::new();
        for _ in 0..DRAFTS {
            outline.cut(goal(stage), &mut rng);
            drafts.push(Draft::write(stage, &casting, &outline, &mut rng));
        }
        drafts.sort_by(|a, b| b.rarity.total_cmp(&a.rarity));
        for draft in drafts
            .iter()
            .take(if must_fit { DRAFTS } else { LAST_DRAFTS })
        {
            self.drafts += 1;
            let mut story = finished(stage, &casting, draft, &mut rng);
            story.drafts = self.drafts;
            let faults = faults(&story);
            if self.best.as_ref().is_none_or(|(least, _)| faults < *least) {
                self.best = Some((faults, story));
            }
            if faults == 0 {
                return true;
            }
        }
        false
    }

    /// The best that was found; made tellable if nothing that was found is.
    fn found(self) -> Result<Story, Untold> {
        let (_, story) = self.best.ok_or(Untold)?;
        if !story.findings.iter().any(Finding::is_grave) {
            return Ok(story);
        }
        let (sentences, lends, drafts) = (story.sentences.clone(), story.lends, story.drafts);
        let (plan, scenes) = rescue::rescued(self.stage, story);
        let story = judged(self.stage, sentences, lends, (plan, scenes));
        Ok(Story { drafts, ..story })
    }
}

/// What a story will be, without its text: see [`tell`].
pub fn plan(grammar: &Grammar, request: &StoryRequest, seed: Seed) -> Result<StoryPlan, Untold> {
    tell(grammar, request, seed).map(|story| story.plan)
}

/// How far a plot is from the length of the wish, in words; slots with nothing to say count as well.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of words"
)]
fn misfit(outline: &Outline<'_>, stage: &Stage<'_>) -> u32 {
    let goal = goal(stage);
    let short = (goal * 0.91 - outline.range.1).max(0.0);
    let long = (outline.range.0 - goal * 1.09).max(0.0);
    let gaps = u32::try_from(outline.gaps).unwrap_or(u32::MAX);
    (short + long).ceil() as u32 + gaps.saturating_mul(20)
}

/// How bad the findings are together.
fn faults(story: &Story) -> u32 {
    let weigh = |finding: &Finding| match finding {
        Finding::Avoided => 10_000,
        Finding::Length { words, wanted } => {
            10 + u32::try_from(words.abs_diff(usize::from(*wanted)) / 10).unwrap_or(100)
        }
        _ if finding.is_grave() => 1_000,
        _ => 10,
    };
    story.findings.iter().map(weigh).sum()
}

/// A draft as a story, judged.
fn finished<'g>(
    stage: &Stage<'g>,
    casting: &Casting<'g>,
    draft: &Draft<'g>,
    rng: &mut Rng,
) -> Story {
    let mut paragraphs = render::paragraphs(stage, casting, draft);
    for paragraph in &mut paragraphs {
        paragraph.text = finish::nest(&paragraph.text);
    }
    let texts = paragraphs.iter_mut().map(|paragraph| &mut paragraph.text);
    finish::introduce(stage, texts.collect());
    let (beats, scenes) = scenes(casting, &paragraphs);
    let title = one_of(stage, casting, draft, &casting.plot.titles, rng);
    let title = title.unwrap_or_else(|| stage.request.hero.name.as_str().to_owned());
    let teaser = one_of(stage, casting, draft, &casting.plot.teasers, rng);
    let first = paragraphs
        .first()
        .map(|paragraph| finish::opening(&paragraph.text));
    let plan = StoryPlan {
        plot: casting.plot.id.clone(),
        title: finish::nest(&finish::title(&title)),
        teaser: teaser
            .map(|teaser| finish::nest(&teaser))
            .or(first)
            .unwrap_or_default(),
        place: stage.setting.the_place.clone(),
        beats,
        grammar: format!("{}.{ENGINE}", stage.grammar.version),
    };
    let mut lends = Lends::default();
    for alt in draft.sentences() {
        lends.she |= alt.lends.she;
        lends.he |= alt.lends.he;
    }
    let sentences = draft.sentences().map(|alt| alt.id).collect();
    judged(stage, sentences, lends, (plan, scenes))
}

fn judged(
    stage: &Stage<'_>,
    sentences: Vec<u32>,
    lends: Lends,
    (plan, scenes): (StoryPlan, Vec<Scene>),
) -> Story {
    let paragraphs: Vec<String> = scenes
        .iter()
        .flat_map(|scene| scene.paragraphs.clone())
        .collect();
    let text = StoryText {
        title: plan.title.clone(),
        teaser: plan.teaser.clone(),
        paragraphs,
        place: &plan.place,
        lends,
    };
    let findings = check(stage.request, &stage.grammar.tags, &text);
    let body = text.paragraphs.join("\n");
    Story {
        word_count: word_count(&body),
        reading_grade: reading_grade(&body),
        findings,
        sentences,
        lends,
        drafts: 0,
        plan,
        scenes,
    }
}

/// The beats in which a paragraph begins, and their paragraphs.
fn scenes(casting: &Casting<'_>, paragraphs: &[Paragraph]) -> (Vec<PlannedBeat>, Vec<Scene>) {
    let groups = paragraphs.chunk_by(|a, b| a.beat == b.beat);
    let told = groups.filter_map(|group| {
        let beat = casting.plot.beats.get(group.first()?.beat)?;
        let planned = PlannedBeat {
            name: beat.name.clone(),
            does: beat.does.clone(),
        };
        let paragraphs = group
            .iter()
            .map(|paragraph| paragraph.text.clone())
            .collect();
        Some((planned, Scene { paragraphs }))
    });
    told.unzip()
}

fn one_of<'g>(
    stage: &Stage<'g>,
    casting: &Casting<'g>,
    draft: &Draft<'g>,
    alts: &'g [Alt],
    rng: &mut Rng,
) -> Option<String> {
    let facts = Facts::new();
    let measure = Measure {
        stage,
        casting,
        facts: &facts,
    };
    let options = candidates(&measure, alts, &casting.flags);
    rng.pick(&options)
        .map(|alt| render::line(stage, casting, draft, alt))
}
