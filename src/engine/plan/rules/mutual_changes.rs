//! One step of a plan may change what another one was planned against. The second look before a write must not take
//! that for somebody else's change.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::engine::{
    change::{FieldChange, PlannedState},
    model::{Handle, KindId, KindTable, document::METADATA, kind::ReferenceKind},
    plan::step::{Action, Plan, Step},
};

/// Tells the steps what others of the same plan do to what they were planned against.
pub(crate) fn tell_of_one_another(mut plan: Plan) -> Plan {
    let leaving: HashSet<Handle> = plan.deletions().cloned().collect();
    let publishes = plan.steps.iter().any(|it| it.package().is_some());
    let writers = writers(&plan.steps);
    for number in 0..plan.steps.len() {
        let mut elsewhere = written_elsewhere(&plan.steps, number, &writers);
        if publishes {
            elsewhere.extend(changed_by_publishing(plan.kinds, plan.steps[number].address.kind));
        }
        if let Some(seen) = plan.steps[number].seen_mut() {
            seen.elsewhere = elsewhere;
            seen.leaving = named_among(&leaving, seen);
        }
    }
    plan
}

/// The fields of a kind's objects that may change when something else is published.
fn changed_by_publishing(kinds: &KindTable, kind: KindId) -> Vec<String> {
    let row = kinds.row(kind);
    let carries = row.references.iter().filter(|it| it.bond == ReferenceKind::Carries);
    let mut fields: Vec<String> = carries.map(|it| it.field.to_owned()).collect();
    // A part that is published again comes out of it in a state of its own.
    if kinds.is_carried(kind) {
        fields.extend(row.lifecycle.iter().map(|it| it.field.to_owned()));
        fields.push(METADATA.to_owned());
    }
    fields
}

/// The steps that change objects which more than one of them changes.
fn writers(steps: &[Step]) -> HashMap<(KindId, Handle), Vec<usize>> {
    let mut writers: HashMap<(KindId, Handle), Vec<usize>> = HashMap::new();
    for (number, step) in steps.iter().enumerate() {
        if let Some(object) = step.changed_object() {
            writers.entry(object).or_default().push(number);
        }
    }
    writers.retain(|_, steps| steps.len() > 1);
    writers
}

fn written_elsewhere(steps: &[Step], number: usize, writers: &HashMap<(KindId, Handle), Vec<usize>>) -> Vec<String> {
    let object = steps[number].changed_object();
    let others = object.and_then(|object| writers.get(&object));
    let others = others.into_iter().flatten().filter(|it| **it != number);
    let mut fields: Vec<String> = others.flat_map(|other| steps[*other].written_fields()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn named_among(leaving: &HashSet<Handle>, seen: &PlannedState) -> Vec<Handle> {
    let lists = seen.references.iter().filter_map(|(_, it)| it.as_array());
    let handles = lists.flatten().filter_map(Value::as_str).map(Handle::new);
    handles.filter(|handle| leaving.contains(handle)).collect()
}

impl Plan {
    /// The handles of what the plan removes.
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
