//! A plan: what is charged, how often, and by which rules. A version of a plan never changes.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::core::calendar::{self, Anchor, CycleNo, OutOfCalendar};
use crate::core::catch_up::CatchUp;
use crate::core::consent::{Agreement, Rise, WithoutConsent};
use crate::core::contract::{Contract, Quantity};
use crate::core::coupon::{Coupon, CouponCode};
use crate::core::dates::Dates;
use crate::core::dunning::{Hours, Ladder};
use crate::core::money::Krw;
use crate::core::order::{OrderName, PlanId, UidScope};
use crate::core::particulars::Particulars;
use crate::core::price::{self, BadPrice, Line, Opening, Position, Price, PriceList, Rest, Trial};
use crate::core::template::{NameTemplate, Named};
use crate::core::window::Window;

/// One immutable version of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its name in the configuration.
    pub id: PlanId,
    /// What the customer is told is sold.
    pub name: NameTemplate,
    /// The price of a cycle, where the price list has no other.
    pub amount: Krw,
    /// When its cycles are due.
    pub dates: Dates,
    /// Where its dates are local.
    pub zone: TimeZone,
    /// What the first cycles cost, and when there are no more.
    pub price_list: PriceList,
    /// What the gateway is asked for besides the money.
    pub particulars: Particulars,
}

