//! Updates: what a source object asks of its partner.

use crate::engine::{
    change::{Bundle, Change, FieldChange},
    model::{Idx, mark::SOURCE_ID},
    plan::{
        context::{Context, metadata_change},
        decide::{
            bundle::{BundleChange, bundle_change, note_carrier_withheld, note_carrier_written},
            differences::{split_differences, withhold_not_taken},
            lifecycle::add_closing,
            metadata::{metadata_beside_note, metadata_write},
            references::{document_due, emptied_group, withhold_unfollowed},
            unique_values::{claim_values, withhold_site_clash},
        },
        draft::{Decision, Draft},
        pair::Partners,
        rules::{approvals::approval, strangers::is_stranger},
        step::{Action, Cause, StepId, Verb, is_hint_alone},
    },
};

/// A pair gets the steps that make its target object equal, or is left as it is.
pub(crate) fn update(context: &Context<'_>, draft: &mut Draft, pair: Partners) -> Decision {
    let kind = context.source[pair.source].kind;
    if context.is_kept_by_another_sync(pair) || is_stranger(context.source, &context.target[pair.target], pair.source) {
        return draft.leave_unchanged(kind);
    }
    let (mut fields, not_taken) = split_differences(context, draft, pair);
    context.add_mark_changes(pair, &mut fields);
    withhold_secret(context, draft, pair.source);
    let is_told = withhold_not_taken(context, draft, pair.source, not_taken);
    add_approval(context, draft, pair);
    let bundle = bundle_change(context, draft, pair.source, Some(pair.target));
    if bundle.as_ref().is_ok_and(|bundle| bundle.package.is_none()) {
        if fields.is_empty() {
            fields.extend(context.missing_hint(pair));
        }
        if fields.is_empty() || is_hint_alone(&fields) {
            add_hint(context, draft, pair, fields);
            return if is_told { Decision::Present } else { draft.leave_unchanged(kind) };
        }
    }
    match permit(context, draft, pair, &fields, bundle) {
        Ok(bundle) => write_what_can_be(context, draft, pair, fields, bundle),
        Err(cause) => withhold_update(context, draft, pair, fields, cause),
    }
}

fn add_approval(context: &Context<'_>, draft: &mut Draft, pair: Partners) {
    let address = context.source.address(pair.source);
    let step = match approval(context, draft, pair) {
        None => return,
        Some(Ok(request)) => draft.add(address, Action::Approve(request), Vec::new()),
        Some(Err(cause)) => return draft.withhold(address, Verb::Update, Vec::new(), cause),
    };
    draft.approvals.insert(pair.target, step);
    if let Some(closing) = context.closing_anew(pair.source) {
        add_closing(context, draft, pair.source, closing, Some(step));
    }
}

/// The whole update is withheld where the pair must not be touched, or where it is not known whom the object is for.
fn permit(
    context: &Context<'_>,
    draft: &Draft,
    pair: Partners,
    fields: &[FieldChange],
    bundle: Result<BundleChange, Cause>,
) -> Result<BundleChange, Cause> {
    let is_whole = bundle.as_ref().is_ok_and(|bundle| bundle.package.is_some());
    match context
        .reason_not_to_touch(pair.source, pair.target)
        .or_else(|| context.unknown_audience(pair.source, fields, is_whole))
        .or_else(|| emptied_group(context, draft, pair.source))
    {
        Some(cause) => Err(cause),
        None => bundle,
    }
}

fn withhold_update(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: Partners,
    mut fields: Vec<FieldChange>,
    cause: Cause,
) -> Decision {
    note_carrier_withheld(context, draft, pair.source, cause.is_incomplete());
    fields.extend(context.document_changes(pair.source, Some(pair.target)));
    draft.withhold(context.source.address(pair.source), Verb::Update, fields, cause);
    Decision::Present
}

/// Fields that cannot be written are held back by themselves; a unique value that another object keeps holds back the whole.
fn write_what_can_be(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: Partners,
    mut fields: Vec<FieldChange>,
    mut bundle: BundleChange,
) -> Decision {
    withhold_unfollowed(context, draft, pair.source, &mut fields, &mut bundle.needs);
    withhold_site_clash(context, draft, pair.source, &mut fields);
    let yielded = match claim_values(context, draft, pair.source, Some(pair.target), &mut bundle.needs) {
        Ok(yielded) => yielded,
        Err(cause) => {
            draft.withhold(context.source.address(pair.source), Verb::Update, fields, cause);
            return Decision::Present;
        }
    };
    let is_due = !fields.is_empty();
    fields.retain(|change| !yielded.contains(&change.field()));
    if is_due && fields.is_empty() && bundle.package.is_none() {
        return draft.leave_unchanged(context.source[pair.source].kind);
    }
    add_update(context, draft, pair, fields, bundle);
    Decision::Present
}

