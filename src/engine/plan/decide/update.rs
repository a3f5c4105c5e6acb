//! Updates: what a source object asks of its partner.

use crate::engine::{
    change::{Bundle, Change, FieldChange},
    model::Idx,
    plan::{
        context::Context,
        decide::{
            bundle::{BundleChange, bundle_change, note_carrier_withheld, note_carrier_written},
            differences::{split_differences, withhold_not_taken},
            lifecycle::add_closing,
            metadata::{metadata_beside_note, metadata_write},
            references::{document_due, emptied_group, withhold_unfollowed},
            unique_values::{claim_values, withhold_site_clash},
        },
        draft::{Decision, Draft},
        pair::MatchedBy,
        rules::{approvals::approve_or_tell, strangers::is_stranger},
        step::{Action, Cause, StepId, Verb, is_hint_alone},
    },
};

/// Plans what makes a partner equal.
pub(crate) fn update(context: &Context<'_>, draft: &mut Draft, idx: Idx, target: Idx, how: MatchedBy) -> Decision {
    if context.is_kept_by_another_sync(idx, target) || is_stranger(context.source, &context.target[target], idx) {
        return draft.leave_unchanged(context.source[idx].kind);
    }
    let (mut fields, not_taken) = split_differences(context, draft, idx, target);
    context.add_mark_changes(idx, target, how, &mut fields);
    withhold_secret(context, draft, idx);
    let is_not_taken = withhold_not_taken(context, draft, idx, not_taken);
    approve_or_tell(context, draft, idx, target);
    let bundle = bundle_change(context, draft, idx, Some(target));
    if bundle.as_ref().is_ok_and(|bundle| bundle.package.is_none()) {
        if fields.is_empty() {
            fields.extend(context.missing_hint(idx, target, how));
        }
        if fields.is_empty() || is_hint_alone(&fields) {
            add_hint(context, draft, idx, target, how, fields);
            return if is_not_taken { Decision::Present } else { draft.leave_unchanged(context.source[idx].kind) };
        }
    }
    let (bundle, mut needs) = match permit(context, draft, idx, target, &fields, bundle) {
        Ok(bundle) => (bundle.package.map(|package| (bundle.fields, package)), bundle.needs),
        Err(cause) => {
            note_carrier_withheld(context, draft, idx, cause.is_incomplete());
            fields.extend(context.document_changes(idx, Some(target)));
            draft.withhold(context.source.address(idx), Verb::Update, fields, cause);
            return Decision::Present;
        }
    };
    withhold_unfollowed(context, draft, idx, &mut fields, &mut needs);
    withhold_site_clash(context, draft, idx, &mut fields);
    match claim_values(context, draft, idx, Some(target), &mut needs) {
        Ok(yielded) => {
            let due = !fields.is_empty();
            fields.retain(|change| !yielded.contains(&change.field()));
            if due && fields.is_empty() && bundle.is_none() {
                return draft.leave_unchanged(context.source[idx].kind);
            }
        }
        Err(cause) => {
            draft.withhold(context.source.address(idx), Verb::Update, fields, cause);
            return Decision::Present;
        }
    }
    add_update(context, draft, idx, target, how, fields, needs, bundle);
    Decision::Present
}

/// Whether a pair may be touched at all.
fn permit(
    context: &Context<'_>,
    draft: &Draft,
    idx: Idx,
    target: Idx,
    fields: &[FieldChange],
    bundle: Result<BundleChange, Cause>,
) -> Result<BundleChange, Cause> {
    let is_whole = bundle.as_ref().is_ok_and(|bundle| bundle.package.is_some());
    match context
        .reason_not_to_touch(idx, target)
        .or_else(|| context.unknown_audience(idx, fields, is_whole))
        .or_else(|| emptied_group(context, draft, idx))
    {
        Some(cause) => Err(cause),
        None => bundle,
    }
}

/// Notes what a pair that stays as it is was like, where a note is due and the pair may be touched.
fn add_hint(context: &Context<'_>, draft: &mut Draft, idx: Idx, target: Idx, how: MatchedBy, fields: Vec<FieldChange>) {
    if !fields.is_empty() && context.reason_not_to_touch(idx, target).is_none() {
        let step = add_change(context, draft, idx, target, how, fields, None);
        draft.updates.insert(target, step);
    }
}

/// Plans the steps of an update: one for all that can be written at once, one for entering a closed state.
fn add_update(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Idx,
    how: MatchedBy,
    mut fields: Vec<FieldChange>,
    needs: Vec<StepId>,
    bundle: Option<(Vec<FieldChange>, Bundle)>,
) {
    let mut closing =
        context.take_closing(idx, &mut fields).or_else(|| bundle.as_ref().and_then(|_| context.closing_anew(idx)));
    // The step that closes it brings along what is to be noted.
    if closing.is_some() && is_hint_alone(&fields) {
        fields.clear();
    }
    let direct = closing.as_mut().filter(|_| bundle.is_none());
    fields.extend(direct.and_then(|closing| context.open_between(idx, closing)));
    let package = bundle.map(|(differences, package)| {
        fields.extend(differences);
        package
    });
    let main = (!fields.is_empty()).then(|| {
        let step = add_change(context, draft, idx, target, how, fields, package);
        draft.step_mut(step).needs = needs;
        if let Some(closing) = &closing {
            leave_open(context, draft, step, closing);
        }
        note_carrier_written(context, draft, idx, step);
        draft.updates.insert(target, step);
        step
    });
    if let Some(closing) = closing {
        add_closing(context, draft, idx, Some(target), closing, main);
    }
}

/// What a step writes does not yet have the closed state that another step enters: what it publishes is open, whatever
/// it was before.
fn leave_open(context: &Context<'_>, draft: &mut Draft, step: StepId, closing: &FieldChange) {
    let step = draft.step_mut(step);
    let lifecycle = context.source.kinds.row(step.address.kind).lifecycle.as_ref();
    if let Action::Update(update) = &mut step.action {
        let open = lifecycle.filter(|_| update.package.is_some());
        let state = open.map_or_else(|| closing.before.clone(), |it| it.open.into());
        update.after = update.after.with([(closing.field().to_owned(), state)]);
    }
}

/// A step that writes what differs.
pub(crate) fn add_change(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Idx,
    how: MatchedBy,
    fields: Vec<FieldChange>,
    package: Option<Bundle>,
) -> StepId {
    let note = context.takeover_note(target, how);
    let update = Change {
        target: Some(context.target[target].handle.clone()),
        parent: context.source.parent(idx).map(|parent| context.source.address(parent)),
        before: context.target[target].document.clone(),
        seen: Some(Box::new(context.planned_state(target))),
        after: document_due(context, draft, idx).into_owned(),
        metadata: metadata_write(context, draft, idx, target, how, &fields, package.is_some()),
        beside_note: metadata_beside_note(context, draft, idx, target, how, package.is_some()),
        fields,
        package,
    };
    let step = draft.add(context.source.address(idx), Action::Update(update), Vec::new());
    // What others have made may wait for somebody else's wish: only what is ours is approved.
    let is_ours = context.is_ours(target) || context.becomes_ours(target);
    draft.step_mut(step).approves = context.policy.approve_on_target && is_ours;
    draft.step_mut(step).note = note;
    step
}

fn withhold_secret(context: &Context<'_>, draft: &mut Draft, idx: Idx) {
    let source = &context.source[idx];
    if context.row(source.kind).secret.is_some() && source.document.secret().is_none() && !source.unread {
        draft.withhold(context.source.address(idx), Verb::Update, Vec::new(), Cause::SecretUnreadable);
    }
}
