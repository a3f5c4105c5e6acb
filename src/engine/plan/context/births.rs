//! Births: some children are made by the server along with their parents, and bear no mark at first.

use crate::engine::{
    model::{Creator, Idx, Inventory, kind::MadeWithParent},
    plan::context::Context,
};

/// A server may say that a child which it made along with its parent was made this much later, in milliseconds.
const SAME_MOMENT: i64 = 5000;

impl Context<'_> {
    /// A parent may name one of its children in a field of its own, as an organization names its owner.
    pub(crate) fn is_named_by_parent(&self, inventory: &Inventory, idx: Idx) -> bool {
        let MadeWithParent::NamedByParent { field, child_field, .. } = self.row(inventory[idx].kind).birth else {
            return false;
        };
        let named = inventory.parent(idx).map(|parent| inventory[parent].document.field(field)).unwrap_or_default();
        !named.is_null() && inventory[idx].document.field(child_field) == named
    }

    /// The server made the child along with its parent, as far as anything tells.
    pub(crate) fn is_child_made_with_parent(&self, target: Idx) -> bool {
        self.is_as_old_as_parent(target)
            && self.target[target].maker != Creator::Consumer
            && (self.is_named_by_parent(self.target, target) || self.is_only_one_born(target))
    }

    /// A run that died right after the creation could not mark the child that the server made along. It is as old as
    /// its parent, which bears our mark or gets it in this run.
    fn is_as_old_as_parent(&self, target: Idx) -> bool {
        let Some(above) = self.target.parent(target) else {
            return false;
        };
        let (parent, child) = (&self.target[above], &self.target[target]);
        let age = child.created_at - parent.created_at;
        self.row(child.kind).birth != MadeWithParent::Alone
            && parent.created_at > 0
            && (0..=SAME_MOMENT).contains(&age)
            && (self.is_ours(above) || self.becomes_ours(above))
    }

    pub(crate) fn may_come_with_parent(&self, target: Idx) -> bool {
        self.is_named_by_parent(self.target, target) || self.is_as_old_as_parent(target)
    }

    /// The server makes one along with the parent, before any other can be made: neither is it known which of several
    /// without a mark it is, nor is one of them it that is younger than what has its mark already.
    fn is_only_one_born(&self, target: Idx) -> bool {
        let Some(parent) = self.target.parent(target) else {
            return false;
        };
        let child = &self.target[target];
        let siblings = self.target.children(parent, child.kind);
        let mut others = siblings.filter(|idx| *idx != target && self.is_as_old_as_parent(*idx));
        others.all(|idx| {
            let other = &self.target[idx];
            other.mark.is_some() && other.created_at >= child.created_at
        })
    }

    /// Somebody who left the source's organization is still known there; somebody who had one of his own on the target
    /// need not be. So the child counts as a copy's where the source has what it names.
    pub(crate) fn names_somebody_of_source(&self, target: Idx) -> bool {
        let row = self.row(self.target[target].kind);
        let MadeWithParent::NamedByParent { child_field, .. } = row.birth else {
            return false;
        };
        let reference = row.references.iter().find(|it| it.field == child_field);
        let named = reference.map(|reference| self.target.named(target, reference));
        self.is_named_by_parent(self.target, target)
            && named.is_some_and(|named| {
                let mut named = named.into_iter();
                named.any(|named| self.pairing.source(named).is_some())
            })
    }

    pub(crate) fn first_sibling(&self, idx: Idx) -> Option<Idx> {
        let siblings = self.source.children(self.source.parent(idx)?, self.source[idx].kind);
        siblings.min_by_key(|idx| (self.source[*idx].created_at, *idx))
    }
}
