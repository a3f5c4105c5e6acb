//! Metadata: what is written into it along with a change.

use serde_json::Map;
use serde_json::Value;

use crate::engine::{
    change::{FieldChange, MetadataWrite, Missing},
    model::{
        Idx, Seal,
        document::METADATA,
        seal::{bound_to_key, is_bound_by_id},
    },
    plan::{
        context::Context,
        decide::differences::{key_due, metadata_to_send, notes_left},
        draft::Draft,
        pair::MatchedBy,
    },
};

/// The metadata that a pair's target object shall have. `sent` says that its documents are written too.
pub(crate) fn metadata_write(
    context: &Context<'_>,
    draft: &Draft,
    idx: Idx,
    target: Idx,
    how: MatchedBy,
    fields: &[FieldChange],
    sent: bool,
) -> Option<MetadataWrite> {
    let (source, partner) = (&context.source[idx], &context.target[target]);
    let changes = fields.iter().any(|change| change.field() == METADATA);
    let mark = context.mark_due(source, partner, how);
    // What is made of documents may come out as another object, which bears no mark.
    let is_made_anew = sent && mark.is_some();
    let is_due = changes
        || is_made_anew
        || mark != partner.mark
        || context.is_hinted(idx, target, how)
        || seal_is_due(context, draft, idx, target, how);
    is_due.then(|| whole_metadata(context, draft, idx, target, how, sent))
}

/// What is written with a note of what the target does not take of a pair; none where the notes on the target object
/// are not this sync's.
pub(crate) fn metadata_beside_note(
    context: &Context<'_>,
    draft: &Draft,
    idx: Idx,
    target: Idx,
    how: MatchedBy,
    sent: bool,
) -> Option<Box<MetadataWrite>> {
    context.may_hold_notes(idx, target, how).then(|| {
        Box::new(MetadataWrite { leaves_notes: false, ..whole_metadata(context, draft, idx, target, how, sent) })
    })
}

fn whole_metadata(
    context: &Context<'_>,
    draft: &Draft,
    idx: Idx,
    target: Idx,
    how: MatchedBy,
    sent: bool,
) -> MetadataWrite {
    let (source, partner) = (&context.source[idx], &context.target[target]);
    let mut own: Map<String, Value> = partner.document.metadata();
    own.extend(metadata_to_send(context, draft, idx, target));
    let (state, own_state) = if !context.is_hinted(idx, target, how) {
        (None, None)
    } else if sent || context.is_compared_whole(idx, target) {
        (source.state.clone(), partner.state.clone())
    } else {
        // What was noted before still says as much as is known.
        (partner.hint.clone(), None)
    };
    MetadataWrite {
        own,
        mark: context.mark_due(source, partner, how),
        state,
        own_state,
        missing: if partner.missing_since.is_some() { Missing::Found } else { Missing::Unsaid },
        // A note of the time since when the original was missing is this sync's own, as is one of what was not taken
        // beside no mark.
        leaves_notes: how == MatchedBy::ReverseMark
            && !context.is_to_be_managed(partner)
            && partner.missing_since.is_none()
            && context.notes_on(idx, target).is_none(),
        key: key_due(context, draft, idx, target),
        not_taken: notes_left(context, draft, idx, target),
    }
}

/// Whether a partner that is written anyway needs a seal with it, or another one than it has.
fn seal_is_due(context: &Context<'_>, draft: &Draft, idx: Idx, target: Idx, how: MatchedBy) -> bool {
    context.gets_seal(idx, target, how)
        && (context.target[target].seal != Seal::Right || is_bound_anew(context, draft, idx, target))
}

/// Whether what a seal is bound to changes with the write.
fn is_bound_anew(context: &Context<'_>, draft: &Draft, idx: Idx, target: Idx) -> bool {
    let partner = &context.target[target];
    let bound = |key: &str| bound_to_key(context.target.kinds, partner.kind, "", key);
    !is_bound_by_id(context.row(partner.kind)) && bound(&key_due(context, draft, idx, target)) != bound(partner.key())
}
