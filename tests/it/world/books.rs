//! A gateway that is nothing but its books, under each reading of what nobody could establish. It is
//! the oracle: what was charged stands here, whatever the daemon believes.

use std::time::Duration;

use dues::core::answer::{Answer, Finding, ImpUid, Receipt, Words};
use dues::core::dunning::Class;
use dues::gateway::simulator::switches::{Duplicates, InFlight, Reuse};
use jiff::Timestamp;

use crate::world::{beginning, decline};

/// How the gateway is taken to behave where the documents leave it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) duplicates: Duplicates,
    pub(crate) reuse: Reuse,
    pub(crate) in_flight: InFlight,
    /// How far the gateway's clock is behind ours.
    pub(crate) clock_behind: Duration,
}

impl Reading {
    /// Every combination.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for duplicates in [Duplicates::Atomic, Duplicates::CheckThenAct] {
            for reuse in [Reuse::Allowed, Reuse::Refused] {
                for in_flight in [InFlight::Shown, InFlight::Hidden] {
                    all.push(Self {
                        duplicates,
                        reuse,
                        in_flight,
                        clock_behind: Duration::from_mins(1),
                    });
                }
            }
        }
        all
    }

    /// `check-then-act, reuse refused, in flight hidden`.
    pub(crate) fn name(self) -> String {
        let duplicates = match self.duplicates {
            Duplicates::Atomic => "atomic",
            Duplicates::CheckThenAct => "check-then-act",
        };
        let reuse = match self.reuse {
            Reuse::Allowed => "allowed",
            Reuse::Refused => "refused",
        };
        let in_flight = match self.in_flight {
            InFlight::Shown => "shown",
            InFlight::Hidden => "hidden",
        };
        format!("{duplicates}, reuse {reuse}, in flight {in_flight}")
    }
}

/// What the card comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Card {
    Pays,
    Declines,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Working,
    Paid,
    Failed { at: Timestamp },
}

/// A payment that was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Payment {
    /// Which `merchant_uid`.
    pub(crate) uid: u16,
    pub(crate) stage: Stage,
}

/// The books of one cycle.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Books {
    pub(crate) payments: Vec<Payment>,
    /// How many declines there ever were.
    pub(crate) declines: u8,
}

impl Books {
    /// A request comes in: the place of the payment that is worked on from now, or a refusal.
    pub(crate) fn arrive(&mut self, uid: u16, reading: Reading) -> Result<usize, Answer> {
        let of_uid = |payment: &&Payment| payment.uid == uid;
        for payment in self.payments.iter().filter(of_uid) {
            match (payment.stage, reading.duplicates, reading.reuse) {
                (Stage::Paid, _, _) | (Stage::Working, Duplicates::Atomic, _) => {
                    return Err(Answer::Settled(Words::new("already ordered")));
                }
                (Stage::Failed { .. }, _, Reuse::Refused) => return Err(refused()),
                (Stage::Working, Duplicates::CheckThenAct, _)
                | (Stage::Failed { .. }, _, Reuse::Allowed) => {}
            }
        }

        self.payments.push(Payment {
            uid,
            stage: Stage::Working,
        });
        Ok(self.payments.len() - 1)
    }

    /// The card is charged, or says no. Who else asked in the meantime is not looked at again.
    pub(crate) fn act(&mut self, place: usize, card: Card, now: Timestamp) -> Answer {
        let payment = self.payments.get_mut(place).expect("it was let in");
        match card {
            Card::Pays => {
                payment.stage = Stage::Paid;
                Answer::Paid(receipt(place))
            }
            Card::Declines => {
                payment.stage = Stage::Failed { at: now };
                self.declines += 1;
                Answer::Declined(decline(Class::Technical))
            }
        }
    }

    /// A failed payment turns out to be paid, unless the uid is spoken for by then: the gateway
    /// keeps its own promise of one success a uid.
    pub(crate) fn turn_paid(&mut self, place: usize) -> bool {
        let payment = *self.payments.get(place).expect("it was let in");
        let is_other = |other: &Payment| match other.stage {
            Stage::Working | Stage::Paid => other.uid == payment.uid,
            Stage::Failed { .. } => false,
        };
        let is_failed = matches!(payment.stage, Stage::Failed { .. });
        if !is_failed || self.payments.iter().any(is_other) {
            return false;
        }
        self.payments.get_mut(place).expect("as above").stage = Stage::Paid;
        true
    }

    /// What a look-up of the uid shows.
    pub(crate) fn find(&self, uid: u16, reading: Reading) -> Finding {
        let (mut paid, mut working, mut failed_at) = (Vec::new(), false, None);
        for (place, payment) in self.payments.iter().enumerate() {
            match payment.stage {
                Stage::Paid if payment.uid == uid => paid.push(place),
                Stage::Working if payment.uid == uid => working = true,
                Stage::Failed { at } if payment.uid == uid => failed_at = failed_at.max(Some(at)),
                Stage::Paid | Stage::Working | Stage::Failed { .. } => {}
            }
        }

        match (paid.as_slice(), failed_at) {
            ([_, _, ..], _) => Finding::Mismatch(Words::new("paid twice")),
            ([place], _) => Finding::Paid(receipt(*place)),
            ([], _) if working && reading.in_flight == InFlight::Shown => {
                Finding::Unclear(Words::new("ready"))
            }
            ([], Some(at)) => Finding::Failed {
                decline: decline(Class::Technical),
                failed_at: Some(at - reading.clock_behind),
            },
            ([], None) => Finding::Absent,
        }
    }

    /// The same books as seen `passed` later, with the clock put back by as much. Failures from before
    /// `forgotten_at` are alike.
    pub(crate) fn aged(&mut self, passed: Duration, forgotten_at: Option<Timestamp>) {
        for payment in &mut self.payments {
            if let Stage::Failed { at } = &mut payment.stage {
                *at -= passed;
                *at = forgotten_at.map_or(*at, |forgotten_at| forgotten_at.max(*at));
            }
        }
    }

    /// How often the cycle was paid, under whatever uid.
    pub(crate) fn times_paid(&self) -> usize {
        let is_paid = |payment: &&Payment| payment.stage == Stage::Paid;
        self.payments.iter().filter(is_paid).count()
    }
}

/// A refusal that says nothing of payments.
pub(crate) fn refused() -> Answer {
    Answer::Refused(decline(Class::Technical))
}

fn receipt(place: usize) -> Receipt {
    Receipt {
        imp_uid: ImpUid::parse(&format!("imp_{place}")).expect("a name"),
        // Nothing depends on it, and a time that moves would make equal states unequal.
        paid_at: beginning(),
        refunded_won: 0,
    }
}
