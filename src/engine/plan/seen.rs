//! What steps are planned against, in the terms of the target's own server, and what one step of a plan does to what
//! another one was planned against.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::{Action, Plan, Step, build::Builder};
use crate::engine::{
    change::{FieldChange, Notes, PlannedState},
    model::{
        Handle, Idx, KindId, Resource,
        document::METADATA,
        kind::{Reference, ReferenceKind},
    },
};

impl Builder<'_> {
    /// What a target object was seen to be when it was planned.
    pub(super) fn seen(&self, target: Idx) -> PlannedState {
        let resource = &self.target[target];
        let references = self.row(resource.kind).references.iter();
        let follows_from_parent = self.is_named_by_parent(self.target, target)
            || self.pairing.source(target).is_some_and(|source| self.is_named_by_parent(self.source, source));
        PlannedState {
            references: references
                .filter_map(|reference| {
                    let handles = self.handles(target, reference)?;
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
    fn handles(&self, target: Idx, reference: &Reference) -> Option<Value> {
        let is_certain = !self.target.is_unknown(target, reference)
            && !self.target.has_gap(reference.kind)
            && !self.target.has_row_gap(reference.kind)
            && !self.dangles(reference.kind);
        let named = self.target.named(target, reference).into_iter();
        let mut handles = named.map(|idx| Value::from(self.target[idx].handle.as_str()));
        match reference.bond {
            _ if !is_certain => None,
            bond if bond.is_list() => Some(handles.collect()),
            _ => handles.next(),
        }
    }

    /// Whether something on the target names one of a kind that was not listed.
    fn dangles(&self, kind: KindId) -> bool {
        let from = (kind, Handle::new(""));
        let mut dangling = self.target.dangling().range(from..);
        dangling.next().is_some_and(|(other, _)| *other == kind)
    }

    /// What hangs on a target object that is to go: all below it, and what lives by it.
    pub(super) fn hanging(&self, target: Idx) -> BTreeSet<(KindId, Handle)> {
        let below = self.target.below(target).into_iter();
        below
            .chain(self.living_on_target(target))
            .map(|idx| (self.target[idx].kind, self.target[idx].handle.clone()))
            .collect()
    }

    /// Tells the steps what others of the same plan do to what they were planned against.
    pub(super) fn note_one_another(&mut self) {
        let leaving: HashSet<Handle> = self.plan.deletions().cloned().collect();
        let publishes = self.plan.steps.iter().any(|it| it.package().is_some());
        let writers = self.writers();
        for number in 0..self.plan.steps.len() {
            let mut elsewhere = self.written_elsewhere(number, &writers);
            let kind = self.plan.steps[number].address.kind;
            let row = self.row(kind);
            if publishes {
                let carries = row.references.iter().filter(|it| it.bond == ReferenceKind::Carries);
                elsewhere.extend(carries.map(|it| it.field.to_owned()));
            }
            // What is published again comes out of it in a state of its own.
            if publishes && self.source.kinds.is_carried(kind) {
                elsewhere.extend(row.lifecycle.iter().map(|it| it.field.to_owned()));
                elsewhere.push(METADATA.to_owned());
            }
            if let Some(seen) = self.plan.steps[number].seen_mut() {
                seen.elsewhere = elsewhere;
                seen.leaving = named_among(&leaving, seen);
            }
        }
    }

    /// The steps that change objects which more than one of them changes.
    fn writers(&self) -> HashMap<(KindId, Handle), Vec<usize>> {
        let mut writers: HashMap<(KindId, Handle), Vec<usize>> = HashMap::new();
        for (number, step) in self.plan.steps.iter().enumerate() {
            if let Some(object) = step.changed_object() {
                writers.entry(object).or_default().push(number);
            }
        }
        writers.retain(|_, steps| steps.len() > 1);
        writers
    }

    fn written_elsewhere(&self, number: usize, writers: &HashMap<(KindId, Handle), Vec<usize>>) -> Vec<String> {
        let steps = &self.plan.steps;
        let object = steps[number].changed_object();
        let others = object.and_then(|object| writers.get(&object));
        let others = others.into_iter().flatten().filter(|it| **it != number);
        let mut fields: Vec<String> = others.flat_map(|other| steps[*other].written_fields()).collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }
}

fn named_among(leaving: &HashSet<Handle>, seen: &PlannedState) -> Vec<Handle> {
    let lists = seen.references.iter().filter_map(|(_, it)| it.as_array());
    let handles = lists.flatten().filter_map(Value::as_str).map(Handle::new);
    handles.filter(|handle| leaving.contains(handle)).collect()
}

impl Plan {
    /// What the plan removes.
    fn deletions(&self) -> impl Iterator<Item = &Handle> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Delete(delete) => Some(&delete.target),
            _ => None,
        })
    }
}

impl Step {
    fn changed_object(&self) -> Option<(KindId, Handle)> {
        match &self.action {
            Action::Update(update) => Some((self.address.kind, update.target.clone()?)),
            _ => None,
        }
    }

    fn written_fields(&self) -> Vec<String> {
        let Action::Update(update) = &self.action else {
            return Vec::new();
        };
        let notes = update.metadata.iter().map(|_| METADATA);
        let fields = update.fields.iter().map(FieldChange::field);
        fields.chain(notes).map(str::to_owned).collect()
    }

    fn seen_mut(&mut self) -> Option<&mut PlannedState> {
        match &mut self.action {
            Action::Update(update) => update.seen.as_deref_mut(),
            Action::Delete(delete) => Some(&mut delete.seen),
            Action::Create(_) | Action::Approve(_) => None,
        }
    }
}
