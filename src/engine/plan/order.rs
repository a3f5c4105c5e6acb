//! The order of steps, as far as it does not follow from parents and references: those were needs of the steps from the
//! start.

use std::collections::{BTreeMap, HashMap};

use super::{
    context::Context,
    decide::{main_step, update_step},
    draft::Draft,
    step::{Action, StepId},
};
use crate::engine::model::{
    Idx, KindId,
    kind::{MadeWithParent, ReferenceKind},
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

/// A document may name by name what has another name until its own update is done.
pub(crate) fn link_renamed(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        let references = context.row(context.source[idx].kind).references.iter();
        let lists = references.filter(|it| matches!(it.bond, ReferenceKind::NeedsAny { .. }));
        let Some(step) = main_step(context, draft, idx) else {
            continue;
        };
        for named in lists.flat_map(|reference| context.source.named(idx, reference)) {
            if let Some(update) = update_step(context, draft, named) {
                draft.add_after(step, update);
            }
        }
    }
}

/// A part goes with the last one that carries it. A carrier goes only when whatever carries the same parts is written,
/// so that nothing vanishes in between.
pub(crate) fn link_shared_parts(context: &Context<'_>, draft: &mut Draft) {
    let ordered = |steps: &HashMap<Idx, StepId>| -> BTreeMap<Idx, StepId> {
        steps.iter().map(|(idx, step)| (*idx, *step)).collect()
    };
    let (removals, updates) = (ordered(&draft.removals), ordered(&draft.updates));
    // It goes with the last one that carries it.
    for (carrier, step) in removals.iter().chain(&updates) {
        for carried in context.target.carried(*carrier) {
            if let Some(removal) = draft.removal(carried) {
                draft.add_after(removal, *step);
            }
        }
    }
    for (carrier, removal) in removals {
        for carried in context.target.carried(carrier) {
            let source = context.pairing.source(carried);
            let carriers = source
                .and_then(|source| draft.parts.get(&source))
                .map(|part| part.carriers.clone())
                .unwrap_or_default();
            for step in carriers {
                draft.add_after(removal, step);
            }
        }
    }
}

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
