//! Decisions: every object is decided once, parents before their children. A decision reads the context and what was
//! decided before, and puts its steps into the draft at once: their order is part of the plan. One thing is decided
//! early: the update that gives up a unique value which somebody else is about to claim.

pub(crate) mod bundle;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod differences;
pub(crate) mod lifecycle;
pub(crate) mod metadata;
pub(crate) mod parts;
pub(crate) mod references;
pub(crate) mod unique_values;
pub(crate) mod update;

use crate::engine::{
    model::Idx,
    plan::{
        context::Context,
        decide::{bundle::note_carrier_withheld, create::create, update::update},
        draft::{Decision, Draft},
        step::{Cause, StepId, Verb},
    },
};

/// Decides all source objects, parents before their children. A claim on a unique value may have had one decided early.
pub(crate) fn decide_objects(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        if !draft.moves.decided_early.contains(&idx) {
            let decision = decide_object(context, draft, idx);
            draft.decide(idx, decision);
        }
    }
}

/// Decides one source object.
fn decide_object(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> Decision {
    let kind = context.source[idx].kind;
    if !context.is_replicated(kind) {
        return if context.pairing.target(idx).is_some() { Decision::Present } else { Decision::Absent };
    }
    if !context.scope.source(idx) || context.source.kinds.is_carried(kind) {
        return Decision::OutOfScope;
    }
    if let Some(cause) = reason_above(context, draft, idx) {
        return withhold_object(context, draft, idx, cause);
    }
    if let Some(reason) = context.pairing.contested.get(&idx) {
        return withhold_object(context, draft, idx, Cause::Conflict(reason.clone()));
    }
    match context.pairing.partners(idx) {
        None if context.source[idx].uncarried.is_some() => {
            let reason = context.source[idx].uncarried.as_deref().unwrap_or_default();
            withhold_object(context, draft, idx, Cause::Missing(reason.to_owned()))
        }
        Some(_) if context.source[idx].uncarried.is_some() => draft.leave_unchanged(kind),
        Some(_) if context.source[idx].pending => draft.leave_unchanged(kind),
        Some(_) if context.reason_to_stay_home(idx).is_some() => draft.leave_unchanged(kind),
        Some(pair) => update(context, draft, pair),
        None if context.source[idx].pending => withhold_object(context, draft, idx, Cause::PendingOnSource),
        None => create(context, draft, idx),
    }
}

/// An object cannot be where its parent is not.
fn reason_above(context: &Context<'_>, draft: &Draft, idx: Idx) -> Option<Cause> {
    let parent = context.source.parent(idx)?;
    match draft.decision(parent) {
        Decision::Withheld(incomplete) => {
            Some(Cause::Follows { top: context.source.address(parent).path.to_string(), incomplete })
        }
        Decision::Absent => Some(Cause::Missing(context.missing_on_target(parent))),
        _ => None,
    }
}

/// Parts are told of it too when an object is withheld, since it may be their only carrier.
pub(crate) fn withhold_object(context: &Context<'_>, draft: &mut Draft, idx: Idx, cause: Cause) -> Decision {
    let incomplete = cause.is_incomplete();
    let target = context.pairing.target(idx);
    note_carrier_withheld(context, draft, idx, incomplete);
    let verb = target.map_or(Verb::Create, |_| Verb::Update);
    let fields = context.document_changes(idx, target);
    draft.withhold(context.source.address(idx), verb, fields, cause);
    Decision::Withheld(incomplete)
}

/// The step that makes or changes what answers to a source object.
pub(crate) fn main_step(context: &Context<'_>, draft: &Draft, idx: Idx) -> Option<StepId> {
    match draft.decision(idx) {
        Decision::Creating(step) => Some(step),
        _ => update_step(context, draft, idx),
    }
}

/// The step that changes the partner of a source object.
pub(crate) fn update_step(context: &Context<'_>, draft: &Draft, idx: Idx) -> Option<StepId> {
    let target = context.pairing.target(idx)?;
    draft.update(target)
}
