//! Values of which a site gives no two objects of a kind the same, such as people's e-mail addresses. That shows in
//! lists as far as they reach, and an object that could only be refused is not tried (behaviour.md, "Users"); so
//! creations and updates ask for it.
//!
//! Not every server insists on it. Where either side shows two objects with one value, servers of this release do not,
//! and nothing is held back.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::engine::{
    model::{Idx, Inventory, KindId},
    plan::{
        context::Context, pair::Pairing, pair::namesakes::folded, policy::Policy, rules::strangers::is_stranger,
        scope::Scope, step::Cause,
    },
};

/// Who has the values that source objects are to bring to the target.
#[derive(Debug, Default)]
pub(crate) struct SiteValues {
    /// For each source object whose value stays with somebody else: with whom.
    clashes: HashMap<Idx, Idx>,
    /// For each source object whose value somebody else gives up in this run: the giver's original.
    pub(crate) after: BTreeMap<Idx, Idx>,
}

impl SiteValues {
    pub(crate) fn new(
        source: &Inventory,
        target: &Inventory,
        policy: &Policy,
        pairing: &Pairing,
        scope: &Scope,
    ) -> Self {
        let search = SiteValueSearch { source, target, pairing };
        let mut values = Self::default();
        for kind in source.kinds.ids() {
            if let Some((field, _)) = source.kinds.row(kind).site_unique
                && policy.replicates(source.kinds, kind)
            {
                search.hold_against(kind, field, scope, &mut values);
            }
        }
        values
    }
}

struct SiteValueSearch<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    pairing: &'a Pairing,
}

impl SiteValueSearch<'_> {
    fn hold_against(&self, kind: KindId, field: &str, scope: &Scope, values: &mut SiteValues) {
        let claims: Vec<(Idx, String)> = self
            .source
            .of_kind(kind)
            .filter(|idx| scope.source(*idx) && !self.pairing.contested.contains_key(idx))
            .filter_map(|idx| Some((idx, self.claim(idx, field)?)))
            .collect();
        if claims.is_empty() {
            return;
        }
        let holders: HashMap<String, Idx> =
            self.target.of_kind(kind).filter_map(|idx| Some((folded(&self.target[idx], field)?, idx))).collect();
        let held: BTreeMap<Idx, Idx> = claims
            .iter()
            .filter_map(|(idx, value)| Some((*idx, holders.get(value).copied()?)))
            .filter(|(idx, holder)| self.pairing.target(*idx) != Some(*holder))
            .collect();
        if held.is_empty() || [self.source, self.target].iter().any(|it| repeats(it, kind, field)) {
            return;
        }
        let moving: HashSet<Idx> = claims.iter().map(|(idx, _)| *idx).collect();
        self.settle(held, &moving, values);
    }

    /// The value that a source object is to bring to the target and that its partner does not have yet.
    fn claim(&self, idx: Idx, field: &str) -> Option<String> {
        let value = folded(&self.source[idx], field)?;
        let Some(partner) = self.pairing.target(idx) else {
            return Some(value);
        };
        let partner = &self.target[partner];
        let is_due = folded(partner, field).as_ref() != Some(&value);
        (is_due && !is_stranger(self.source, partner, idx)).then_some(value)
    }

    /// Whoever waits for somebody who can move can move as well. Two who would have to change places can not.
    fn settle(&self, mut held: BTreeMap<Idx, Idx>, moving: &HashSet<Idx>, values: &mut SiteValues) {
        loop {
            let giver = |holder: Idx| self.pairing.source(holder).filter(|it| moving.contains(it));
            let free: Vec<(Idx, Idx)> = held
                .iter()
                .filter_map(|(idx, holder)| Some((*idx, giver(*holder)?)))
                .filter(|(_, giver)| !held.contains_key(giver))
                .collect();
            if free.is_empty() {
                values.clashes.extend(held);
                return;
            }
            for (idx, giver) in free {
                held.remove(&idx);
                values.after.insert(idx, giver);
            }
        }
    }
}

fn repeats(inventory: &Inventory, kind: KindId, field: &str) -> bool {
    let mut seen = HashSet::new();
    let values = inventory.of_kind(kind);
    let mut values = values.filter_map(|idx| folded(&inventory[idx], field));
    values.any(|value| !seen.insert(value))
}

impl Context<'_> {
    /// The site would not take a source object while somebody else has a value of it and keeps it.
    pub(crate) fn site_value_clash(&self, idx: Idx) -> Option<Cause> {
        let holder = *self.site_values.clashes.get(&idx)?;
        let (field, label) = self.row(self.source[idx].kind).site_unique?;
        let value = self.source[idx].document.field(field);
        let singular = self.row(self.source[idx].kind).singular;
        Some(Cause::Claimed(format!(
            "its {label} {} ({field}) is that of {singular} {} on the target, and no two may have the same: change one of \
             the two",
            value.as_str().unwrap_or_default(),
            self.target.address(holder)
        )))
    }
}
