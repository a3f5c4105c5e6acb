//! Planned states: what steps are planned against, in the terms of the target's own server.

use serde_json::Value;
use std::collections::BTreeSet;

use crate::engine::{
    change::{Notes, PlannedState},
    model::{Handle, Idx, KindId, Resource, kind::Reference},
    plan::context::Context,
};

impl Context<'_> {
    /// What a target object was seen to be when it was planned.
    pub(crate) fn planned_state(&self, target: Idx) -> PlannedState {
        let resource = &self.target[target];
        let references = self.row(resource.kind).references.iter();
        let follows_from_parent = self.is_named_by_parent(self.target, target)
            || self.pairing.source(target).is_some_and(|source| self.is_named_by_parent(self.source, source));
        PlannedState {
            references: references
                .filter_map(|reference| {
                    let handles = self.named_handles(target, reference)?;
                    Some((reference.field, handles))
                })
                .collect(),
            mark: resource.claimed_mark(),
            state: resource.state.clone().filter(|_| !follows_from_parent),
            noted: self.notes_count(resource).then(|| Notes::on(resource)),
            ..PlannedState::default()
        }
    }

    /// Whether what is noted on a resource was noted by this tool, as far as that can be told.
    fn notes_count(&self, resource: &Resource) -> bool {
        self.policy.mark_keys.is_none() || resource.seal.is_valid()
    }

    /// What a target object names, by the names of its own server. `None` where that is not known for certain.
    fn named_handles(&self, target: Idx, reference: &Reference) -> Option<Value> {
        let is_certain = !self.target.is_unknown(target, reference)
            && !self.target.has_gap(reference.kind)
            && !self.target.has_row_gap(reference.kind)
            && !self.names_what_is_unlisted(reference.kind);
        let named = self.target.named(target, reference).into_iter();
        let mut handles = named.map(|idx| Value::from(self.target[idx].handle.as_str()));
        match reference.bond {
            _ if !is_certain => None,
            bond if bond.is_list() => Some(handles.collect()),
            _ => handles.next(),
        }
    }

    /// Whether something on the target names one of a kind that was not listed.
    fn names_what_is_unlisted(&self, kind: KindId) -> bool {
        let from = (kind, Handle::new(""));
        let mut dangling = self.target.dangling().range(from..);
        dangling.next().is_some_and(|(other, _)| *other == kind)
    }

    /// What hangs on a target object that is to go: all below it, and what lives by it.
    pub(crate) fn all_that_hangs_on(&self, target: Idx) -> BTreeSet<(KindId, Handle)> {
        let below = self.target.below(target).into_iter();
        below
            .chain(self.dependents_on_target(target))
            .map(|idx| (self.target[idx].kind, self.target[idx].handle.clone()))
            .collect()
    }
}