impl Plan {
    /// The instant a cycle of a subscription with this anchor is due.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_at(
        &self,
        anchor: impl Into<Anchor>,
        cycle: CycleNo,
    ) -> Result<Timestamp, OutOfCalendar> {
        let anchor = anchor.into();
        let (start, steps) = match anchor.moved_before(cycle) {
            Some(moved) => moved,
            None => (self.starts_at(anchor.at)?, cycle),
        };
        self.dates.due_at(start, &self.zone, steps)
    }

    /// The parts of the price of cycle `n` of a subscription with this contract.
    pub fn price_lines(&self, contract: Contract, n: CycleNo) -> Vec<Line> {
        let position = self.position(contract, n);
        self.price_list.lines(self.amount, position)
    }

    /// What a whole cycle costs at cycle `n`: without fees, and as if no period were shorter.
    pub fn regular(&self, contract: Contract, n: CycleNo) -> i64 {
        let position = self.position(contract, n);
        self.price_list.regular(self.amount, position)
    }

    /// What a whole cycle cost before cycle `n`. The first one is what was agreed to by signing up,
    /// unless something free came before it.
    pub fn regular_before(&self, contract: Contract, n: CycleNo) -> i64 {
        let before = n.number().checked_sub(1);
        let before = before.and_then(|before| CycleNo::parse(before).ok());
        match (before, self.price_list.trial) {
            (Some(before), _) => self.regular(contract, before),
            (None, Some(Trial::Span(_))) => 0,
            (None, Some(Trial::Cycles(_)) | None) => self.regular(contract, n),
        }
    }

    /// What somebody agrees to who signs up for it.
    pub fn sign_up(&self, contract: Contract, added_at: Timestamp) -> Agreement {
        let highest = self.price_list.highest(self.amount, contract.quantity);
        Agreement::at_sign_up(contract.anchor.at, added_at, highest)
    }

    /// The first cycle that is charged of a subscription with this anchor that starts with cycle `n`.
    pub fn first_charged(&self, anchor: Timestamp, n: CycleNo) -> CycleNo {
        let first = self.price_list.first_charged(self.opening(anchor.into()));
        CycleNo::parse(first.max(n.number())).unwrap_or(n)
    }

    fn opening(&self, anchor: Anchor) -> Opening {
        let start = match anchor.moved {
            // It changed plan before anything of it was charged.
            Some((first, at)) if first.number() == 0 => Ok(at),
            Some(_) | None => self.starts_at(anchor.at),
        };
        start.map_or(Opening::Regular, |start| {
            self.dates.opening(start, &self.zone)
        })
    }

    /// What there is of the period of cycle `n`, if it begins where the anchor was moved to, and that is between
    /// two days that are everybody's.
    fn rest(&self, anchor: Anchor, n: CycleNo) -> Option<Rest> {
        let (_, at) = anchor
            .moved
            .filter(|(first, _)| *first == n && n.number() > 0)?;
        Rest::of(self.dates.period_around(at, &self.zone)?, at)
    }

    fn position(&self, contract: Contract, n: CycleNo) -> Position {
        Position {
            n,
            opening: self.opening(contract.anchor),
            rest: self.rest(contract.anchor, n),
            quantity: contract.quantity,
            discount: contract.discount,
        }
    }

    /// Where cycles are counted from: the anchor, or the end of the trial that begins there.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn starts_at(&self, anchor: Timestamp) -> Result<Timestamp, OutOfCalendar> {
        match self.price_list.trial {
            Some(Trial::Span(span)) => {
                let once = CycleNo::parse(1)?;
                calendar::due_at(anchor, &self.zone, span, once)
            }
            Some(Trial::Cycles(_)) | None => Ok(anchor),
        }
    }

    /// Whether the plan has a cycle `n`: after its last one there are none.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn has_cycle(&self, anchor: impl Into<Anchor>, n: CycleNo) -> Result<bool, OutOfCalendar> {
        let list = &self.price_list;
        if list.cycles.is_some_and(|cycles| n.number() >= cycles) {
            return Ok(false);
        }
        let Some(until) = list.until else {
            return Ok(true);
        };
        let due_at = self.due_at(anchor, n)?;
        Ok(self.zone.to_datetime(due_at).date() <= until)
    }

    /// What cycle `n` of a subscription with this contract costs.
    pub fn price(&self, contract: Contract, n: CycleNo) -> Price {
        // Lines that come to more are refused where a plan is written and where a contract is made.
        price::total(&self.price_lines(contract, n)).unwrap_or(Price::Of(self.amount))
    }

    /// What the customer is told cycle `n` is for.
    pub fn name_of(&self, contract: Contract, n: CycleNo) -> OrderName {
        if let Some(name) = self.name.fixed() {
            return name;
        }
        let day = |at: Timestamp| self.zone.to_datetime(at).date();
        let from = self.due_at(contract.anchor, n).map_or(Date::MIN, day);
        let next = n.next().and_then(|next| self.due_at(contract.anchor, next));
        // Where the calendar ends a period has one day.
        let to = next.map_or(from, |next| day(next).yesterday().unwrap_or(from));
        let named = Named {
            plan: &self.id,
            n,
            from,
            to: to.max(from),
            quantity: contract.quantity,
        };
        self.name.name(named)
    }

    /// Whether so many of it can be had.
    ///
    /// # Errors
    /// [`BadPrice`] when a cycle of it would ask for more than one charge may.
    pub fn check_quantity(&self, quantity: Quantity) -> Result<(), BadPrice> {
        self.price_list.check_quantity(self.amount, quantity)
    }

    /// Whether a subscription with this anchor that starts with cycle `n` is in its trial.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn is_trial(
        &self,
        anchor: Timestamp,
        n: CycleNo,
        now: Timestamp,
    ) -> Result<bool, OutOfCalendar> {
        let is_before = n.number() == 0 && now < self.starts_at(anchor)?;
        let is_span = matches!(self.price_list.trial, Some(Trial::Span(_)));
        Ok(self.price_list.is_trial(n) || (is_span && is_before))
    }
}

impl Plan {
    /// Whether a subscription that started with cycle `first`, and of which `waits` is to be charged next, is
    /// in its trial at that moment: nothing was charged yet, and nothing is owed.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn is_trialing(
        &self,
        anchor: Timestamp,
        (first, waits): (CycleNo, CycleNo),
        now: Timestamp,
    ) -> Result<bool, OutOfCalendar> {
        let begun = waits.number().checked_sub(1);
        let begun = begun.and_then(|begun| CycleNo::parse(begun).ok());
        let is_after_free = begun.is_some_and(|n| n >= first && self.price_list.is_trial(n));
        Ok(is_after_free || self.is_trial(anchor, waits, now)?)
    }
}

