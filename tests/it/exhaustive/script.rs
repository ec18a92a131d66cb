//! All sequences of choices, one after the other: a run asks for a choice wherever the world may go
//! one way or another, and the script answers so that no run is like one before.

/// The choices of one run: what was chosen, of how many.
#[derive(Debug, Default)]
pub(crate) struct Script {
    choices: Vec<(usize, usize)>,
    at: usize,
}

impl Script {
    /// A number below `of`; on the first visit 0.
    pub(crate) fn choose(&mut self, of: usize) -> usize {
        let at = self.at;
        self.at += 1;
        if let Some((chosen, of_then)) = self.choices.get(at) {
            assert_eq!(*of_then, of, "the same choices lead to the same choice");
            return *chosen;
        }
        self.choices.push((0, of));
        0
    }

    /// Goes on to the next sequence; false when there is none.
    pub(crate) fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return true;
            }
        }
        false
    }
}

#[test]
fn every_sequence_comes_once() {
    let mut script = Script::default();
    let mut seen = Vec::new();
    loop {
        let first = script.choose(2);
        let second = if first == 0 { script.choose(3) } else { 9 };
        seen.push((first, second));
        if !script.advance() {
            break;
        }
    }
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 9)]);
}
