//! Claims on unique values: who has a name or client id now, and whether it becomes free in time.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::StepId;
use crate::engine::model::{
    Idx, Inventory, KindId,
    kind::{Unique, UniqueScope},
};

/// Who holds which unique value on the target.
pub(super) struct ValueHolders {
    by_value: HashMap<(KindId, &'static str, Option<Idx>, String), Idx>,
}

impl ValueHolders {
    pub(super) fn new(target: &Inventory) -> Self {
        let mut by_value = HashMap::new();
        for idx in target.ids() {
            let kind = target[idx].kind;
            let unique = target.kinds.row(kind).unique;
            if unique.is_empty() {
                continue;
            }
            let fields = target[idx].document.fields();
            for unique in unique {
                if let Some(value) = fields.get(unique.field).and_then(Value::as_str) {
                    let key = (kind, unique.field, within(unique, target.parent(idx)), value.to_owned());
                    by_value.entry(key).or_insert(idx);
                }
            }
        }
        Self { by_value }
    }

    /// The holder of a value, as seen from under this target parent.
    pub(super) fn of(&self, kind: KindId, unique: &Unique, parent: Option<Idx>, value: &str) -> Option<Idx> {
        if unique.within == UniqueScope::Parent && parent.is_none() {
            return None;
        }
        self.by_value.get(&(kind, unique.field, within(unique, parent), value.to_owned())).copied()
    }
}

fn within(unique: &Unique, parent: Option<Idx>) -> Option<Idx> {
    match unique.within {
        UniqueScope::Catalog => None,
        UniqueScope::Parent => parent,
    }
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClaimResult {
    /// Nobody has the value.
    Free,
    /// The holder is removed by this run.
    AfterDelete(Idx),
    /// The holder takes another value by this run.
    AfterUpdate(Idx),
    /// The holder waits, round a corner, for this very claim: it must first take a value that nobody wants.
    AfterParking(Idx),
    /// The holder keeps it.
    Clash(Idx),
}

/// Who moves away from which value, and who goes.
pub(super) struct ValueMoves<'a> {
    /// For each unique field: who holds what a target object wants.
    pub(super) wanted: &'a HashMap<(&'static str, Idx), Idx>,
    /// Target objects that this run removes.
    pub(super) going: &'a HashMap<Idx, StepId>,
}

impl ValueMoves<'_> {
    /// What becomes of the claim on a value that `holder` has, made by `claimant` (a target object that already
    /// exists, or none for a creation).
    pub(super) fn verdict(&self, field: &'static str, holder: Option<Idx>, claimant: Option<Idx>) -> ClaimResult {
        let Some(holder) = holder.filter(|holder| Some(*holder) != claimant) else {
            return ClaimResult::Free;
        };
        if self.going.contains_key(&holder) {
            return ClaimResult::AfterDelete(holder);
        }
        let mut seen = HashSet::new();
        let mut at = holder;
        loop {
            if Some(at) == claimant {
                return self.on_cycle(field, holder, claimant);
            }
            if !seen.insert(at) {
                return ClaimResult::AfterUpdate(holder);
            }
            match self.wanted.get(&(field, at)).copied() {
                None => return ClaimResult::Clash(holder),
                // An object that wants a free value points at itself.
                Some(next) if next == at || self.going.contains_key(&next) => {
                    return ClaimResult::AfterUpdate(holder);
                }
                Some(next) => at = next,
            }
        }
    }

    /// On a cycle the object with the lowest place parks its value; everybody else waits for the next one.
    fn on_cycle(&self, field: &'static str, holder: Idx, claimant: Option<Idx>) -> ClaimResult {
        let mut lowest = holder;
        let mut at = holder;
        while Some(at) != claimant {
            lowest = lowest.min(at);
            match self.wanted.get(&(field, at)).copied() {
                Some(next) => at = next,
                None => break,
            }
        }
        lowest = claimant.map_or(lowest, |claimant| lowest.min(claimant));
        if lowest == holder { ClaimResult::AfterParking(holder) } else { ClaimResult::AfterUpdate(holder) }
    }
}
