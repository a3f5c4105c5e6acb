//! Approvals on the target: some of ours waits there, although the source has approved it. An approval is a step beside
//! the update of its object and comes right before that in the plan, so updates ask for it.

use crate::engine::{
    change::{ApprovalRequest, FieldChange},
    plan::{
        context::Context,
        decide::{lifecycle::add_closing, references::document_due},
        draft::Draft,
        pair::Partners,
        step::{Action, Cause, Verb},
    },
};

/// An object of ours that waits for an approval gets one, or it is told that it waits.
pub(crate) fn approve_or_tell(context: &Context<'_>, draft: &mut Draft, pair: Partners) {
    if !context.target[pair.target].pending {
        return;
    }
    let address = context.source.address(pair.source);
    match approval_fields(context, pair) {
        Some(fields) => {
            let approve = ApprovalRequest {
                target: context.target[pair.target].handle.clone(),
                before: context.target[pair.target].document.clone(),
                after: document_due(context, draft, pair.source).into_owned(),
                fields,
            };
            let step = draft.add(address, Action::Approve(approve), Vec::new());
            draft.approvals.insert(pair.target, step);
            if let Some(closing) = context.closing_anew(pair.source) {
                add_closing(context, draft, pair.source, closing, Some(step));
            }
        }
        None => draft.withhold(address, Verb::Update, Vec::new(), Cause::PendingOnTarget),
    }
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
