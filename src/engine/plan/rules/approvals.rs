//! Approvals on the target: some of ours waits there, although the source has approved it. An approval is a step beside
//! the update of its object and comes right before that in the plan, so updates ask for it.

use crate::engine::{
    change::{ApprovalRequest, FieldChange},
    plan::{context::Context, decide::references::document_due, draft::Draft, pair::Partners, step::Cause},
};

/// An object of ours that waits for an approval gets one, as far as the run may give it. None where nothing waits.
///
/// # Errors
/// The object goes on waiting, which is told.
pub(crate) fn approval(context: &Context<'_>, draft: &Draft, pair: Partners) -> Option<Result<ApprovalRequest, Cause>> {
    let partner = &context.target[pair.target];
    if !partner.pending {
        return None;
    }
    let request = approval_fields(context, pair).map(|fields| ApprovalRequest {
        target: partner.handle.clone(),
        before: partner.document.clone(),
        after: document_due(context, draft, pair.source).into_owned(),
        fields,
    });
    Some(request.ok_or(Cause::PendingOnTarget))
}

/// An approval brings what the source has, to an object of ours, and only where the operator lets the run give it.
fn approval_fields(context: &Context<'_>, pair: Partners) -> Option<Vec<FieldChange>> {
    let is_ours = context.is_ours(pair.target);
    let may = context.policy.approve_on_target
        && is_ours
        && context.reason_not_to_touch(pair.source, pair.target).is_none()
        && context.source.is_carried_whole(pair.source);
    let fields = fields_awaiting_approval(context, pair);
    (may && !fields.is_empty()).then_some(fields)
}

/// The fields that an approval gives their values.
fn fields_awaiting_approval(context: &Context<'_>, pair: Partners) -> Vec<FieldChange> {
    let row = context.row(context.source[pair.source].kind);
    let approved = row.approved.iter().map(|field| {
        let after = context.source[pair.source].document.field(field);
        let opened = row.lifecycle.as_ref().filter(|it| it.field == *field);
        FieldChange {
            path: format!("/{field}"),
            before: context.target[pair.target].document.field(field),
            after: opened.map_or(after, |it| it.open.into()),
        }
    });
    approved.filter(|change| change.before != change.after).collect()
}
