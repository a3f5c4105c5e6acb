//! The order of children among one another and with their parents.

use std::collections::HashMap;

use crate::engine::{
    model::{Idx, KindId, kind::MadeWithParent},
    plan::{
        context::Context,
        draft::Draft,
        order::main_step,
        step::{Action, StepId},
    },
};

/// A parent takes another named child only when that child is there; what the old one loses follows after.
pub(crate) fn link_named_children(context: &Context<'_>, draft: &mut Draft) {
    let kinds: Vec<_> = context.source.kinds.ids().collect();
    for kind in kinds {
        let MadeWithParent::NamedByParent { field, .. } = context.row(kind).birth else {
            continue;
        };
        let Some(parent_kind) = context.row(kind).parent else {
            continue;
        };
        for parent in context.source.of_kind(parent_kind) {
            let Some(target) = context.pairing.target(parent) else {
                continue;
            };
            let Some(step) = draft.update(target) else {
                continue;
            };
            if draft.step(step).fields().iter().any(|change| change.field() == field) {
                link_children_of(context, draft, parent, target, kind, step);
            }
        }
    }
}

fn link_children_of(context: &Context<'_>, draft: &mut Draft, parent: Idx, target: Idx, kind: KindId, step: StepId) {
    for child in context.source.children(parent, kind) {
        let is_named = context.is_named_by_parent(context.source, child);
        match (main_step(context, draft, child), draft.creation(child)) {
            (_, Some(creation)) if is_named => draft.add_need(step, creation),
            (Some(own), _) if !is_named => draft.add_need(own, step),
            _ => {}
        }
    }
    let removals: Vec<StepId> =
        context.target.children(target, kind).filter_map(|child| draft.removal(child)).collect();
    for removal in removals {
        draft.add_need(removal, step);
    }
}

/// The child that comes along with a new parent gets its values first: until then it holds values of the server's
/// choice, which a sibling may be about to claim.
pub(crate) fn link_born(context: &Context<'_>, draft: &mut Draft) {
    let mut born: HashMap<(KindId, Option<Idx>), StepId> = HashMap::new();
    let mut later = Vec::new();
    for idx in context.source.ids() {
        let Some(step) = draft.creation(idx) else {
            continue;
        };
        let Action::Create(create) = &draft.step(step).action else {
            continue;
        };
        let family = (context.source[idx].kind, context.source.parent(idx));
        if context.row(family.0).birth != MadeWithParent::FirstOfParent {
            continue;
        }
        if create.comes_along {
            born.insert(family, step);
        } else {
            later.push((family, step));
        }
    }
    for (family, step) in later {
        if let Some(first) = born.get(&family) {
            draft.add_need(step, *first);
        }
    }
}
