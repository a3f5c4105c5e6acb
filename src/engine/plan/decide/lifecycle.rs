//! Steps of their own: entering a closed state, which comes last, and links between objects of one kind.

use crate::engine::{
    change::{Change, FieldChange},
    model::{Idx, kind::Reference},
    plan::{
        context::Context,
        decide::main_step,
        decide::{
            delete::reason_of_dependents,
            metadata::{metadata_beside_note, metadata_write},
            references::document_due,
        },
        draft::{Decision, Draft},
        step::{Action, Cause, StepId, Verb},
    },
};

/// A closed state is entered by a step of its own, after all else. `main` is the step that writes that.
pub(crate) fn add_closing(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    closing: FieldChange,
    main: Option<StepId>,
) {
    let target = context.pairing.target(idx);
    if let Some(cause) = target.and_then(|target| reason_not_to_empty(context, draft, idx, target)) {
        draft.withhold(context.source.address(idx), Verb::Update, vec![closing], cause);
        return;
    }
    let step = add_single_change(context, draft, idx, closing, main);
    draft.closings.insert(idx, step);
}

/// One change of an object gets a step of its own, beside the one that makes or changes the object.
fn add_single_change(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    change: FieldChange,
    main: Option<StepId>,
) -> StepId {
    let target = context.pairing.target(idx);
    let before =
        target.map_or_else(|| context.source[idx].document.clone(), |target| context.target[target].document.clone());
    let fields = vec![change];
    let alone = context.pairing.partners(idx).filter(|_| main.is_none());
    let metadata = alone.and_then(|pair| metadata_write(context, draft, pair, &fields, false));
    let note = alone.and_then(|pair| context.takeover_note(pair));
    let update = Change {
        target: target.map(|target| context.target[target].handle.clone()),
        parent: None,
        before,
        seen: target.map(|target| Box::new(context.planned_state(target))),
        after: document_due(context, draft, idx).into_owned(),
        fields,
        metadata,
        beside_note: alone.and_then(|pair| metadata_beside_note(context, draft, pair, false)),
        package: None,
    };
    let step = draft.add(context.source.address(idx), Action::Update(update), main.into_iter().collect());
    draft.step_mut(step).auxiliary = main.is_some();
    draft.step_mut(step).note = note;
    step
}

/// An object must not enter a state in which the server removes what lives by it, while that has a reason to stay.
fn reason_not_to_empty(context: &Context<'_>, draft: &Draft, idx: Idx, target: Idx) -> Option<Cause> {
    if !context.is_emptied(idx) {
        return None;
    }
    let gap = context.gaps.around_living(context.target[target].kind);
    gap.map(Cause::Gap).or_else(|| reason_of_dependents(context, draft, target))
}

/// Links between objects of one kind come when all of them are decided.
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
    let needed = match step_for_linked(context, draft, named) {
        Ok(step) => step,
        Err(cause) => {
            draft.withhold(context.source.address(idx), Verb::Update, vec![change], cause);
            return;
        }
    };
    let main = draft.closings.get(&idx).copied().or_else(|| main_step(context, draft, idx));
    // A note alone makes no change of which the link would be a part.
    let main = main.filter(|main| !draft.step(*main).is_bookkeeping());
    let step = add_single_change(context, draft, idx, change, main);
    if let Some(needed) = needed {
        draft.add_need(step, needed);
    }
    // A link may close its object, so everything that will live by that comes first.
    for dependent in context.dependents_on_source(idx) {
        if let Some(creation) = draft.creation(dependent) {
            draft.add_need(step, creation);
        }
    }
}

/// The step that makes the object to which a link leads.
///
/// # Errors
/// The reason why that object will not be on the target.
fn step_for_linked(context: &Context<'_>, draft: &Draft, named: Idx) -> Result<Option<StepId>, Cause> {
    let reason = || format!("{} is not on the target", context.source.address(named));
    match draft.decision(named) {
        Decision::Creating(step) => Ok(Some(step)),
        _ if context.pairing.target(named).is_some() => Ok(None),
        Decision::OutOfScope | Decision::Undecided | Decision::Withheld(false) => Err(Cause::StaysAtHome(reason())),
        Decision::Present | Decision::Absent | Decision::Withheld(true) => Err(Cause::Missing(reason())),
    }
}
