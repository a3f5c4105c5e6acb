//! The order of closed states, approvals and what lives by an object.

use crate::engine::{
    model::Idx,
    plan::{context::Context, draft::Draft, order::update_step, step::StepId},
};

/// A closed state waits for what is made to live by the object, and for what goes.
pub(crate) fn link_closings(context: &Context<'_>, draft: &mut Draft) {
    for (idx, step) in draft.closings.clone() {
        for dependent in context.dependents_on_source(idx) {
            if let Some(creation) = draft.creation(dependent) {
                draft.add_need(step, creation);
            }
        }
        let Some(target) = context.pairing.target(idx) else {
            continue;
        };
        let empties = context.is_emptied(idx);
        for dependent in context.dependents_on_target(target) {
            match draft.removal(dependent) {
                // An object that turns out to exist on the source after all must not vanish in another way.
                Some(delete) if empties => draft.add_need(step, delete),
                Some(delete) => draft.add_after(step, delete),
                None => {}
            }
        }
    }
}

/// New objects that live by a rewritten one come after that, and those that go by themselves go before: the rewritten
/// one may no longer have room for them.
pub(crate) fn link_dependents(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        let target = context.pairing.target(idx);
        let (Some(target), Some(update)) = (target, update_step(context, draft, idx)) else {
            continue;
        };
        // On a target where it is not open, nothing can be made to live by it before it is.
        let is_open = context.target.is_carried_whole(target);
        for dependent in context.dependents_on_source(idx) {
            match draft.creation(dependent) {
                Some(creation) if is_open => draft.add_after(creation, update),
                Some(creation) => draft.add_need(creation, update),
                None => {}
            }
        }
        for dependent in context.dependents_on_target(target) {
            let delete = draft.removal(dependent);
            if let Some(delete) = delete.filter(|delete| draft.step(*delete).needs.is_empty()) {
                draft.add_after(update, delete);
            }
        }
    }
}

/// An approval comes after what else is written to its object, and before what the object must not wait for any more:
/// a closed state, and new objects that live by it.
pub(crate) fn link_approvals(context: &Context<'_>, draft: &mut Draft) {
    let approvals: Vec<(Idx, StepId)> = draft.approvals.iter().map(|(a, b)| (*a, *b)).collect();
    for (target, approval) in approvals {
        if let Some(update) = draft.update(target) {
            draft.add_after(approval, update);
        }
        let Some(source) = context.pairing.source(target) else {
            continue;
        };
        if let Some(closing) = draft.closings.get(&source).copied() {
            draft.add_need(closing, approval);
        }
        for dependent in context.dependents_on_source(source) {
            if let Some(creation) = draft.creation(dependent) {
                draft.add_need(creation, approval);
            }
        }
    }
}
