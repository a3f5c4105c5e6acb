//! Some parts have still to be read before two inventories can be compared: those that lists do not show, unless a hint
//! says that nothing happened.

use std::collections::BTreeSet;

use super::{
    Policy,
    pair::{Pairing, pair},
    scope::scope,
};
use crate::engine::model::{Idx, Inventory};

/// The objects of both sides that are still to be read one by one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// On the source.
    pub source: Vec<Idx>,
    /// On the target.
    pub target: Vec<Idx>,
}

/// Finds out what has to be read.
#[must_use]
pub fn wanted(source: &Inventory, target: &Inventory, policy: &Policy) -> Wanted {
    let pairing = pair(source, target, policy);
    let scope = scope(source, target, &pairing, policy);
    let mut search = Search { source, target, pairing: &pairing, found: (BTreeSet::new(), BTreeSet::new()) };
    for idx in source.ids().filter(|idx| scope.source(*idx)) {
        let kind = source[idx].kind;
        // Parts are read along with their carriers.
        let is_due = policy.replicates(source.kinds, kind) && !source.kinds.is_carried(kind);
        if is_due && (policy.deep || !search.is_settled(idx)) {
            search.take(idx);
        }
    }
    let (on_source, on_target) = search.found;
    Wanted { source: on_source.into_iter().collect(), target: on_target.into_iter().collect() }
}

struct Search<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    pairing: &'a Pairing,
    found: (BTreeSet<Idx>, BTreeSet<Idx>),
}

impl Search<'_> {
    /// A hint says that nothing happened to an object and its parts since both sides were made equal.
    fn is_settled(&self, idx: Idx) -> bool {
        let partner = self.pairing.target(idx);
        partner.is_some_and(|partner| self.source[idx].is_as_noted_on(&self.target[partner]))
            && self.source.carried(idx).into_iter().all(|carried| self.pairing.target(carried).is_some())
    }

    fn take(&mut self, idx: Idx) {
        let partner = self.pairing.target(idx);
        if !self.source.is_carried_whole(idx) {
            return;
        }
        let source = std::iter::once(idx).chain(self.source.carried(idx));
        self.found.0.extend(source.filter(|idx| self.source[*idx].unread));
        let Some(partner) = partner else { return };
        let target = std::iter::once(partner).chain(self.target.carried(partner));
        self.found.1.extend(target.filter(|idx| self.target[*idx].unread));
    }
}
