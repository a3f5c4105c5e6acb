//! Bookkeeping: steps that only note what the source was like. They save the next run a read, and nothing may hang on them.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{
    model::Address,
    plan::{Plan, StepId, numbered, withhold::take_out},
};

/// Lets no step fail because a note could not be made, and leaves out notes on what other steps write.
#[must_use]
pub(crate) fn set_apart(plan: Plan) -> Plan {
    let notes = notes(&plan);
    if notes.is_empty() {
        return plan;
    }
    let mut steps_at: BTreeMap<&Address, usize> = BTreeMap::new();
    for step in &plan.steps {
        *steps_at.entry(&step.address).or_default() += 1;
    }
    let is_written = |id: &StepId| steps_at[&plan.steps[id.number()].address] > 1;
    let out: BTreeSet<StepId> = notes.iter().copied().filter(is_written).collect();
    let mut plan = plan;
    for step in &mut plan.steps {
        let needed = step.needs.extract_if(.., |need| notes.contains(need));
        step.after.extend(needed);
        step.after.sort();
        step.after.dedup();
    }
    take_out(plan, &out).0
}

/// A plan without its notes.
#[must_use]
pub fn without_notes(plan: Plan) -> Plan {
    let notes = notes(&plan);
    take_out(plan, &notes).0
}

fn notes(plan: &Plan) -> BTreeSet<StepId> {
    let notes = numbered(&plan.steps).filter(|(_, step)| step.is_bookkeeping());
    notes.map(|(id, _)| id).collect()
}
