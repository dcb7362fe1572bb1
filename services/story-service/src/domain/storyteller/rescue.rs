//! The last resort, for a list of things to avoid that leaves no whole story: sentences that hold
//! such a thing are left out, and whoever is no longer named is named in words that nothing rules out.

use super::{
    stage::{Person, Stage},
    story::{PlannedBeat, Scene, Story, StoryPlan, sentences},
    theme::{ThemeWords, lower_first},
    wording::{capital, listed},
};
use crate::domain::wish::stems;

/// A plan and its scenes without anything that is to be avoided.
pub(super) fn rescued(stage: &Stage<'_>, story: Story) -> (StoryPlan, Vec<Scene>) {
    let mut plan = story.plan;
    let beats = std::mem::take(&mut plan.beats).into_iter();
    let kept = beats.zip(story.scenes).filter_map(|(beat, scene)| {
        let paragraphs = scene
            .paragraphs
            .iter()
            .map(|text| without_avoided(stage, text));
        let paragraphs: Vec<String> = paragraphs.filter(|text| !text.is_empty()).collect();
        (!paragraphs.is_empty()).then_some((beat, Scene { paragraphs }))
    });
    let (beats, mut scenes): (Vec<_>, Vec<_>) = kept.unzip();
    plan.beats = beats;
    let first = opening(stage);
    let hero = stage.name(Person::Hero);
    let theme = &stage.theme.quoted;
    let end = format!("And that was it for {hero}. That was {theme}, and that was {hero}.")
        .replace("..", ".");
    if let Some(scene) = scenes.first_mut() {
        scene.paragraphs.insert(0, first.clone());
    } else {
        plan.beats = vec![PlannedBeat {
            name: "telling".to_owned(),
            does: "names everybody".to_owned(),
        }];
        scenes.push(Scene {
            paragraphs: vec![first.clone()],
        });
    }
    if let Some(scene) = scenes.last_mut() {
        scene.paragraphs.push(end);
    }
    if stage.forbidden.occurs_in(&stems(&plan.title)) {
        plan.title = super::finish::title(&ThemeWords::read(stage.request.theme.as_str()).theme);
    }
    if stage.forbidden.occurs_in(&stems(&plan.teaser)) {
        plan.teaser = first;
    }
    (plan, scenes)
}

/// A paragraph without the sentences that hold something to be avoided, its quotation marks whole.
fn without_avoided(stage: &Stage<'_>, paragraph: &str) -> String {
    let mut text = String::new();
    let mut dropped = false;
    for sentence in sentences(paragraph) {
        if stage.forbidden.occurs_in(&stems(sentence)) {
            dropped = true;
            continue;
        }
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(sentence);
    }
    let broken = text.matches('“').count() != text.matches('”').count();
    if dropped && broken {
        String::new()
    } else {
        text
    }
}

/// Who is there and where, in words that no list can rule out.
fn opening(stage: &Stage<'_>) -> String {
    let hero = stage.name(Person::Hero);
    let at = lower_first(&stage.setting.at);
    let members = stage.request.cast.members().len();
    let names: Vec<&str> = (0..members)
        .map(|member| stage.name(Person::Cast(member)))
        .collect();
    let theme = &stage.theme.quoted;
    let with = match names.len() {
        0 => String::new(),
        1 => format!(", and so was {}", listed(&names)),
        _ => format!(", and so were {}", listed(&names)),
    };
    // A name may end in a dot of its own.
    capital(&format!("{hero} was {at}{with}. And then there was {theme}.").replace("..", "."))
}
