//! The order of children among one another and with their parents.

use crate::engine::{
    model::{Idx, KindId, kind::MadeWithParent},
    plan::{
        context::Context,
        draft::{Decision, Draft},
        step::{Action, StepId},
    },
};
use std::collections::HashMap;

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
        let named = context.is_named_by_parent(context.source, child);
        let own = match draft.decision(child) {
            Decision::Creating(step) => Some(step),
            _ => context.pairing.target(child).and_then(|target| draft.update(target)),
        };
        match (own, named) {
            (Some(own), true) if matches!(draft.decision(child), Decision::Creating(_)) => {
                draft.add_need(step, own);
            }
            (Some(own), false) => draft.add_need(own, step),
            _ => {}
        }
    }
    let going: Vec<StepId> = context.target.children(target, kind).filter_map(|child| draft.removal(child)).collect();
    for delete in going {
        draft.add_need(delete, step);
    }
}

/// The child that comes along with a new parent gets its values first: until then it holds values of the server's
/// choice, which a sibling may be about to claim.
pub(crate) fn link_born(context: &Context<'_>, draft: &mut Draft) {
    let mut born: HashMap<(KindId, Option<Idx>), StepId> = HashMap::new();
    let mut later = Vec::new();
    for idx in context.source.ids() {
        let Decision::Creating(step) = draft.decision(idx) else {
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