/// A pair that stays as it is gets a hint of what it was like, where one is due and the pair may be touched.
fn add_hint(context: &Context<'_>, draft: &mut Draft, pair: Partners, fields: Vec<FieldChange>) {
    if !fields.is_empty() && context.reason_not_to_touch(pair.source, pair.target).is_none() {
        let step = add_change(context, draft, pair, fields, None);
        draft.updates.insert(pair.target, step);
    }
}

/// A pair that would be left as it is gets its mark.
pub(crate) fn add_mark(context: &Context<'_>, draft: &mut Draft, pair: Partners) {
    let source = &context.source[pair.source];
    let fields = vec![metadata_change(SOURCE_ID, None, source.handle.id())];
    let step = add_change(context, draft, pair, fields, None);
    draft.updates.insert(pair.target, step);
    let unchanged = draft.unchanged.entry(source.kind).or_default();
    *unchanged = unchanged.saturating_sub(1);
}

/// An update has one step for all that can be written at once, and one for entering a closed state.
fn add_update(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: Partners,
    mut fields: Vec<FieldChange>,
    bundle: BundleChange,
) {
    let BundleChange { fields: document_fields, needs, package } = bundle;
    let closing = context.take_closing(pair.source, &mut fields);
    let mut closing = closing.or_else(|| package.as_ref().and_then(|_| context.closing_anew(pair.source)));
    // The step that closes the object brings along whatever is to be noted of it.
    if closing.is_some() && is_hint_alone(&fields) {
        fields.clear();
    }
    if let Some(closing) = closing.as_mut().filter(|_| package.is_none()) {
        fields.extend(context.open_between(pair.source, closing));
    }
    fields.extend(document_fields);
    let main = (!fields.is_empty()).then(|| add_change(context, draft, pair, fields, package));
    if let Some(step) = main {
        draft.step_mut(step).needs = needs;
        if let Some(closing) = &closing {
            leave_open(context, draft, step, closing);
        }
        note_carrier_written(context, draft, pair.source, step);
        draft.updates.insert(pair.target, step);
    }
    if let Some(closing) = closing {
        add_closing(context, draft, pair.source, closing, main);
    }
}

/// The closed state is entered by another step, so this one leaves its object as it is before that: open, where it is
/// published, and in its former state otherwise.
fn leave_open(context: &Context<'_>, draft: &mut Draft, step: StepId, closing: &FieldChange) {
    let step = draft.step_mut(step);
    let lifecycle = context.source.kinds.row(step.address.kind).lifecycle.as_ref();
    if let Action::Update(update) = &mut step.action {
        let open = lifecycle.filter(|_| update.package.is_some());
        let state = open.map_or_else(|| closing.before.clone(), |it| it.open.into());
        update.after = update.after.with([(closing.field().to_owned(), state)]);
    }
}

/// One step writes all that differs.
pub(crate) fn add_change(
    context: &Context<'_>,
    draft: &mut Draft,
    pair: Partners,
    fields: Vec<FieldChange>,
    package: Option<Bundle>,
) -> StepId {
    let note = context.takeover_note(pair);
    let update = Change {
        target: Some(context.target[pair.target].handle.clone()),
        parent: context.source.parent(pair.source).map(|parent| context.source.address(parent)),
        before: context.target[pair.target].document.clone(),
        seen: Some(Box::new(context.planned_state(pair.target))),
        after: document_due(context, draft, pair.source).into_owned(),
        metadata: metadata_write(context, draft, pair, &fields, package.is_some()),
        beside_note: metadata_beside_note(context, draft, pair, package.is_some()),
        fields,
        package,
    };
    let step = draft.add(context.source.address(pair.source), Action::Update(update), Vec::new());
    // An object that others have made may wait for somebody else's wish: only ours are approved.
    let is_ours = context.is_ours(pair.target) || context.becomes_ours(pair.target);
    draft.step_mut(step).approves = context.policy.approve_on_target && is_ours;
    draft.step_mut(step).note = note;
    step
}

fn withhold_secret(context: &Context<'_>, draft: &mut Draft, idx: Idx) {
    let source = &context.source[idx];
    // What was left out on purpose is no difference.
    if context.policy.secrets_left_out {
        return;
    }
    let row = context.row(source.kind);
    if row.secret.is_some() && source.document.secret().is_none() && !source.unread {
        let cause = Cause::SecretUnreadable { mend: row.secret_mend };
        draft.withhold(context.source.address(idx), Verb::Update, Vec::new(), cause);
    }
}
