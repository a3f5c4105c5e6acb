//! Confirming: before a deletion is believed, or the beginning of a grace, the source itself is asked for the object.
//! Only its own word that there is none confirms; an object that is there after all proves that a list was incomplete.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::{
    catalog::Reader,
    model::{Address, Gap, Handle, KindId, Side},
    plan::{Cause, Plan, StepId, approve::withhold_steps, numbered},
};

const IN_FLIGHT: usize = 64;

/// Asks the source for what every step takes to be gone, and withholds those that it does not confirm.
pub async fn confirm<S: Reader>(mut plan: Plan, source: &S) -> Plan {
    let questions: Vec<(StepId, Address, Handle)> = numbered(&plan.steps)
        .filter_map(|(id, step)| {
            let original = step.takes_to_be_gone()??;
            Some((id, step.address.clone(), original.clone()))
        })
        .collect();
    let objections: Vec<(StepId, Gap)> = stream::iter(questions)
        .map(|(id, address, original)| async move {
            let reason = object(source, address.kind, &original).await?;
            let gap = Gap {
                at: address.path.to_string(),
                ..Gap::of_list(Side::Source, address.kind, Some(original), reason)
            };
            Some((id, gap))
        })
        .buffered(IN_FLIGHT)
        .filter_map(|objection| async { objection })
        .collect()
        .await;
    let mut held = BTreeMap::new();
    for (id, gap) in objections {
        held.insert(id, Cause::Gap(gap.reason.clone()));
        plan.gaps.push(gap);
    }
    withhold_steps(plan, held)
}

/// Why a deletion is not confirmed.
async fn object<S: Reader>(source: &S, kind: KindId, original: &Handle) -> Option<String> {
    let singular = source.kinds().row(kind).singular;
    match source.read(kind, original).await {
        Ok(None) => None,
        Ok(Some(_)) => Some(format!(
            "the source still has the {singular} {}, which its list did not show",
            original.id()
        )),
        Err(error) => Some(format!(
            "the source does not say whether the {singular} {} is gone: {error}",
            original.id()
        )),
    }
}
