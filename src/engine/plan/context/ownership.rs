//! Ownership: whose the mark on a target object is, and whether it is enough to remove what bears it (behaviour.md, "A mark
//! is a claim").

use crate::engine::{
    model::{
        Handle, Idx, MarkOrigin,
        kind::{Identity, Marking, Presence},
    },
    plan::{
        context::Context,
        mark_support::refutation,
        pair::{MatchedBy, Partners},
        step::Cause,
    },
};

impl Context<'_> {
    /// A target object is ours that bears a mark of this source, of one that it took the place of, or of the vendor's
    /// tool.
    pub(crate) fn is_ours(&self, target: Idx) -> bool {
        let origin = self.mark_origin(target);
        origin.is_some_and(|origin| origin != MarkOrigin::Other)
    }

    /// A target object becomes ours by this run where its pair was found by other means than the mark that it gets now.
    pub(crate) fn becomes_ours(&self, target: Idx) -> bool {
        let source = self.pairing.source(target);
        let how = source.and_then(|source| self.pairing.how(source));
        matches!(how, Some(MatchedBy::Adopted | MatchedBy::ReMark | MatchedBy::Child))
    }

    /// The mark of a target object is of this sync or of another one.
    fn mark_origin(&self, target: Idx) -> Option<MarkOrigin> {
        let mark = self.target[target].mark.as_ref()?;
        Some(self.policy.origin(mark, &self.source.catalog))
    }

    /// A mark that leads nowhere any more may be somebody else's, and then keeps its object.
    pub(crate) fn reason_to_distrust(&self, target: Idx) -> Option<Cause> {
        if !self.pairing.orphans.contains(&target) || self.pairing.source(target).is_some() {
            return None;
        }
        let resource = &self.target[target];
        let trust = self.row(resource.kind).trust;
        let reason = match (refutation(resource, trust, self.policy), self.mark_origin(target)) {
            (Some(doubt), _) => format!(
                "its mark leads nowhere any more, but somebody else may have written it: {}; delete it on the target \
                 yourself, or remove `source_id` from its metadata",
                doubt.reason()
            ),
            (None, Some(MarkOrigin::Before)) => {
                "it bears a mark of SOURCE_CATALOG_BEFORE, and the source has nothing that \
                 answers to it: delete it on the target yourself, or make it again on the source"
                    .to_owned()
            }
            (None, Some(MarkOrigin::Vendor)) if !self.policy.delete_vendor_marked && !self.is_vouched_for(target) => {
                "the source has nothing that its `source_id` leads to, but without `source_catalog` (the vendor's tool \
                 made it) nobody can tell whether it came from this source: if no other source fills this target, \
                 DELETE_VENDOR_MARKED=true deletes it"
                    .to_owned()
            }
            _ => return None,
        };
        Some(Cause::Conflict(reason))
    }

    /// All that is below an object which is kept in this way is kept with it.
    pub(crate) fn is_below_distrusted(&self, target: Idx) -> bool {
        let mut above = self.target.lineage(target).skip(1);
        above.any(|idx| self.reason_to_distrust(idx).is_some())
    }

    /// Only a run from this source can have made what lies below something that bears its mark.
    fn is_vouched_for(&self, target: Idx) -> bool {
        let parent = self.target.parent(target);
        parent.is_some_and(|parent| match self.mark_origin(parent) {
            Some(MarkOrigin::Own) => true,
            Some(MarkOrigin::Before | MarkOrigin::Vendor) => self.pairing.source(parent).is_some(),
            Some(MarkOrigin::Other) | None => false,
        })
    }

    /// No deletion on the source may take along what was born on the target.
    ///
    /// An object without a mark tells nothing on a server that stores none, and goes with its parent.
    pub(crate) fn is_targets_own(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        // The tool makes none of those.
        if resource.uncarried.is_some() {
            return true;
        }
        if resource.is_copy_from(&self.source.catalog) {
            return false;
        }
        let tells_nothing = self.policy.delete_unmarked_children
            || self.target_stores_no_marks(resource.kind)
            || self.may_come_with_parent(target)
            || self.is_of_fallback(target);
        self.row(resource.kind).identity == Identity::Named || resource.mark.is_some() || !tells_nothing
    }

    /// An object that is not to be removed by itself must not be removed with what it lives by either.
    pub(crate) fn has_reason_to_stay(&self, idx: Idx) -> bool {
        self.is_targets_own(idx) || self.target[idx].mark.is_some()
    }

    /// The source is asked for the original under this handle before anything is removed.
    pub(crate) fn original_handle(&self, target: Idx) -> Option<Handle> {
        if let Some(source) = self.pairing.source(target) {
            return Some(self.source[source].handle.clone());
        }
        let id = &self.target[target].mark.as_ref()?.id;
        match self.target.parent(target) {
            None => Some(Handle::new(id)),
            Some(parent) => Some(self.original_handle(parent)?.child(id)),
        }
    }

    /// The first change of something that others made on the target is worth a remark: from now on the source decides.
    pub(crate) fn takeover_note(&self, pair: Partners) -> Option<String> {
        let partner = &self.target[pair.target];
        let is_taken_over = pair.how == MatchedBy::NaturalKey
            && self.row(partner.kind).marking == Marking::Created
            && self.row(partner.kind).presence == Presence::Own
            && partner.mark.is_none()
            && partner.hint.is_none();
        is_taken_over.then(|| {
            "taken over: it was made on the target by other means, and is never deleted by this tool".to_owned()
        })
    }

    /// A partner whose home is wider than the catalog may have been made by another catalog's sync, which then keeps it
    /// up to date.
    pub(crate) fn is_kept_by_another_sync(&self, pair: Partners) -> bool {
        self.pairing.foreign.contains(&pair.target)
            && self.row(self.source[pair.source].kind).presence == Presence::ByReference
    }
}
