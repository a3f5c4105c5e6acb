//! Planned states: steps are planned against the state of their objects, in the terms of the target's own server.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::{
    change::{Notes, PlannedState},
    model::{Handle, Idx, KindId, Resource, kind::Reference},
    plan::context::Context,
};

impl Context<'_> {
    /// A step is planned against this state of its object: if a second look shows another one, it is not done.
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

    /// With a key, only a seal shows that this tool wrote the notes.
    fn notes_count(&self, resource: &Resource) -> bool {
        self.policy.mark_keys.is_none() || resource.seal.is_valid()
    }

    /// References are told by the handles of the target's own server; `None` where they are not known for certain.
    fn named_handles(&self, target: Idx, reference: &Reference) -> Option<Value> {
        let is_certain = !self.target.is_unknown(target, reference)
            && !self.target.has_gap(reference.kind)
            && !self.target.has_row_gap(reference.kind)
            && !self.names_unlisted(reference.kind);
        let named = self.target.named(target, reference).into_iter();
        let mut handles = named.map(|idx| Value::from(self.target[idx].handle.as_str()));
        match reference.bond {
            _ if !is_certain => None,
            bond if bond.is_list() => Some(handles.collect()),
            _ => handles.next(),
        }
    }

    /// A kind is not known for certain where something names one of it that was not listed.
    fn names_unlisted(&self, kind: KindId) -> bool {
        let from = (kind, Handle::new(""));
        let mut dangling = self.target.dangling().range(from..);
        dangling.next().is_some_and(|(other, _)| *other == kind)
    }

    /// All that is below a target object, and all that lives by it, goes with it.
    pub(crate) fn all_that_hangs_on(&self, target: Idx) -> BTreeSet<(KindId, Handle)> {
        let below = self.target.below(target).into_iter();
        below
            .chain(self.dependents_on_target(target))
            .map(|idx| (self.target[idx].kind, self.target[idx].handle.clone()))
            .collect()
    }
}