/// A plan with the rules in force today: rules follow the configuration, prices do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The version of the plan.
    pub plan: Plan,
    /// When to try again and when to give up.
    pub ladder: Ladder,
    /// When charges go out.
    pub window: Window,
    /// How long to wait for the gateway.
    pub pace: Pace,
    /// What becomes of cycles that came due while nobody was charging.
    pub catch_up: CatchUp,
    /// What becomes of a price that rises without the customer's consent.
    pub without_consent: WithoutConsent,
    /// From which day on this version is offered to subscribers of older ones, if it is.
    pub applies_from: Option<Date>,
    /// The coupons that can be redeemed for it today.
    pub coupons: Vec<Coupon>,
}

/// A cycle as it is enrolled: what it asks for, and when. All of it is fixed from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// When it is due, by the anchor.
    pub due_at: Timestamp,
    /// When it is tried first: the due instant, moved into the charge window.
    pub try_at: Timestamp,
    /// What it asks for.
    pub price: Price,
    /// How it is above what a cycle cost before, if it is.
    pub rise: Option<Rise>,
    /// What the customer is told it is for.
    pub name: OrderName,
}

impl Terms {
    /// The coupon of that code, if it can be redeemed for the plan.
    pub fn coupon(&self, code: &CouponCode) -> Option<&Coupon> {
        self.coupons.iter().find(|coupon| coupon.code == *code)
    }

    /// The hours in which its charges go out.
    pub const fn hours(&self) -> Hours<'_> {
        Hours {
            window: self.window,
            zone: &self.plan.zone,
        }
    }

    /// Cycle `n` of a subscription with this contract, as it would be enrolled after a cycle that cost
    /// so much; nothing after the plan's last one.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn enrolment(
        &self,
        contract: Contract,
        n: CycleNo,
        before: i64,
    ) -> Result<Option<Enrolment>, OutOfCalendar> {
        let anchor = contract.anchor;
        if !self.plan.has_cycle(anchor, n)? {
            return Ok(None);
        }
        let due_at = self.plan.due_at(anchor, n)?;
        Ok(Some(Enrolment {
            due_at,
            try_at: self.window.earliest(due_at, &self.plan.zone),
            price: self.plan.price(contract, n),
            rise: Rise::between(before, self.plan.regular(contract, n)),
            name: self.plan.name_of(contract, n),
        }))
    }

    /// The cycles after `n` that are due at `now`, the latest of them, at most so many; and how many before
    /// these were left out.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_after(
        &self,
        anchor: Anchor,
        n: CycleNo,
        (most, now): (usize, Timestamp),
    ) -> Result<(VecDeque<CycleNo>, usize), OutOfCalendar> {
        let (mut due, mut left_out, mut n) = (VecDeque::new(), 0, n.next()?);
        while self.plan.has_cycle(anchor, n)? && self.plan.due_at(anchor, n)? <= now {
            due.push_back(n);
            if due.len() > most {
                due.pop_front();
                left_out += 1;
            }
            n = n.next()?;
        }
        Ok((due, left_out))
    }

    /// How many cycles are due at `now`, from `n` on; more than a few are not counted. `n` itself
    /// counts: whoever asks has it in hand.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn cycles_due(
        &self,
        anchor: impl Into<Anchor>,
        n: CycleNo,
        now: Timestamp,
    ) -> Result<u8, OutOfCalendar> {
        let anchor = anchor.into();
        let mut n = n;
        let mut due = 1;
        while due <= CatchUp::CHARGES_MAX {
            n = n.next()?;
            if !self.plan.has_cycle(anchor, n)? || self.plan.due_at(anchor, n)? > now {
                break;
            }
            due += 1;
        }
        Ok(due)
    }
}

/// How the gateway is asked: how long it may take, how often, and under which uids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After this span an attempt without an answer is in doubt. Longer than the client's own
    /// time-out, so that it ends an attempt only when the process that sent it is gone.
    pub answer_within: Duration,
    /// How long a doubt rests before the gateway is asked about it: longer than the gateway may still
    /// be working on a request that we gave up on.
    pub quiet_period: Duration,
    /// The longest pause between two questions about one doubt.
    pub ask_again_max: Duration,
    /// What shares a `merchant_uid`.
    pub uid_scope: UidScope,
}
