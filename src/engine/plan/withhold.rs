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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{
            change::ApprovalRequest,
            model::{Address, Document, Handle, Inventory, Side},
            plan::{Action, Policy, plan},
        },
        platform::kinds,
    };

    /// Steps of this many objects, each with those that it needs.
    fn plan_of(needs: &[&[u32]]) -> Plan {
        let nothing = |side| Inventory::new(side, kinds(), "", Vec::new(), Vec::new());
        let steps = needs.iter().enumerate().map(|(number, needs)| step(number, needs)).collect();
        Plan { steps, ..plan(&nothing(Side::Source), &nothing(Side::Target), &Policy::default()) }
    }

    fn step(number: usize, needs: &[u32]) -> Step {
        let nothing = || Document::new(serde_json::Map::new(), None);
        Step {
            address: Address::new(kinds().named("consumer_orgs").unwrap(), &format!("org{number}")),
            action: Action::Approve(ApprovalRequest {
                target: Handle::new("1"),
                before: nothing(),
                after: nothing(),
                fields: Vec::new(),
            }),
            needs: needs.iter().copied().map(StepId).collect(),
            after: Vec::new(),
            displaces: None,
            auxiliary: false,
            approves: false,
            note: None,
        }
    }

    #[test]
    fn a_withheld_step_takes_along_all_that_needs_it_and_the_others_are_numbered_anew() {
        let plan = plan_of(&[&[], &[], &[1], &[2], &[0]]);
        let plan = withhold_steps(plan, BTreeMap::from([(StepId(1), Cause::Gap("a gap".into()))]));
        let kept: Vec<&str> = plan.steps.iter().map(|step| &*step.address.path).collect();
        assert_eq!(kept, ["org0", "org4"]);
        assert_eq!(plan.steps[1].needs, [StepId(0)]);
        let told: Vec<String> =
            plan.withheld.iter().map(|it| format!("{}: {}", it.address.path, it.cause.reason())).collect();
        assert_eq!(
            told,
            ["org1: a gap", "org2: hangs on org1, which is withheld", "org3: hangs on org2, which is withheld",]
        );
    }

    #[test]
    fn taking_a_step_out_withholds_nothing() {
        let (plan, taken) = take_out(plan_of(&[&[], &[], &[1]]), &BTreeSet::from([StepId(0)]));
        assert_eq!(taken.len(), 1);
        assert!(plan.withheld.is_empty());
        assert_eq!(plan.steps[1].needs, [StepId(0)]);
    }
}
