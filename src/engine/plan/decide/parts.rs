//! Parts: what becomes of the objects that others carry, once it is known which of those are written.

use std::collections::BTreeSet;

use crate::engine::{
    change::{ChildMade, FieldChange, MetadataWrite, NewObject},
    model::Idx,
    plan::{
        context::Context,
        decide::{
            bundle::{CarriedPart, PartChange},
            differences::{split_differences, withhold_not_taken},
            update::add_change,
            withhold_object,
        },
        draft::{Decision, Draft},
        pair::Partners,
        step::{Action, Cause, StepId, Verb},
    },
};

/// Parts are decided last, because only then it is known which of their carriers are written.
pub(crate) fn decide_parts(context: &Context<'_>, draft: &mut Draft) {
    let kinds = context.source.kinds;
    for idx in context.source.ids() {
        let kind = context.source[idx].kind;
        if kinds.is_carried(kind) && context.is_replicated(kind) && context.scope.source(idx) {
            let decision = decide_part(context, draft, idx);
            draft.decide(idx, decision);
        }
    }
}

fn decide_part(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> Decision {
    let part = draft.parts.get(&idx).cloned();
    let target = context.pairing.target(idx);
    if target.is_some_and(|target| draft.is_removed(target)) {
        return part.map_or(Decision::OutOfScope, |part| withhold_with_carrier(context, draft, idx, &part));
    }
    match (part, context.pairing.partners(idx)) {
        (Some(part), _) if part.cannot_be_written() => match part.change {
            PartChange::CannotBeWritten(cause) => withhold_object(context, draft, idx, cause),
            _ => Decision::OutOfScope,
        },
        (Some(part), None) if !part.carriers.is_empty() => {
            Decision::Creating(create_part(context, draft, idx, &part.carriers))
        }
        (Some(part), None) => withhold_with_carrier(context, draft, idx, &part),
        (part, Some(pair)) => update_part(context, draft, pair, part),
        (None, None) => Decision::OutOfScope,
    }
}

fn withhold_with_carrier(context: &Context<'_>, draft: &mut Draft, idx: Idx, part: &CarriedPart) -> Decision {
    match &part.held_by {
        Some((top, incomplete)) => {
            let cause = Cause::Follows { top: top.path.to_string(), incomplete: *incomplete };
            withhold_object(context, draft, idx, cause)
        }
        None => Decision::OutOfScope,
    }
}

fn create_part(context: &Context<'_>, draft: &mut Draft, idx: Idx, carriers: &[StepId]) -> StepId {
    let source = &context.source[idx];
    let create = NewObject {
        parent: None,
        metadata: MetadataWrite {
            own: source.document.metadata(),
            mark: Some(context.mark_of(source)),
            key: source.key().into(),
            ..MetadataWrite::default()
        },
        document: source.document.clone(),
        comes_along: true,
        brings: ChildMade::Whatever,
        package: None,
    };
    let address = context.source.address(idx);
    let step = draft.add(address, Action::Create(create), vec![carriers[0]]);
    draft.step_mut(step).after = carriers[1..].to_vec();
    step
}

/// A paired part is written by its carriers; its mark and state, which they do not write, get a step of their own.
fn update_part(context: &Context<'_>, draft: &mut Draft, pair: Partners, part: Option<CarriedPart>) -> Decision {
    let carriers = part.as_ref().map(|part| part.carriers.clone()).unwrap_or_default();
    // A part that nothing on the target carries has only been left behind there.
    if carriers.is_empty() && context.carriers_on_target(pair.target).is_empty() {
        return draft.leave_unchanged(context.source[pair.source].kind);
    }
    let (mut fields, not_taken) = split_differences(context, draft, pair);
    withhold_not_taken(context, draft, pair.source, not_taken);
    context.add_mark_changes(pair, &mut fields);
    let own = fields.len();
    if let Some(CarriedPart { change: PartChange::Due { fields: due, .. }, .. }) = part {
        fields.extend(due);
        if carriers.is_empty() {
            return withhold_part(context, draft, pair.source, fields);
        }
    }
    add_part_step(context, draft, pair, PartFields { fields, own }, &carriers)
}

/// The changes of a part.
struct PartFields {
    fields: Vec<FieldChange>,
    /// The first so many are its own, and the others are those of its documents.
    own: usize,
}

/// A carrier that is rewritten may open what it carries: the state is entered again when all that carries it is written.
fn add_part_step(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: Partners,
    changes: PartFields,
    carriers: &[StepId],
) -> Decision {
    let PartFields { mut fields, own } = changes;
    let kind = context.source[pair.source].kind;
    let openers = openers(context, draft, pair.target);
    let restored = context.state_to_restore(pair.source, &fields);
    let is_restored_alone = fields.is_empty();
    fields.extend(restored.filter(|_| !carriers.is_empty() || !openers.is_empty()));
    if fields.is_empty() {
        return draft.leave_unchanged(kind);
    }
    if is_restored_alone {
        draft.leave_unchanged(kind);
    } else if own > 0
        && let Some(cause) = context.reason_not_to_touch(pair.source, pair.target)
    {
        return withhold_object(context, draft, pair.source, cause);
    }
    // Documents that differ are there as soon as the first carrier is written; all else only follows the carriers.
    let needed = if fields.len() > own { carriers.len().min(1) } else { 0 };
    let step = add_change(context, draft, pair, fields, None);
    draft.step_mut(step).needs = carriers[..needed].to_vec();
    draft.step_mut(step).after = carriers[needed..].to_vec();
    draft.step_mut(step).auxiliary = is_restored_alone;
    for opener in openers {
        draft.add_after(step, opener);
    }
    Decision::Present
}

/// Nothing writes this change in this run: whatever carries the part says why.
fn withhold_part(context: &Context<'_>, draft: &mut Draft, idx: Idx, fields: Vec<FieldChange>) -> Decision {
    let part = draft.parts.get(&idx).and_then(|part| part.held_by.clone());
    let Some((top, incomplete)) = part else {
        return draft.leave_unchanged(context.source[idx].kind);
    };
    let cause = Cause::Follows { top: top.path.to_string(), incomplete };
    draft.withhold(context.source.address(idx), Verb::Update, fields, cause);
    Decision::Present
}

/// The carriers that are opened on the target open the part too.
fn openers(context: &Context<'_>, draft: &Draft, carried: Idx) -> Vec<StepId> {
    let carriers = context.carriers_on_target(carried).iter();
    let updates = carriers.filter_map(|carrier| draft.updates.get(carrier));
    updates.copied().filter(|it| is_opening(context, draft, *it)).collect()
}

fn is_opening(context: &Context<'_>, draft: &Draft, step: StepId) -> bool {
    let step = draft.step(step);
    let Some(lifecycle) = context.row(step.address.kind).lifecycle.as_ref() else {
        return false;
    };
    let Action::Update(update) = &step.action else {
        return false;
    };
    let mut fields = update.fields.iter();
    fields.any(|change| change.field() == lifecycle.field && change.after == lifecycle.open)
}

/// Parts that the source still has, but nothing on the target carries any more once all is done, go with what carried
/// them there.
pub(crate) fn remove_parts_without_carrier(context: &Context<'_>, draft: &mut Draft) {
    let is_removed = |idx: &Idx| draft.is_removed(*idx);
    let (removed, staying): (Vec<Idx>, Vec<Idx>) = context.target.ids().partition(is_removed);
    let left: Vec<(Idx, Idx)> = removed
        .into_iter()
        .flat_map(|carrier| context.target.carried(carrier).into_iter().map(move |part| (carrier, part)))
        .filter(|(_, part)| !is_part_written(context, draft, *part))
        .collect();
    if left.is_empty() {
        return;
    }
    let kept: BTreeSet<Idx> =
        staying.into_iter().flat_map(|carrier| parts_in_the_end(context, draft, carrier)).collect();
    for (carrier, part) in left {
        if !kept.contains(&part) && !draft.is_removed(part) {
            remove_with_carrier(context, draft, carrier, part);
        }
    }
}

fn remove_with_carrier(context: &Context<'_>, draft: &mut Draft, carrier: Idx, part: Idx) {
    let Some(step) = draft.removal(carrier) else {
        return;
    };
    draft.removals.insert(part, step);
    let address = context.target.address(part);
    if let Action::Delete(delete) = &mut draft.step_mut(step).action {
        delete.cascade.push(address);
    }
}

/// A target object that is published again carries in the end what the source says, and any other what it carries now.
fn parts_in_the_end(context: &Context<'_>, draft: &Draft, carrier: Idx) -> Vec<Idx> {
    let is_published = draft.update(carrier).is_some_and(|step| draft.step(step).package().is_some());
    match context.pairing.source(carrier).filter(|_| is_published) {
        Some(source) => {
            let parts = context.source.carried(source).into_iter();
            parts.filter_map(|part| context.pairing.target(part)).collect()
        }
        None => context.target.carried(carrier),
    }
}

/// Something that this run writes carries the part.
fn is_part_written(context: &Context<'_>, draft: &Draft, part: Idx) -> bool {
    let source = context.pairing.source(part);
    let part = source.and_then(|source| draft.parts.get(&source));
    part.is_some_and(|part| !part.carriers.is_empty())
}
