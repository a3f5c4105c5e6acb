//! Births: children that a server makes along with their parents, and what becomes of them.

use super::{StepId, build::Builder};
use crate::engine::{
    change::ChildMade,
    model::{Idx, Inventory, kind::MadeWithParent},
};

/// How much later than its parent a server may say that what it made along with it was made, in milliseconds.
const SAME_MOMENT: i64 = 5000;

impl Builder<'_> {
    /// Whether an object is the one that a field of its parent names.
    pub(super) fn is_named_by_parent(&self, inventory: &Inventory, idx: Idx) -> bool {
        let MadeWithParent::NamedByParent { field, child_field, .. } = self.row(inventory[idx].kind).birth else {
            return false;
        };
        let named = inventory.parent(idx).map(|parent| inventory[parent].document.field(field)).unwrap_or_default();
        !named.is_null() && inventory[idx].document.field(child_field) == named
    }

    pub(super) fn is_born_with_parent(&self, idx: Idx) -> bool {
        match self.row(self.source[idx].kind).birth {
            MadeWithParent::Alone => false,
            MadeWithParent::NamedByParent { child_field, .. } => {
                self.comes_with_stand_in(idx, child_field).unwrap_or_else(|| self.is_named_by_parent(self.source, idx))
            }
            MadeWithParent::FirstOfParent => self.first_sibling(idx) == Some(idx),
        }
    }

    /// Whether a target object may be the one that its server made along with the parent, and that a run which died right
    /// after that could not mark: as old as the parent, which bears our mark or gets it in this run.
    pub(super) fn was_born_with_parent(&self, target: Idx) -> bool {
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

    pub(super) fn is_beside_stand_in(&self, idx: Idx) -> bool {
        let parent = self.source.parent(idx);
        parent.is_some_and(|parent| self.substitutions.contains_key(&parent))
    }

    fn first_sibling(&self, idx: Idx) -> Option<Idx> {
        let siblings = self.source.children(self.source.parent(idx)?, self.source[idx].kind);
        siblings.min_by_key(|idx| (self.source[*idx].created_at, *idx))
    }

    /// The child that the server makes along with a new object.
    pub(super) fn brings(&mut self, idx: Idx, needs: &mut Vec<StepId>) -> ChildMade {
        let kind = self.source.kinds.ids().find(|kind| {
            let row = self.row(*kind);
            row.parent == Some(self.source[idx].kind) && row.birth == MadeWithParent::FirstOfParent
        });
        let Some(kind) = kind else {
            return ChildMade::Whatever;
        };
        // Where the kind is left out, what the server makes would bear no mark: a thing of the target's own for ever,
        // which keeps its parent from being deleted.
        if !self.is_replicated(kind) {
            return ChildMade::Nothing;
        }
        let first = self.source.children(idx, kind).next().and_then(|child| self.first_sibling(child));
        let Some(first) = first else {
            return ChildMade::Nothing;
        };
        match self.claim(first, None, needs) {
            Ok(_) => ChildMade::Child(Box::new((self.source.address(first), self.source[first].document.clone()))),
            Err(_) => ChildMade::Nothing,
        }
    }
}
