use super::batch::Begun;
use super::worker::{Does, Known};
use crate::handler::MOST;
use crate::kinds::Kinds;

/// Groups what was claimed by who does it: each job by itself, or with others of its kind. A
/// suspect is always by itself.
pub(crate) fn loads(kinds: &Kinds<Known>, begun: Vec<Begun>) -> Vec<Vec<Begun>> {
    let mut loads: Vec<Vec<Begun>> = Vec::new();
    for begun in begun {
        let claim = &begun.0;
        let open = |load: &&mut Vec<Begun>| {
            let fits = |(first, _): &Begun| first.kind == claim.kind && !first.is_suspect();
            load.first().is_some_and(fits) && load.len() < MOST
        };
        let together = is_done_together(kinds, &claim.kind) && !claim.is_suspect();
        match loads.iter_mut().filter(|_| together).find(open) {
            Some(load) => load.push(begun),
            None => loads.push(vec![begun]),
        }
    }
    loads
}

fn is_done_together(kinds: &Kinds<Known>, kind: &str) -> bool {
    let known = kinds.get(kind);
    known.is_some_and(|known| matches!(known.does, Does::Together(_)))
}
