//! Cycles that were begun and whose answer is awaited, as they are on disk: nearly every one is paid
//! next, and need not be read again for that. Whatever else happens to one of them, or to its
//! subscription, makes it forgotten, and it is read.

use std::collections::BTreeMap;

use crate::store::rows::WorkRow;
use crate::store::turn::CycleKey;

/// At most as many as there are open attempts: an attempt that ends, or is asked about, is forgotten.
#[derive(Debug, Default)]
pub(super) struct UnderWay(BTreeMap<CycleKey, Box<WorkRow>>);

impl UnderWay {
    /// Remembers a cycle as it is written in this turn.
    pub(super) fn keep(&mut self, row: Box<WorkRow>) {
        self.0.insert(row.key(), row);
    }

    /// What is remembered of a cycle, and no longer: whoever takes it changes it.
    pub(super) fn take(&mut self, key: CycleKey) -> Option<Box<WorkRow>> {
        self.0.remove(&key)
    }

    /// Forgets the cycles of a subscription that became something else.
    pub(super) fn forget(&mut self, subscription: i64) {
        let cycle = |n| CycleKey { subscription, n };
        let its = self.0.range(cycle(i64::MIN)..=cycle(i64::MAX));
        let its: Vec<CycleKey> = its.map(|(key, _)| *key).collect();
        for key in its {
            self.0.remove(&key);
        }
    }
}
