//! The calls under `/subscribe/customers`: issuing, showing and deleting a stored card.

use jiff::Timestamp;
use serde::Deserialize;

use crate::core::order::CustomerUid;
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::books::{Seen, paged};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Method, Request, text};
use crate::gateway::simulator::switches::Customers;
use crate::gateway::simulator::wire::{CustomerText, Envelope};

/// What became of a billing key.
#[derive(Debug, Clone, Copy)]
pub(super) enum StoredCard {
    /// It can be charged.
    Kept {
        inserted: Timestamp,
        updated: Timestamp,
    },
    /// docs: not to be undone.
    Deleted,
}

#[derive(Deserialize)]
struct CardFields {
    #[serde(default, deserialize_with = "text")]
    card_number: Option<String>,
    #[serde(default, deserialize_with = "text")]
    expiry: Option<String>,
}

impl Behaviour {
    /// Answers `/subscribe/customers...`; `rest` is what follows in the path.
    pub(super) fn customer(
        &mut self,
        request: &Request<'_>,
        method: Method,
        rest: &[&str],
        now: Timestamp,
    ) -> Reply {
        match (method, rest) {
            (Method::Get, []) => self.show_customers(request, now),
            (Method::Get, [uid]) => self.show_customer(uid, now),
            (Method::Get, [uid, "payments"]) => self.payments_of(uid, request, now),
            (Method::Post, [uid]) => self.issue(uid, request, now),
            (Method::Delete, [uid]) => self.delete(uid, now),
            (Method::Get | Method::Post | Method::Put | Method::Delete | Method::Other, _) => {
                Reply::page(404, "Cannot find this path")
            }
        }
    }

    /// Whether a charge of this customer finds a card.
    pub(super) fn has_card(&self, customer_uid: &str) -> bool {
        match (self.cards.get(customer_uid), self.switches.customers) {
            (Some(StoredCard::Kept { .. }), _) | (None, Customers::Anybody) => true,
            (Some(StoredCard::Deleted), _) | (None, Customers::Registered) => false,
        }
    }

    /// Keeps a card under this name. docs: a name that is in use gets the new card.
    pub(super) fn keep_card(&mut self, customer_uid: &str, now: Timestamp) {
        let inserted = match self.cards.get(customer_uid) {
            Some(StoredCard::Kept { inserted, .. }) => *inserted,
            Some(StoredCard::Deleted) | None => now,
        };
        let card = StoredCard::Kept {
            inserted,
            updated: now,
        };
        self.cards.insert(customer_uid.to_owned(), card);
    }

    fn issue(&mut self, uid: &str, request: &Request<'_>, now: Timestamp) -> Reply {
        let fields: CardFields = match request.fields() {
            Ok(fields) => fields,
            Err(problem) => return Reply::malformed(&problem),
        };
        let absent = |field: Option<String>| field.unwrap_or_default().is_empty();
        if absent(fields.card_number) || absent(fields.expiry) {
            return Reply::malformed("card_number, expiry 파라미터가 누락되었습니다.");
        }
        if uid.chars().count() > CustomerUid::LENGTH_MAX {
            return Reply::malformed("customer_uid is longer than 80");
        }

        self.keep_card(uid, now);
        self.show_customer(uid, now)
    }

    fn delete(&mut self, uid: &str, now: Timestamp) -> Reply {
        let Some(card) = self.card_text(uid, now) else {
            return self.no_billing_key();
        };
        let reply = Reply::done(&card);
        self.cards.insert(uid.to_owned(), StoredCard::Deleted);
        reply
    }

    fn show_customer(&self, uid: &str, now: Timestamp) -> Reply {
        match self.card_text(uid, now) {
            Some(card) => Reply::done(&card),
            None => self.no_billing_key(),
        }
    }

    /// docs: HTTP 207 when some of them are unknown.
    fn show_customers(&self, request: &Request<'_>, now: Timestamp) -> Reply {
        let is_uid = |name: &str| name == "customer_uid[]" || name == "customer_uid";
        let mut asked = request.parameters();
        asked.retain(|(name, _)| is_uid(name));

        let known = asked.iter().filter_map(|(_, uid)| self.card_text(uid, now));
        let known: Vec<CustomerText<'_>> = known.collect();
        if known.is_empty() {
            return self.no_billing_key();
        }
        let status = if known.len() == asked.len() { 200 } else { 207 };
        Reply::with_json(status, &Envelope::of(known))
    }

    fn payments_of(&self, uid: &str, request: &Request<'_>, now: Timestamp) -> Reply {
        let all: Vec<Seen<'_>> = self.seen(self.ledger.of_customer(uid), None, now).collect();
        paged(&all, request)
    }

    fn card_text<'a>(&self, uid: &'a str, now: Timestamp) -> Option<CustomerText<'a>> {
        let (inserted, updated) = match self.cards.get(uid) {
            Some(StoredCard::Kept { inserted, updated }) => (*inserted, *updated),
            Some(StoredCard::Deleted) | None => (now, now),
        };
        let sandbox = self.switches.sandbox;
        self.has_card(uid)
            .then(|| CustomerText::new(uid, sandbox, inserted, updated))
    }
}
