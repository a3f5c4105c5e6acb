//! Children that bear no mark may be the tool's all the same, or made by its server along with their parent.

use crate::engine::{
    model::{
        Creator, Idx, KindId,
        kind::{Identity, Marking},
    },
    plan::{context::Context, pair::MatchedBy},
};

impl Context<'_> {
    /// A child without a mark goes with its original where it is the tool's all the same.
    pub(crate) fn is_ours_without_mark(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let is_known = self.policy.delete_unmarked_children || resource.maker == Creator::OwnLogin;
        self.is_unmarked_below_copy(target)
            && (is_known && !self.target_stores_marks(resource.kind) || self.is_known_by_birth(target))
    }

    /// A child of the kinds that all bear marks where a server stores them, without one, under a copy.
    pub(crate) fn is_unmarked_below_copy(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let row = self.row(resource.kind);
        let parent = self.target.parent(target);
        row.identity == Identity::Natural
            && row.marking == Marking::Managed
            && resource.mark.is_none()
            && resource.uncarried.is_none()
            && parent.is_some_and(|parent| self.pairing.source(parent).is_some() && self.is_ours(parent))
            && !self.is_of_fallback(target)
    }

    /// A child that came with its parent is this tool's where the parent is. One that came with an adopted object is
    /// the target's own.
    fn is_known_by_birth(&self, target: Idx) -> bool {
        let Some(parent) = self.target.parent(target) else {
            return false;
        };
        let source = self.pairing.source(parent);
        let how = source.and_then(|source| self.pairing.how(source));
        let is_copy = matches!(how, Some(MatchedBy::Mark | MatchedBy::ReMark));
        let is_made_by_tool =
            self.target[parent].maker == Creator::OwnLogin || is_copy && self.names_somebody_of_source(target);
        self.is_child_made_with_parent(target) && is_made_by_tool
    }

    /// A copy that no server made along with its parent got a mark when it was made: without one, the server has lost
    /// it.
    pub(crate) fn lost_other_marks(&self, kind: KindId) -> bool {
        self.target.of_kind(kind).any(|target| {
            self.pairing.source(target).is_some()
                && self.is_unmarked_below_copy(target)
                && !self.is_child_made_with_parent(target)
        })
    }
}
