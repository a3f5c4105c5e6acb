//! Deletions: only what the tool itself made, only where the source's list is whole, and never along with what is
//! the target's own (behaviour.md, "Deleted").

use std::collections::BTreeMap;

use super::{
    Action, Cause, Delete, StepId, Verb,
    build::{Builder, Fate},
    pair::How,
};
use crate::model::{
    Handle, Idx, KindId,
    kind::{Birth, Identity, Marking, Removal},
};

impl Builder<'_> {
    /// Plans all deletions, tops of cascades first.
    pub(super) fn plan_deletions(&mut self) {
        for target in self.target.ids() {
            if !self.is_candidate(target) || self.going.contains_key(&target) {
                continue;
            }
            match self.objection(target) {
                Some(cause) => {
                    self.withhold(self.target.address(target), Verb::Delete, Vec::new(), cause);
                }
                None => self.delete(target),
            }
        }
    }

    fn delete(&mut self, target: Idx) {
        let below = self.target.below(target);
        let resource = &self.target[target];
        let delete = Delete {
            target: resource.handle.clone(),
            mark: resource.mark.clone(),
            before: resource.document.clone(),
            cascade: below.iter().map(|idx| self.target.address(*idx)).collect(),
            // What has become another thing in place is there to be seen: there is nothing to ask for.
            original: if self.pairing.outdated.contains_key(&target) {
                None
            } else {
                self.original(target)
            },
        };
        let step = self.add(
            self.target.address(target),
            Action::Delete(delete),
            Vec::new(),
        );
        self.going.insert(target, step);
        self.going.extend(below.into_iter().map(|idx| (idx, step)));
    }

    /// Whether the source no longer has what a target object was made from.
    fn is_candidate(&self, target: Idx) -> bool {
        let kind = self.target[target].kind;
        self.scope.target(target)
            && self.pairing.source(target).is_none()
            && self.is_replicated(kind)
            && self.row(kind).removal == Removal::Explicit
            && (self.pairing.orphans.contains(&target)
                || self.pairing.outdated.contains_key(&target)
                || self.is_unmarked_child(target))
            && !self
                .target
                .lineage(target)
                .any(|idx| self.is_contested(idx) || self.pairing.foreign.contains(&idx))
    }

    /// With `DELETE_UNMARKED_CHILDREN`: a child that cannot bear a mark, under a parent that bears one.
    fn is_unmarked_child(&self, target: Idx) -> bool {
        let kind = self.target[target].kind;
        let parent = self.target.parent(target);
        self.policy.delete_unmarked_children
            && self.row(kind).identity == Identity::Natural
            && self.row(kind).marking == Marking::Managed
            && self.target[target].mark.is_none()
            && !self.bears_marks(kind)
            && parent.is_some_and(|parent| {
                self.pairing.source(parent).is_some()
                    && self.target[parent].is_copy_from(&self.source.catalog)
            })
    }

    /// Whether the target evidently stores marks on a kind.
    fn bears_marks(&self, kind: KindId) -> bool {
        self.target
            .kind(kind)
            .iter()
            .any(|resource| resource.mark.is_some())
    }

    /// Whether the target evidently stores no marks on a kind: it has copies of this source's things that could only be
    /// found by natural key, and not one mark.
    fn bears_no_marks(&self, kind: KindId) -> bool {
        let how = |idx: Idx| {
            self.pairing
                .source(idx)
                .and_then(|source| self.pairing.how(source))
        };
        !self.bears_marks(kind)
            && self
                .target
                .of_kind(kind)
                .any(|idx| how(idx) == Some(How::NaturalKey))
    }

    fn objection(&self, target: Idx) -> Option<Cause> {
        let gap = self.gaps.around_target(target);
        if let Some(reason) = gap.or_else(|| self.gaps.inside_target(target)) {
            return Some(Cause::Gap(reason));
        }
        if self.policy.report_deletions {
            return Some(Cause::DeletePolicy);
        }
        let own: Vec<String> = self
            .target
            .below(target)
            .into_iter()
            .filter(|idx| self.is_own_of_target(*idx))
            .map(|idx| self.target.address(idx).path.to_string())
            .collect();
        (!own.is_empty()).then(|| Cause::HoldsOwn(holds_own(&own)))
    }

    /// Deletions that must wait for a later run, judged when all else is planned.
    pub(super) fn premature_deletions(&self) -> BTreeMap<StepId, Cause> {
        let tops = self.going.iter().filter(|(target, step)| {
            self.plan.steps[step.number()].address.kind == self.target[**target].kind
        });
        tops.filter_map(|(target, step)| Some((*step, self.prematurity(*target)?)))
            .collect()
    }

    fn prematurity(&self, target: Idx) -> Option<Cause> {
        if self.names_its_parent(target) {
            return Some(Cause::Missing(
                "it belongs to the owner, who can go only when the ownership has been transferred"
                    .into(),
            ));
        }
        let successor = *self.pairing.outdated.get(&target)?;
        match self.fates[successor.number()] {
            Fate::Withheld(incomplete) => Some(Cause::Follows {
                top: self.source.address(successor).path.to_string(),
                incomplete,
            }),
            _ => None,
        }
    }

    /// Whether a thing was born on the target, so that no deletion on the source may take it along.
    ///
    /// What bears no mark on a server that stores none tells nothing, and goes with its parent.
    fn is_own_of_target(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        if resource.is_copy_from(&self.source.catalog) {
            return false;
        }
        let tells_nothing = self.policy.delete_unmarked_children
            || self.bears_no_marks(resource.kind)
            || self.came_with_parent(target);
        self.row(resource.kind).identity == Identity::Named
            || resource.mark.is_some()
            || !tells_nothing
    }

    fn came_with_parent(&self, target: Idx) -> bool {
        self.is_named_by_parent(self.target, target)
    }

    /// A parent's named child cannot be deleted unless the parent takes another one in this run.
    fn names_its_parent(&self, target: Idx) -> bool {
        let Birth::NamedByParent { field, .. } = self.row(self.target[target].kind).birth else {
            return false;
        };
        let step = self
            .target
            .parent(target)
            .and_then(|parent| self.updates.get(&parent));
        let is_replaced = step.is_some_and(|step| {
            let mut fields = self.plan.steps[step.number()].fields().iter();
            fields.any(|change| change.field() == field)
        });
        self.is_named_by_parent(self.target, target) && !is_replaced
    }

    /// Where the source would have what a target object was made from.
    fn original(&self, target: Idx) -> Option<Handle> {
        if let Some(source) = self.pairing.source(target) {
            return Some(self.source[source].handle.clone());
        }
        let id = &self.target[target].mark.as_ref()?.id;
        match self.target.parent(target) {
            None => Some(Handle::new(id)),
            Some(parent) => Some(self.original(parent)?.child(id)),
        }
    }
}

fn holds_own(own: &[String]) -> String {
    let shown = own
        .iter()
        .take(3)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    let more = if own.len() > 3 {
        format!(" and {} more", own.len() - 3)
    } else {
        String::new()
    };
    format!(
        "the source has deleted it, but under it the target has what the source never had: {shown}{more}; \
         delete it on the target yourself, or sync back first (where the target stores no marks: DELETE_UNMARKED_CHILDREN=true)"
    )
}
