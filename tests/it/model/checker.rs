//! A breadth-first checker of all states that a world can reach. It knows no payments. Why it is
//! our own: docs/decisions/0002.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::rc::Rc;

/// More states than a test should have to look at.
const STATES_MAX: usize = 400_000;

/// All reachable states and the steps between them.
pub(crate) struct Space<S, A> {
    states: Vec<Rc<S>>,
    /// From where, and by what, a state was reached first. The start was not.
    reached: Vec<Option<(usize, A)>>,
    /// From which states a state can be reached in one step.
    before: Vec<Vec<usize>>,
    steps: usize,
}

/// The shortest way to a state that should not be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counterexample {
    pub(crate) law: &'static str,
    pub(crate) path: Vec<String>,
}

/// Visits every state that can be reached from `start`; stops at the first that breaks a law.
pub(crate) fn explore<S: Eq + Hash, A: Copy + Debug>(
    start: S,
    steps: impl Fn(&S) -> Vec<(A, S)>,
    broken: impl Fn(&S) -> Option<&'static str>,
) -> Result<Space<S, A>, Counterexample> {
    let start = Rc::new(start);
    let mut known: HashMap<Rc<S>, usize> = HashMap::from([(Rc::clone(&start), 0)]);
    let mut space = Space {
        states: vec![start],
        reached: vec![None],
        before: vec![Vec::new()],
        steps: 0,
    };

    let mut at = 0;
    while let Some(state) = space.states.get(at).cloned() {
        if let Some(law) = broken(&state) {
            let path = space.path(at);
            return Err(Counterexample { law, path });
        }
        for (action, next) in steps(&state) {
            let place = space.visit(at, action, next, &mut known);
            space.steps += 1;
            space.before.get_mut(place).expect("visited").push(at);
        }
        at += 1;
    }
    Ok(space)
}

impl<S: Eq + Hash, A: Copy + Debug> Space<S, A> {
    /// How many states, and how many steps between them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.states.len(), self.steps)
    }

    /// The way to the first state from which no state can be reached that is as it should end.
    pub(crate) fn stuck(&self, is_end: impl Fn(&S) -> bool) -> Option<Counterexample> {
        let mut can_end: Vec<bool> = self.states.iter().map(|state| is_end(state)).collect();
        let ends = can_end.iter().enumerate().filter(|(_, is_end)| **is_end);
        let mut waiting: Vec<usize> = ends.map(|(place, _)| place).collect();

        while let Some(place) = waiting.pop() {
            for before in self.before.get(place).into_iter().flatten() {
                let can_end = can_end.get_mut(*before).expect("visited");
                if !*can_end {
                    *can_end = true;
                    waiting.push(*before);
                }
            }
        }
        let stuck = can_end.iter().position(|can_end| !can_end)?;
        Some(Counterexample {
            law: "it can still end well",
            path: self.path(stuck),
        })
    }

    fn visit(
        &mut self,
        from: usize,
        action: A,
        state: S,
        known: &mut HashMap<Rc<S>, usize>,
    ) -> usize {
        let state = Rc::new(state);
        let next = self.states.len();
        let place = *known.entry(Rc::clone(&state)).or_insert(next);
        if place == next {
            assert!(next < STATES_MAX, "more than {STATES_MAX} states");
            self.states.push(state);
            self.reached.push(Some((from, action)));
            self.before.push(Vec::new());
        }
        place
    }

    fn path(&self, mut place: usize) -> Vec<String> {
        let mut path = Vec::new();
        while let Some(Some((from, action))) = self.reached.get(place) {
            path.push(format!("{action:?}"));
            place = *from;
        }
        path.reverse();
        path
    }
}

#[test]
fn it_finds_the_shortest_way_and_the_dead_end() {
    // Two steps forward or three; 7 leads nowhere but to itself.
    let steps = |at: &u32| match at {
        7 => vec![(0, 7)],
        8.. => Vec::new(),
        _ => vec![(2, at + 2), (3, at + 3)],
    };
    let space = explore(0, steps, |_| None).expect("no law");
    assert_eq!(space.size(), (9, 13));
    let stuck = space.stuck(|at| *at >= 8).expect("a dead end");
    assert_eq!(stuck.path, ["2", "2", "3"]);

    let broken = explore(0, steps, |at| (*at == 9).then_some("not nine"));
    let path = broken.err().map(|found| found.path);
    assert_eq!(path, Some(["3"; 3].map(str::to_owned).to_vec()));
}
