//! Confirming: before a deletion is believed, or the beginning of a grace, the source itself is asked for the object.
//! Only its own word that there is none confirms; an object that is there after all proves that a list was incomplete.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::engine::{
    catalog::Reader,
    model::{Address, Gap, Handle, Side},
    plan::{Cause, Plan, StepId, numbered, withhold::withhold_steps},
};

const IN_FLIGHT: usize = 64;

/// Asks the source for what every step takes to be gone, and withholds those that it does not confirm. One object that is
/// there after all shows that the list of its kind left things out, so nothing of that kind, nor of what is listed below
/// it, is deleted in this run: who knows what else was left out.
pub async fn confirm(mut plan: Plan, source: &dyn Reader) -> Plan {
    let objections: Vec<Unconfirmed> = stream::iter(questions(&plan))
        .map(|question| object(source, question))
        .buffered(IN_FLIGHT)
        .filter_map(|objection| async { objection })
        .collect()
        .await;
    let mut held = BTreeMap::new();
    let mut disproved = BTreeMap::new();
    for Unconfirmed { of, reason, proves } in objections {
        if proves {
            disproved.entry(of.address.kind).or_insert(reason.clone());
        }
        held.insert(of.step, Cause::Gap(reason.clone()));
        plan.gaps.push(Gap {
            at: of.address.path.to_string(),
            ..Gap::of_list(Side::Source, of.address.kind, Some(of.original), reason)
        });
    }
    let lacking = |kind| {
        let mut lists = disproved.iter();
        lists.find(|(list, _)| plan.kinds.is_or_holds(**list, kind))
    };
    let gone = numbered(&plan.steps).filter(|(_, step)| step.takes_to_be_gone().flatten().is_some());
    for (id, step) in gone {
        if let Some((list, reason)) = lacking(step.address.kind) {
            let name = plan.kinds.row(*list).name;
            let reason = format!("the source list of {name} is incomplete: {reason}");
            held.entry(id).or_insert(Cause::Gap(reason));
        }
    }
    withhold_steps(plan, held)
}

/// What a step takes to be gone.
struct Question {
    step: StepId,
    address: Address,
    original: Handle,
}

fn questions(plan: &Plan) -> Vec<Question> {
    let questions = numbered(&plan.steps).filter_map(|(id, step)| {
        let original = step.takes_to_be_gone()??;
        Some(Question { step: id, address: step.address.clone(), original: original.clone() })
    });
    questions.collect()
}

/// Why a deletion is not confirmed.
struct Unconfirmed {
    of: Question,
    reason: String,
    /// Whether the object is there: then its list was incomplete.
    proves: bool,
}

async fn object(source: &dyn Reader, of: Question) -> Option<Unconfirmed> {
    let singular = source.kinds().row(of.address.kind).singular;
    let id = of.original.id();
    let (proves, reason) = match source.read(of.address.kind, &of.original).await {
        Ok(None) => return None,
        Ok(Some(_)) => (true, format!("the source still has the {singular} {id}, which its list did not show")),
        Err(error) => (false, format!("the source does not say whether the {singular} {id} is gone: {error}")),
    };
    Some(Unconfirmed { of, reason, proves })
}
