//! Looks at every state that can be reached, and at every way on from it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

/// Something that goes from state to state.
pub trait System {
    type State: Copy + Eq + Hash;
    type Action: Copy + fmt::Debug;

    fn start(&self) -> Self::State;

    /// The one that stands for all that differ from it by names alone.
    fn canonical(&self, state: &Self::State) -> Self::State;

    /// Whatever may happen next.
    fn steps(&self, state: &Self::State) -> Vec<Step<Self::Action, Self::State>>;

    /// What is wrong with a state, if it is one that must never be.
    fn fault(&self, state: &Self::State) -> Option<&'static str>;

    /// Whether everything is done.
    fn at_rest(&self, state: &Self::State) -> bool;
}

/// One way on.
#[derive(Debug, Clone, Copy)]
pub struct Step<A, S> {
    pub action: A,
    pub kind: Kind,
    pub to: S,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Happens sooner or later if nothing else does.
    Sure,
    /// May happen or not.
    Maybe,
}

/// What a search has seen.
#[derive(Debug)]
pub struct Report<A> {
    pub states: usize,
    pub steps: usize,
    /// States in which everything is done.
    pub resting: usize,
    pub found: Option<Found<A>>,
}

/// A state that must not be, by one of the shortest ways that lead there.
#[derive(Debug, Clone)]
pub struct Found<A> {
    pub fault: &'static str,
    pub way: Vec<A>,
}

impl<A: fmt::Debug> fmt::Display for Found<A> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.fault)?;
        for (nth, action) in self.way.iter().enumerate() {
            writeln!(out, "{:>4}. {action:?}", nth + 1)?;
        }
        Ok(())
    }
}

/// What is wrong with a state from which no sure steps lead to rest.
const LOST: &str = "from here on, not everything can be done without luck";

/// Searches breadth first until everything is seen or a fault is found. Then looks for states from
/// which sure steps alone never lead to rest. Cycles do no harm: what is asked is not whether a
/// path ends, but whether each state still has one that does.
pub fn search<S: System>(system: &S) -> Report<S::Action> {
    let mut graph = Graph::new(system.canonical(&system.start()));
    let mut at = 0;
    while let Some(state) = graph.states.get(at).copied() {
        if let Some(fault) = system.fault(&state) {
            return graph.report(Some(graph.found(system, fault, at)));
        }
        if system.at_rest(&state) {
            graph.resting.push(at);
        }
        for step in system.steps(&state) {
            graph.add(at, step.kind, system.canonical(&step.to));
        }
        at += 1;
    }
    let doomed = graph.first_without_rest();
    let found = doomed.map(|at| graph.found(system, LOST, at));
    graph.report(found)
}

struct Graph<S> {
    numbers: HashMap<S, usize>,
    states: Vec<S>,
    /// Whence each state was reached first.
    from: Vec<usize>,
    /// Sure steps, `(to, from)`.
    sure: Vec<(u32, u32)>,
    resting: Vec<usize>,
    steps: usize,
}

impl<S: Copy + Eq + Hash> Graph<S> {
    fn new(start: S) -> Self {
        Self {
            numbers: HashMap::from([(start, 0)]),
            states: vec![start],
            from: vec![0],
            sure: Vec::new(),
            resting: Vec::new(),
            steps: 0,
        }
    }

    fn add(&mut self, from: usize, kind: Kind, to: S) {
        let fresh = self.states.len();
        let number = *self.numbers.entry(to).or_insert(fresh);
        if number == fresh {
            self.states.push(to);
            self.from.push(from);
        }
        self.steps += 1;
        if kind == Kind::Sure && number != from {
            self.sure.push((small(number), small(from)));
        }
    }

    /// Goes back from rest along sure steps; answers the first state that is not come by.
    fn first_without_rest(&mut self) -> Option<usize> {
        self.sure.sort_unstable();
        let mut rests = vec![false; self.states.len()];
        let mut open = self.resting.clone();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut rests[at], true) {
                continue;
            }
            let at = small(at);
            let begin = self.sure.partition_point(|(to, _)| *to < at);
            let into = self.sure[begin..].iter().take_while(|(to, _)| *to == at);
            open.extend(into.map(|(_, from)| *from as usize));
        }
        rests.iter().position(|rests| !rests)
    }

    fn report<A>(&self, found: Option<Found<A>>) -> Report<A> {
        Report {
            states: self.states.len(),
            steps: self.steps,
            resting: self.resting.len(),
            found,
        }
    }

    /// Walks the way again with the names that everything has on it.
    fn found<T>(&self, system: &T, fault: &'static str, mut at: usize) -> Found<T::Action>
    where
        T: System<State = S>,
    {
        let mut marks = vec![];
        while at != 0 {
            marks.push(self.states[at]);
            at = self.from[at];
        }
        let mut state = system.start();
        let mut way = Vec::new();
        for mark in marks.into_iter().rev() {
            let mut steps = system.steps(&state).into_iter();
            if let Some(step) = steps.find(|step| system.canonical(&step.to) == mark) {
                way.push(step.action);
                state = step.to;
            }
        }
        Found { fault, way }
    }
}

/// Numbers of states are kept in half the room.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
