//! Steps of their own: entering a closed state, which comes last, and links between things of one kind.

use crate::engine::{
    change::{Change, FieldChange},
    model::{Idx, kind::Reference},
    plan::{
        context::Context,
        decide::{
            delete::reason_of_dependents,
            metadata::{metadata_beside_note, metadata_write},
            references::document_due,
        },
        draft::{Decision, Draft},
        step::{Action, Cause, StepId, Verb},
    },
};

/// Plans that a thing enters a closed state. `main` is the step that writes all else of it.
pub(crate) fn add_closing(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Option<Idx>,
    closing: FieldChange,
    main: Option<StepId>,
) {
    if let Some(cause) = target.and_then(|target| reason_not_to_empty(context, draft, idx, target)) {
        draft.withhold(context.source.address(idx), Verb::Update, vec![closing], cause);
        return;
    }
    let step = add_single_change(context, draft, idx, target, closing, main);
    draft.closings.insert(idx, step);
}

/// A step of its own for one change of a thing that another step may make or change.
fn add_single_change(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Option<Idx>,
    change: FieldChange,
    main: Option<StepId>,
) -> StepId {
    let before =
        target.map_or_else(|| context.source[idx].document.clone(), |target| context.target[target].document.clone());
    let fields = vec![change];
    let alone = target.filter(|_| main.is_none()).zip(context.pairing.how(idx));
    let metadata = alone.and_then(|(target, how)| metadata_write(context, draft, idx, target, how, &fields, false));
    let note = alone.and_then(|(target, how)| context.takeover_note(target, how));
    let update = Change {
        target: target.map(|target| context.target[target].handle.clone()),
        parent: None,
        before,
        seen: target.map(|target| Box::new(context.planned_state(target))),
        after: document_due(context, draft, idx).into_owned(),
        fields,
        metadata,
        beside_note: alone.and_then(|(target, how)| metadata_beside_note(context, draft, idx, target, how, false)),
        package: None,
    };
    let step = draft.add(context.source.address(idx), Action::Update(update), main.into_iter().collect());
    draft.step_mut(step).auxiliary = main.is_some();
    draft.step_mut(step).note = note;
    step
}

/// Why a thing must not enter a state in which the server removes what lives by it.
fn reason_not_to_empty(context: &Context<'_>, draft: &Draft, idx: Idx, target: Idx) -> Option<Cause> {
    if !context.is_emptied(idx) {
        return None;
    }
    let gap = context.gaps.around_living(context.target[target].kind);
    gap.map(Cause::Gap).or_else(|| reason_of_dependents(context, draft, target))
}

/// Plans the links between things of one kind.
pub(crate) fn decide_links(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        let kind = context.source[idx].kind;
        let links = context.row(kind).references.iter().filter(|it| it.bond.is_link());
        let is_due = context.is_replicated(kind) && context.scope.source(idx) && context.source.is_carried_whole(idx);
        let is_there = matches!(draft.decision(idx), Decision::Present | Decision::Creating(_));
        for link in links.filter(|_| is_due && is_there) {
            if let Some(change) = context.link_change(idx, link) {
                decide_link(context, draft, idx, link, change);
            }
        }
    }
}

fn decide_link(context: &Context<'_>, draft: &mut Draft, idx: Idx, link: &Reference, change: FieldChange) {
    let Some(named) = context.source.named(idx, link).first().copied() else {
        return;
    };
    let target = context.pairing.target(idx);
    let main = match draft.decision(idx) {
        Decision::Creating(step) => Some(step),
        _ => target.and_then(|target| draft.update(target)),
    };
    let main = draft.closings.get(&idx).copied().or(main);
    // A note alone makes no change of which the link would be a part.
    let main = main.filter(|main| !draft.step(*main).is_bookkeeping());
    let other = match draft.decision(named) {
        Decision::Creating(step) => Some(step),
        _ if context.pairing.target(named).is_some() => None,
        decision => {
            let reason = format!("{} is not on the target", context.source.address(named));
            let cause = match decision {
                Decision::OutOfScope | Decision::Undecided | Decision::Withheld(false) => Cause::StaysAtHome(reason),
                _ => Cause::Missing(reason),
            };
            draft.withhold(context.source.address(idx), Verb::Update, vec![change], cause);
            return;
        }
    };
    let step = add_single_change(context, draft, idx, target, change, main);
    if let Some(needed) = other {
        draft.add_need(step, needed);
    }
    // A link may close a thing, so what will live by it comes first.
    for dependent in context.dependents_on_source(idx) {
        if let Decision::Creating(create) = draft.decision(dependent) {
            draft.add_need(step, create);
        }
    }
}
