//! The order in which unique values change hands.

use std::collections::HashMap;

use crate::engine::{
    model::{Idx, KindId},
    plan::{context::Context, draft::Draft, order::main_step, step::StepId},
};

/// Who waits for a value is written after whoever gives it up.
pub(crate) fn link_site_values(context: &Context<'_>, draft: &mut Draft) {
    let waits: Vec<(Idx, Idx)> = context.site_values.after.iter().map(|(a, b)| (*a, *b)).collect();
    for (idx, giver) in waits {
        if let (Some(step), Some(before)) = (main_step(context, draft, idx), main_step(context, draft, giver)) {
            draft.add_need(step, before);
        }
    }
}

/// A new child that takes the place of one to be deleted under the same parent is made first, so that nothing is
/// lost in between; or after it, where it turns out that the server allows only one.
pub(crate) fn link_displaced(context: &Context<'_>, draft: &mut Draft) {
    let mut leaving: HashMap<(Idx, KindId, String), StepId> = HashMap::new();
    for (target, step) in &draft.removals {
        let place =
            context.exclusive_value(context.target[*target].kind, &context.in_source_terms(&context.target[*target]));
        let parent = context.target.parent(*target).filter(|parent| !draft.is_removed(*parent));
        if let (Some(parent), Some(place)) = (parent, place) {
            leaving.insert((parent, context.target[*target].kind, place), *step);
        }
    }
    for idx in context.source.ids() {
        let Some(step) = draft.creation(idx) else {
            continue;
        };
        let parent = context.source.parent(idx).and_then(|parent| context.pairing.target(parent));
        let place = context.exclusive_value(context.source[idx].kind, &context.source[idx].document);
        let (Some(parent), Some(place)) = (parent, place) else {
            continue;
        };
        if let Some(delete) = leaving.remove(&(parent, context.source[idx].kind, place)) {
            draft.step_mut(step).displaces = Some(delete);
            draft.add_need(delete, step);
        }
    }
}
