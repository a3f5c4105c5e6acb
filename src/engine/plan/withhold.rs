//! Taking steps out of a plan: what is withheld is told, and what needs it is withheld too.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Plan, Step, StepId, Withheld, numbered};

/// Takes steps out of a plan, and with them what needs them.
#[must_use]
pub fn withhold_steps(plan: Plan, mut held: BTreeMap<StepId, Cause>) -> Plan {
    if held.is_empty() {
        return plan;
    }
    withhold_dependents(&plan, &mut held);
    let (mut plan, taken) = take_out(plan, &held.keys().copied().collect());
    let told = held.into_iter().zip(taken);
    for ((_, cause), step) in told.filter(|(_, step)| !step.is_bookkeeping()) {
        plan.withheld.push(Withheld {
            verb: step.verb(),
            fields: step.fields().to_vec(),
            address: step.address,
            cause,
        });
    }
    plan.withheld.sort_by(|a, b| (&a.address, a.verb).cmp(&(&b.address, b.verb)));
    plan
}

/// Takes just these steps out of a plan and numbers the others anew. Gives those that were taken, in order.
///
/// Nothing that stays may need one that goes: whoever has to be sure of that takes out what needs them too.
pub(crate) fn take_out(mut plan: Plan, out: &BTreeSet<StepId>) -> (Plan, Vec<Step>) {
    let mut renumbered = BTreeMap::new();
    let (mut kept, mut taken) = (Vec::new(), Vec::new());
    for (id, step) in (0u32..).map(StepId).zip(std::mem::take(&mut plan.steps)) {
        if out.contains(&id) {
            taken.push(step);
        } else {
            renumbered.insert(id, StepId(u32::try_from(kept.len()).unwrap_or(u32::MAX)));
            kept.push(step);
        }
    }
    for step in &mut kept {
        renumber(step, &renumbered);
    }
    plan.steps = kept;
    (plan, taken)
}

fn renumber(step: &mut Step, renumbered: &BTreeMap<StepId, StepId>) {
    let new = |old: &StepId| renumbered.get(old).copied();
    step.needs = step.needs.iter().filter_map(new).collect();
    step.after = step.after.iter().filter_map(new).collect();
    step.displaces = step.displaces.as_ref().and_then(new);
}

fn withhold_dependents(plan: &Plan, held: &mut BTreeMap<StepId, Cause>) {
    loop {
        let before = held.len();
        for (id, step) in numbered(&plan.steps) {
            if held.contains_key(&id) {
                continue;
            }
            if let Some((top, cause)) = step.needs.iter().find_map(|need| held.get_key_value(need)) {
                let top = plan.steps[top.number()].address.path.to_string();
                let cause = Cause::Follows { top, incomplete: cause.is_incomplete() };
                held.insert(id, cause);
            }
        }
        if held.len() == before {
            return;
        }
    }
}
