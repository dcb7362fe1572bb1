//! The check of the books: what was accepted is done, dead or cancelled; whatever is done was
//! done once.

use std::collections::{HashMap, HashSet};
use std::fmt;

use uuid::Uuid;

use crate::books::{Books, JobRow};
use crate::player::Mood;

/// What is wrong with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It was accepted and is not in the ledger.
    Vanished,
    /// It is neither done nor dead nor cancelled.
    Unfinished,
    /// It is done and had no effect.
    NoEffect,
    /// It had more than one effect.
    Double,
    /// It is not done and had an effect.
    EffectUndone,
    /// Its effect is that of an older claim.
    Zombie,
    /// Its effect belongs to no claim that began.
    FromNowhere,
    /// One claim of it began twice.
    BegunTwice,
    /// Nobody was told that it was accepted.
    Unasked,
    /// It began before its time.
    Early,
    /// It counts more tries or crashes than it may have.
    TooOften,
    /// It is dead although its tries or crashes were not used up.
    WronglyDead,
    /// It can never be done, and is.
    WronglyDone,
    /// It is dead, and there is not one letter that was told of.
    Letters,
}

impl Fault {
    /// Whether work that was accepted is lost.
    pub const fn is_loss(self) -> bool {
        matches!(
            self,
            Self::Vanished | Self::Unfinished | Self::NoEffect | Self::WronglyDead
        )
    }

    /// Whether something was done twice, or by who had no right to.
    pub const fn is_double(self) -> bool {
        matches!(self, Self::Double | Self::EffectUndone | Self::Zombie)
    }

    /// Whether it is counted and no more: work that was in vain, and had no effect.
    pub const fn is_harmless(self) -> bool {
        matches!(self, Self::BegunTwice)
    }
}

/// One finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    /// Which job.
    pub key: Uuid,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mood = Mood::of(self.key);
        write!(f, "{:?}: job {} ({mood:?})", self.fault, self.key)
    }
}

/// Everything that is wrong with the books.
pub fn check(books: &Books) -> Vec<Complaint> {
    let index = Index::of(books);
    let in_ledger: HashSet<Uuid> = books.jobs.iter().map(|job| job.key).collect();
    let vanished = books.accepted.difference(&in_ledger);
    let vanished = vanished.map(|key| (*key, Fault::Vanished));
    let stray = books.effects.iter().map(|mark| mark.key);
    let stray = stray.filter(|key| !in_ledger.contains(key));
    let stray = stray.map(|key| (key, Fault::Unasked));
    let jobs = books.jobs.iter();
    let wrong = jobs.flat_map(|job| index.faults(job).into_iter().map(|it| (job.key, it)));
    let all = vanished.chain(stray).chain(wrong);
    all.map(|(key, fault)| Complaint { key, fault }).collect()
}

/// The books by job.
struct Index<'a> {
    books: &'a Books,
    starts: HashMap<Uuid, Vec<i64>>,
    effects: HashMap<Uuid, Vec<i64>>,
    letters: HashMap<Uuid, Vec<bool>>,
}

impl<'a> Index<'a> {
    fn of(books: &'a Books) -> Self {
        Self {
            books,
            starts: by_key(books.starts.iter().map(|it| (it.key, it.fence))),
            effects: by_key(books.effects.iter().map(|it| (it.key, it.fence))),
            letters: by_key(books.letters.iter().map(|it| (it.key, it.told))),
        }
    }

    fn faults(&self, job: &JobRow) -> Vec<Fault> {
        let starts = list(&self.starts, job.key);
        let effects = list(&self.effects, job.key);
        let letters = list(&self.letters, job.key);
        let mood = Mood::of(job.key);
        let doomed = mood.is_doomed();
        let (done, dead) = (job.state == "done", job.state == "dead");
        let over = done || dead || job.state == "cancelled";
        // A crash uses a try, but no job dies of it alone.
        let used_up = mood == Mood::Retried && job.attempt >= self.books.max_attempts;
        let given_up = doomed || used_up || job.crashes >= self.books.max_crashes;
        let wait = i64::try_from(Mood::wait(job.key).as_millis()).unwrap_or(i64::MAX);
        let began = job.began_after_ms.unwrap_or(i64::MAX);
        let too_often = job.attempt > self.books.max_attempts + job.crashes
            || job.crashes > self.books.max_crashes
            || starts.iter().any(|fence| *fence > job.fence);
        let claims: HashSet<i64> = starts.iter().copied().collect();
        let told_once = matches!(letters, [true]);
        let findings = [
            (!over, Fault::Unfinished),
            (done && effects.is_empty(), Fault::NoEffect),
            (effects.len() > 1, Fault::Double),
            (!done && !effects.is_empty(), Fault::EffectUndone),
            (effects.iter().any(|it| *it != job.fence), Fault::Zombie),
            (
                effects.iter().any(|it| !claims.contains(it)),
                Fault::FromNowhere,
            ),
            (claims.len() < starts.len(), Fault::BegunTwice),
            (!self.books.accepted.contains(&job.key), Fault::Unasked),
            (began < wait, Fault::Early),
            (too_often, Fault::TooOften),
            (dead && !given_up, Fault::WronglyDead),
            (done && doomed, Fault::WronglyDone),
            (
                dead != told_once || !dead && !letters.is_empty(),
                Fault::Letters,
            ),
        ];
        let true_ones = findings.into_iter().filter(|(found, _)| *found);
        true_ones.map(|(_, fault)| fault).collect()
    }
}

fn by_key<T>(pairs: impl Iterator<Item = (Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
    let mut lists: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (key, value) in pairs {
        lists.entry(key).or_default().push(value);
    }
    lists
}

fn list<T>(lists: &HashMap<Uuid, Vec<T>>, key: Uuid) -> &[T] {
    lists.get(&key).map_or(&[], Vec::as_slice)
}
