//! Scope: which objects a run is about. What is out of scope stays untouched on both sides.

use super::{Policy, pair::Pairing, policy::Filter};
use crate::engine::model::{
    Idx, Inventory, Resource,
    address::decode,
    kind::{Presence, ReferenceKind},
};

/// Which objects are in scope, on both sides.
#[derive(Debug)]
pub struct Scope {
    source: Vec<bool>,
    target: Vec<bool>,
}

impl Scope {
    /// A source object is in scope.
    #[must_use]
    pub fn source(&self, idx: Idx) -> bool {
        self.source[idx.number()]
    }

    /// A target object is in scope.
    #[must_use]
    pub fn target(&self, idx: Idx) -> bool {
        self.target[idx.number()]
    }
}

/// An object's own name keeps it in scope.
#[must_use]
pub fn admits(policy: &Policy, thing: &Resource) -> bool {
    let mut filters = policy.filters.iter();
    filters.all(|(kind, filter)| *kind != thing.kind || filter.admits(&own_name(thing, filter)))
}

/// The name of an object that patterns are about. Namesakes are called after their places as well: their exact name is the last
/// part of their key.
pub(super) fn own_name(thing: &Resource, filter: &Filter) -> String {
    let name = if filter.versioned { thing.key().rsplit('/').next().unwrap_or_default() } else { thing.name.text() };
    decode(name)
}

/// Decides what is in scope: a pair by the source's name, a single by its own, everything by its parents too.
#[must_use]
pub fn scope(source: &Inventory, target: &Inventory, pairing: &Pairing, policy: &Policy) -> Scope {
    let own = |inventory: &Inventory, idx: Idx| admits(policy, &inventory[idx]);
    let mut source_scope = descend(source, |idx| own(source, idx));
    let mut target_scope = descend(target, |idx| match pairing.source(idx) {
        Some(partner) => source_scope[partner.number()] || is_by_reference(source, partner),
        None => own(target, idx),
    });
    leave_out_followers(source, &mut source_scope);
    leave_out_followers(target, &mut target_scope);
    pull_in(source, &mut source_scope);
    pull_in(target, &mut target_scope);
    for idx in target.ids().filter(|idx| is_by_reference(target, *idx)) {
        if let Some(partner) = pairing.source(idx) {
            target_scope[idx.number()] = source_scope[partner.number()];
        }
    }
    Scope { source: source_scope, target: target_scope }
}

/// Decides what of the source is in scope, whatever the target has.
#[must_use]
pub fn scope_of_source(source: &Inventory, policy: &Policy) -> Vec<bool> {
    let own = |idx: Idx| admits(policy, &source[idx]);
    let mut scope = descend(source, own);
    leave_out_followers(source, &mut scope);
    pull_in(source, &mut scope);
    scope
}

fn is_by_reference(inventory: &Inventory, idx: Idx) -> bool {
    inventory.kinds.row(inventory[idx].kind).presence == Presence::ByReference
}

fn descend(inventory: &Inventory, own: impl Fn(Idx) -> bool) -> Vec<bool> {
    let mut scope = vec![false; inventory.len()];
    for idx in inventory.ids() {
        let above = inventory.parent(idx).is_none_or(|parent| scope[parent.number()]);
        scope[idx.number()] = above && !is_by_reference(inventory, idx) && own(idx);
    }
    scope
}

/// Brings in what objects in scope refer to, where its home is wider than the catalog.
fn pull_in(inventory: &Inventory, scope: &mut [bool]) {
    for idx in inventory.ids().filter(|idx| !is_by_reference(inventory, *idx)) {
        if !scope[idx.number()] {
            continue;
        }
        let references = inventory.kinds.row(inventory[idx].kind).references;
        let wide =
            references.iter().filter(|reference| inventory.kinds.row(reference.kind).presence == Presence::ByReference);
        for named in wide.flat_map(|reference| inventory.named(idx, reference)) {
            scope[named.number()] = true;
        }
    }
}

/// An object that lives by something out of scope is out of scope as well.
fn leave_out_followers(inventory: &Inventory, scope: &mut [bool]) {
    let lived_by = |idx: &Idx| inventory.kinds.is_lived_by(inventory[*idx].kind);
    if inventory.ids().filter(lived_by).all(|idx| scope[idx.number()]) {
        return;
    }
    for idx in inventory.ids() {
        let references = inventory.kinds.row(inventory[idx].kind).references;
        let mut foundations = references
            .iter()
            .filter(|reference| reference.bond == ReferenceKind::LivesBy)
            .flat_map(|reference| inventory.named(idx, reference));
        if scope[idx.number()] && foundations.any(|named| !scope[named.number()]) {
            scope[idx.number()] = false;
        }
    }
}
