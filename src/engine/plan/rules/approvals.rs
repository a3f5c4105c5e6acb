//! Approvals on the target: what of ours waits there, although the source has approved it.

use crate::engine::{
    change::{ApprovalRequest, FieldChange},
    model::Idx,
    plan::{
        context::Context,
        decide::{lifecycle::add_closing, references::document_due},
        draft::Draft,
        step::{Action, Cause, Verb},
    },
};

/// Plans the approval of what waits for one, or says that it waits.
pub(crate) fn approve_or_tell(context: &Context<'_>, draft: &mut Draft, idx: Idx, target: Idx) {
    if !context.target[target].pending {
        return;
    }
    let address = context.source.address(idx);
    match approval_fields(context, idx, target) {
        Some(fields) => {
            let approve = ApprovalRequest {
                target: context.target[target].handle.clone(),
                before: context.target[target].document.clone(),
                after: document_due(context, draft, idx).into_owned(),
                fields,
            };
            let step = draft.add(address, Action::Approve(approve), Vec::new());
            draft.approvals.insert(target, step);
            if let Some(closing) = context.closing_anew(idx) {
                add_closing(context, draft, idx, Some(target), closing, Some(step));
            }
        }
        None => draft.withhold(address, Verb::Update, Vec::new(), Cause::PendingOnTarget),
    }
}

/// What an approval brings, where the run may give it: it brings what the source has, to a thing of ours.
fn approval_fields(context: &Context<'_>, idx: Idx, target: Idx) -> Option<Vec<FieldChange>> {
    let is_ours = context.is_ours(target);
    let may = context.policy.approve_on_target
        && is_ours
        && context.reason_not_to_touch(idx, target).is_none()
        && context.source.is_carried_whole(idx);
    let fields = fields_awaiting_approval(context, idx, target);
    (may && !fields.is_empty()).then_some(fields)
}

/// The fields that an approval gives their values.
fn fields_awaiting_approval(context: &Context<'_>, idx: Idx, target: Idx) -> Vec<FieldChange> {
    let row = context.row(context.source[idx].kind);
    let approved = row.approved.iter().map(|field| {
        let after = context.source[idx].document.field(field);
        let opened = row.lifecycle.as_ref().filter(|it| it.field == *field);
        FieldChange {
            path: format!("/{field}"),
            before: context.target[target].document.field(field),
            after: opened.map_or(after, |it| it.open.into()),
        }
    });
    approved.filter(|change| change.before != change.after).collect()
}
