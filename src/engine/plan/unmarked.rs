//! Children that bear no mark: what else tells that the tool made them, or its server along with their parent, and which
//! of them get their mark in a later run.

use std::collections::HashSet;

use super::{
    Action, Remark,
    build::{Builder, Decision},
    marks::metadata_change,
    pair::MatchedBy,
};
use crate::engine::model::{
    Address, Creator, Idx, KindId,
    kind::{Identity, MadeWithParent, Marking, RemovalRule},
    mark::SOURCE_ID,
};

/// The setting that decides about what bears no mark.
pub(super) const DELETE_UNMARKED_CHILDREN: &str = "DELETE_UNMARKED_CHILDREN";

impl Builder<'_> {
    /// Whether a child without a mark is the tool's all the same, so that it goes with its original.
    pub(super) fn is_ours_without_mark(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let is_known = self.policy.delete_unmarked_children || resource.maker == Creator::OwnLogin;
        self.is_unmarked_below_copy(target)
            && (is_known && !self.bears_marks(resource.kind) || self.is_known_by_birth(target))
    }

    /// A child of the kinds that all bear marks where a server stores them, without one, under a copy.
    fn is_unmarked_below_copy(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let row = self.row(resource.kind);
        let parent = self.target.parent(target);
        row.identity == Identity::Natural
            && row.marking == Marking::Managed
            && resource.mark.is_none()
            && resource.uncarried.is_none()
            && parent.is_some_and(|parent| self.pairing.source(parent).is_some() && self.is_ours(parent))
            && !self.is_of_stand_in(target)
    }

    /// Whether a child came with its parent, which this tool made. What came with an adopted thing is the target's own.
    fn is_known_by_birth(&self, target: Idx) -> bool {
        let Some(parent) = self.target.parent(target) else {
            return false;
        };
        let source = self.pairing.source(parent);
        let how = source.and_then(|source| self.pairing.how(source));
        let is_copy = matches!(how, Some(MatchedBy::Mark | MatchedBy::ReMark));
        let is_made_by_tool =
            self.target[parent].maker == Creator::OwnLogin || is_copy && self.names_somebody_of_source(target);
        self.came_along(target) && is_made_by_tool
    }

    /// Whether a child is the one that its server made along with the parent.
    fn came_along(&self, target: Idx) -> bool {
        self.was_born_with_parent(target)
            && self.target[target].maker != Creator::Consumer
            && (self.is_named_by_parent(self.target, target) || self.is_only_one_born(target))
    }

    /// The server makes one along with the parent, before any other can be made: neither is it known which of several
    /// without a mark it is, nor is one of them it that is younger than what has its mark already.
    fn is_only_one_born(&self, target: Idx) -> bool {
        let Some(parent) = self.target.parent(target) else {
            return false;
        };
        let child = &self.target[target];
        let siblings = self.target.children(parent, child.kind);
        let mut others = siblings.filter(|idx| *idx != target && self.was_born_with_parent(*idx));
        others.all(|idx| {
            let other = &self.target[idx];
            other.mark.is_some() && other.created_at >= child.created_at
        })
    }

    /// Whether the parent names, by what this child names too, something that the source has: who left the source's
    /// organization is known there, who had one of his own on the target need not be.
    fn names_somebody_of_source(&self, target: Idx) -> bool {
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

    /// Gives those their marks that came with their parents and that a former run could not mark, where the server is
    /// known to store marks on the kind, or this run is about to find out. That alone is no reason to write: whatever else
    /// bears marks, the server may store none on these any more, and would be written for ever.
    pub(super) fn complete_births(&mut self) {
        if self.plan.steps.is_empty() {
            return;
        }
        for kind in self.source.kinds.ids() {
            let incomplete = self.incomplete_births(kind);
            if incomplete.is_empty() || !self.may_store_marks(kind) {
                continue;
            }
            for (source, target) in incomplete {
                let id = self.source[source].handle.id();
                let fields = vec![metadata_change(SOURCE_ID, None, id)];
                let step = self.write(source, target, MatchedBy::NaturalKey, fields, None);
                self.updates.insert(target, step);
                if let Some(tally) = self.plan.tallies.get_mut(&kind) {
                    tally.unchanged = tally.unchanged.saturating_sub(1);
                }
            }
        }
    }

    /// Pairs that this run would leave as they are.
    fn incomplete_births(&self, kind: KindId) -> Vec<(Idx, Idx)> {
        let is_due = matches!(self.row(kind).birth, MadeWithParent::NamedByParent { .. });
        if !is_due || !self.is_replicated(kind) {
            return Vec::new();
        }
        let unmarked = self.source.of_kind(kind).filter_map(|source| {
            let target = self.pairing.target(source)?;
            self.lacks_mark_since_birth(source, target).then_some((source, target))
        });
        let unmarked: Vec<(Idx, Idx)> = unmarked.collect();
        if unmarked.is_empty() {
            return unmarked;
        }
        let withheld: HashSet<&Address> = self.plan.withheld.iter().map(|it| &it.address).collect();
        let is_left = |(source, target): &(Idx, Idx)| {
            !self.updates.contains_key(target)
                && !withheld.contains(&self.source.address(*source))
                && self.obstacle(*source, *target).is_none()
        };
        unmarked.into_iter().filter(is_left).collect()
    }

    fn lacks_mark_since_birth(&self, source: Idx, target: Idx) -> bool {
        self.target[target].mark.is_none()
            && self.scope.source(source)
            && self.fates[source.number()] == Decision::Present
            && !self.source[source].pending
            && self.pairing.how(source) == Some(MatchedBy::NaturalKey)
            && self.came_along(target)
            && !self.is_of_stand_in(target)
    }

    fn may_store_marks(&self, kind: KindId) -> bool {
        self.bears_marks(kind) || self.writes_marks(kind) && !self.lost_other_marks(kind)
    }

    fn writes_marks(&self, kind: KindId) -> bool {
        let mut steps = self.plan.steps.iter();
        steps.any(|step| {
            let metadata = match &step.action {
                Action::Create(create) => Some(&create.metadata),
                Action::Update(update) => update.metadata.as_ref(),
                Action::Approve(_) | Action::Delete(_) => None,
            };
            step.address.kind == kind && metadata.is_some_and(|it| it.mark.is_some())
        })
    }

    /// Whether a copy that no server made along with its parent has no mark: it got one when it was made.
    fn lost_other_marks(&self, kind: KindId) -> bool {
        self.target.of_kind(kind).any(|target| {
            self.pairing.source(target).is_some() && self.is_unmarked_below_copy(target) && !self.came_along(target)
        })
    }

    /// What has gone from the source and stays, for want of a mark, where the target shows none on its kind.
    pub(super) fn remark_on_unmarked(&mut self) {
        let counted: Vec<String> = self
            .source
            .kinds
            .reported()
            .filter_map(|kind| {
                let count = self.kept_for_want_of_a_mark(kind);
                (count > 0).then(|| format!("{count} {}", self.row(kind).name))
            })
            .collect();
        if counted.is_empty() {
            return;
        }
        self.plan.remarks.push(Remark::warning(
            DELETE_UNMARKED_CHILDREN,
            format!(
                "the target has {} below what this tool made that the source has not, and shows no marks on these kinds: \
                 what was revoked on the source may still be valid on the target",
                counted.join(", ")
            ),
            "look at them (only_on_target) and delete what should not be there; if nobody but this tool makes any below \
             its copies, DELETE_UNMARKED_CHILDREN=true deletes them",
        ));
    }

    fn kept_for_want_of_a_mark(&self, kind: KindId) -> usize {
        let is_sure = self.source.is_whole(kind) && self.target.is_whole(kind) && !self.source.has_row_gap(kind);
        let is_deleted = self.is_replicated(kind) && self.row(kind).removal == RemovalRule::Explicit;
        if !is_sure || !is_deleted || self.stores_metadata(kind) {
            return 0;
        }
        let kept = self.target.of_kind(kind).filter(|target| {
            self.scope.target(*target)
                && self.pairing.source(*target).is_none()
                && self.is_unmarked_below_copy(*target)
                && !self.is_ours_without_mark(*target)
                && !self.going.contains_key(target)
        });
        kept.count()
    }
}
