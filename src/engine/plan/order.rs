//! The order of steps, as far as it does not follow from parents and references: those were needs of the steps from the
//! start.

mod children;
mod lifecycles;
mod references;
mod values;

use crate::engine::{
    model::Idx,
    plan::{
        context::Context,
        draft::{Decision, Draft},
        order::{
            children::{link_born, link_named_children},
            lifecycles::{link_approvals, link_closings, link_dependents},
            references::{link_renamed, link_shared_parts},
            values::{link_displaced, link_site_values},
        },
        step::StepId,
    },
};

/// Lets steps wait for one another where neither their parents nor what they name says so already.
pub(crate) fn link_steps(context: &Context<'_>, draft: &mut Draft) {
    link_named_children(context, draft);
    link_site_values(context, draft);
    link_born(context, draft);
    link_displaced(context, draft);
    link_renamed(context, draft);
    link_closings(context, draft);
    link_dependents(context, draft);
    link_approvals(context, draft);
    link_shared_parts(context, draft);
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
