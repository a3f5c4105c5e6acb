//! Whose a mark on the target is, and whether it is enough to remove what bears it (behaviour.md, "A mark is a claim").

use super::{Cause, build::Builder, pair::MatchedBy, support::refutation};
use crate::engine::model::{Idx, MarkOrigin};

impl Builder<'_> {
    /// Which sync the mark of a target object is of.
    fn origin(&self, target: Idx) -> Option<MarkOrigin> {
        let mark = self.target[target].mark.as_ref()?;
        Some(self.policy.origin(mark, &self.source.catalog))
    }

    /// Whether a target object bears a mark of this source, of one that it took the place of, or of the vendor's tool.
    pub(super) fn is_ours(&self, target: Idx) -> bool {
        let origin = self.origin(target);
        origin.is_some_and(|origin| origin != MarkOrigin::Other)
    }

    /// Whether a pair of which this run writes the mark was found by other means than that mark.
    pub(super) fn becomes_ours(&self, target: Idx) -> bool {
        let source = self.pairing.source(target);
        let how = source.and_then(|source| self.pairing.how(source));
        matches!(how, Some(MatchedBy::Adopted | MatchedBy::ReMark | MatchedBy::Child))
    }

    /// Why a target object is kept although its mark leads nowhere any more: the mark may be somebody else's.
    pub(super) fn distrust(&self, target: Idx) -> Option<Cause> {
        if !self.pairing.orphans.contains(&target) || self.pairing.source(target).is_some() {
            return None;
        }
        let resource = &self.target[target];
        let trust = self.row(resource.kind).trust;
        let reason = match (refutation(resource, trust, self.policy), self.origin(target)) {
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

    /// Only a run from this source can have made what lies below something that bears its mark.
    fn is_vouched_for(&self, target: Idx) -> bool {
        let parent = self.target.parent(target);
        parent.is_some_and(|parent| match self.origin(parent) {
            Some(MarkOrigin::Own) => true,
            Some(MarkOrigin::Before | MarkOrigin::Vendor) => self.pairing.source(parent).is_some(),
            Some(MarkOrigin::Other) | None => false,
        })
    }

    /// Whether something that a thing lives under is kept in this way: then so is all below it.
    pub(super) fn is_below_distrusted(&self, target: Idx) -> bool {
        let mut above = self.target.lineage(target).skip(1);
        above.any(|idx| self.distrust(idx).is_some())
    }
}
