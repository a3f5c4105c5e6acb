//! Deletions that must wait for a later run, judged when all else is planned.

use std::collections::BTreeMap;

use crate::engine::{
    model::Idx,
    plan::{
        context::Context,
        decide::delete::remains_named_by_parent,
        draft::{Decision, Draft},
        step::{Cause, StepId},
    },
};

/// Deletions that must wait for a later run, judged when all else is planned.
pub(crate) fn premature_deletions(context: &Context<'_>, draft: &Draft) -> BTreeMap<StepId, Cause> {
    let tops =
        draft.removals.iter().filter(|(target, step)| draft.step(**step).address.kind == context.target[**target].kind);
    tops.filter_map(|(target, step)| Some((*step, reason_to_wait(context, draft, *target)?))).collect()
}

fn reason_to_wait(context: &Context<'_>, draft: &Draft, target: Idx) -> Option<Cause> {
    if remains_named_by_parent(context, draft, target) {
        return Some(Cause::Missing(
            "it belongs to the owner, who can go only when the ownership has been transferred".into(),
        ));
    }
    let successor = *context.pairing.outdated.get(&target)?;
    match draft.decision(successor) {
        Decision::Withheld(incomplete) => {
            Some(Cause::Follows { top: context.source.address(successor).path.to_string(), incomplete })
        }
        _ => None,
    }
}
