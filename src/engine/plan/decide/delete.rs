//! Deletions: only what the tool itself made, only where the source's list is whole, and never along with what is
//! the target's own (behaviour.md, "Deleted").

use crate::engine::{
    change::Removal,
    model::{Idx, kind::MadeWithParent},
    plan::{
        context::{Context, holds_own},
        draft::Draft,
        rules::grace::{KeptForNow, grace_of_its_own, is_waiting, kept_with},
        step::{Action, Cause, StepId, Verb},
    },
};

/// Tops of cascades come first, and what others live by comes last.
pub(crate) fn decide_deletions(context: &Context<'_>, draft: &mut Draft) {
    let kinds = context.target.kinds;
    let (last, first): (Vec<Idx>, Vec<Idx>) =
        context.target.ids().partition(|idx| kinds.is_lived_by(context.target[*idx].kind));
    for target in first.into_iter().chain(last) {
        let address = context.target.address(target);
        match decide_deletion(context, draft, target) {
            Deletion::NotDue => {}
            Deletion::Withheld(cause) => draft.withhold(address, Verb::Delete, Vec::new(), cause),
            Deletion::InGrace(kept) => draft.keep_for_now(address, *kept),
            Deletion::Due { removal, needs, along } => {
                let step = draft.add(address, Action::Delete(*removal), needs);
                draft.removals.extend(along.into_iter().chain([target]).map(|idx| (idx, step)));
            }
        }
    }
}

/// A target object is removed, kept, or none of the deletions' business.
enum Deletion {
    /// The source still has it, or another deletion decides about it.
    NotDue,
    /// Something speaks against it.
    Withheld(Cause),
    /// It may come back.
    InGrace(Box<KeptForNow>),
    /// It is removed after some other steps, and the server removes others along with it.
    Due { removal: Box<Removal>, needs: Vec<StepId>, along: Vec<Idx> },
}

fn decide_deletion(context: &Context<'_>, draft: &Draft, target: Idx) -> Deletion {
    let is_settled =
        draft.is_removed(target) || is_waiting(context, draft, target) || context.is_below_distrusted(target);
    if is_settled || !context.is_gone_from_source(target) {
        return Deletion::NotDue;
    }
    let reason = context.reason_to_keep(target).or_else(|| reason_of_dependents(context, draft, target));
    if let Some(cause) = reason {
        return Deletion::Withheld(cause);
    }
    match grace_of_its_own(context, draft, target) {
        Some(kept) => Deletion::InGrace(Box::new(kept)),
        None => removal(context, draft, target),
    }
}

fn removal(context: &Context<'_>, draft: &Draft, target: Idx) -> Deletion {
    let (needs, along) = removed_along(context, draft, target);
    let resource = &context.target[target];
    let removal = Removal {
        target: resource.handle.clone(),
        before: resource.document.clone(),
        seen: context.planned_state(target),
        hanging: context.all_that_hangs_on(target),
        cascade: along.iter().map(|idx| context.target.address(*idx)).collect(),
        // An original that has become another object in place is there to be seen: there is nothing to ask for.
        original: if context.pairing.outdated.contains_key(&target) { None } else { context.original_handle(target) },
    };
    Deletion::Due { removal: Box::new(removal), needs, along }
}

/// An object must stay while something lives by it that does not go anyway.
pub(crate) fn reason_of_dependents(context: &Context<'_>, draft: &Draft, target: Idx) -> Option<Cause> {
    let path = |idx: Idx| context.target.address(idx).path.to_string();
    let (mut own, mut kept) = (Vec::new(), None);
    for idx in context.dependents_on_target(target) {
        if draft.is_removed(idx) || !context.has_reason_to_stay(idx) {
            continue;
        }
        match kept_with(context, draft, idx) {
            Some(top) if context.pairing.orphans.contains(&idx) => kept = kept.or(Some(path(top))),
            _ => own.push(path(idx)),
        }
    }
    if own.is_empty() {
        // It stays as long as what hangs on it is kept, and then goes after it.
        return kept.map(|top| Cause::Follows { top, incomplete: false });
    }
    Some(holds_own(&own))
}

/// The server removes more along with an object, unless steps of their own remove that before.
fn removed_along(context: &Context<'_>, draft: &Draft, target: Idx) -> (Vec<StepId>, Vec<Idx>) {
    let mut along = context.target.below(target);
    let mut steps = Vec::new();
    for dependent in context.dependents_on_target(target) {
        match draft.removal(dependent) {
            Some(step) => steps.push(step),
            None => along.push(dependent),
        }
    }
    along.extend(parts_without_other_carrier(context, draft, target));
    steps.sort();
    steps.dedup();
    (steps, along)
}

/// Parts that the source no longer has go once all else that carries them goes too.
fn parts_without_other_carrier(context: &Context<'_>, draft: &Draft, target: Idx) -> Vec<Idx> {
    let goes = |carrier: &Idx| *carrier == target || draft.is_removed(*carrier);
    let carried = context.target.carried(target).into_iter();
    carried
        .filter(|part| context.pairing.source(*part).is_none())
        .filter(|part| context.carriers_on_target(*part).iter().all(goes))
        .collect()
}

/// A parent's named child cannot be deleted unless the parent takes another one in this run.
pub(crate) fn remains_named_by_parent(context: &Context<'_>, draft: &Draft, target: Idx) -> bool {
    let MadeWithParent::NamedByParent { field, .. } = context.row(context.target[target].kind).birth else {
        return false;
    };
    let step = context.target.parent(target).and_then(|parent| draft.update(parent));
    let is_replaced = step.is_some_and(|step| {
        let mut fields = draft.step(step).fields().iter();
        fields.any(|change| change.field() == field)
    });
    context.is_named_by_parent(context.target, target) && !is_replaced
}
