//! Metadata: what is written into it along with a change.

use serde_json::Map;
use serde_json::Value;

use crate::engine::{
    change::{FieldChange, MetadataWrite, Missing},
    model::{
        Seal,
        document::METADATA,
        seal::{bound_to_key, is_bound_by_id},
    },
    plan::{
        context::Context,
        decide::differences::{key_due, metadata_to_send, notes_left},
        draft::Draft,
        pair::{MatchedBy, Partners},
    },
};

/// The whole metadata of a pair's target object is written where any of it changes. `sent` says that its documents are
/// written too.
pub(crate) fn metadata_write(
    context: &Context<'_>,
    draft: &Draft,
    pair: Partners,
    fields: &[FieldChange],
    sent: bool,
) -> Option<MetadataWrite> {
    let partner = &context.target[pair.target];
    let changes = fields.iter().any(|change| change.field() == METADATA);
    let mark = context.mark_due(pair);
    // An object made of documents may come out of the write as another one, which bears no mark.
    let is_made_anew = sent && mark.is_some();
    let is_due =
        changes || is_made_anew || mark != partner.mark || context.is_hinted(pair) || seal_is_due(context, draft, pair);
    is_due.then(|| whole_metadata(context, draft, pair, sent))
}

/// This is written together with a note of what the target does not take; none where the notes on the target object are
/// not this sync's.
pub(crate) fn metadata_beside_note(
    context: &Context<'_>,
    draft: &Draft,
    pair: Partners,
    sent: bool,
) -> Option<Box<MetadataWrite>> {
    context
        .may_hold_notes(pair)
        .then(|| Box::new(MetadataWrite { leaves_notes: false, ..whole_metadata(context, draft, pair, sent) }))
}

fn whole_metadata(context: &Context<'_>, draft: &Draft, pair: Partners, sent: bool) -> MetadataWrite {
    let (source, partner) = (&context.source[pair.source], &context.target[pair.target]);
    let mut own: Map<String, Value> = partner.document.metadata();
    own.extend(metadata_to_send(context, draft, pair));
    let (state, own_state) = if !context.is_hinted(pair) {
        (None, None)
    } else if sent || context.is_compared_whole(pair) {
        (source.state.clone(), partner.state.clone())
    } else {
        // The former hint still says as much as is known.
        (partner.hint.clone(), None)
    };
    MetadataWrite {
        own,
        mark: context.mark_due(pair),
        state,
        own_state,
        missing: if partner.missing_since.is_some() { Missing::Found } else { Missing::Unsaid },
        // A note of the time since when the original was missing is this sync's own, as is one of what was not taken
        // beside no mark.
        leaves_notes: pair.how == MatchedBy::ReverseMark
            && !context.is_to_be_managed(partner)
            && partner.missing_since.is_none()
            && context.notes_on(pair).is_none(),
        key: key_due(context, draft, pair),
        not_taken: notes_left(context, draft, pair),
    }
}

/// A partner that is written anyway is sealed with it, where it has no seal or needs another one.
fn seal_is_due(context: &Context<'_>, draft: &Draft, pair: Partners) -> bool {
    context.gets_seal(pair) && (context.target[pair.target].seal != Seal::Right || is_bound_anew(context, draft, pair))
}

/// A seal is bound to the key, which the write may change.
fn is_bound_anew(context: &Context<'_>, draft: &Draft, pair: Partners) -> bool {
    let partner = &context.target[pair.target];
    let bound = |key: &str| bound_to_key(context.target.kinds, partner.kind, "", key);
    !is_bound_by_id(context.row(partner.kind)) && bound(&key_due(context, draft, pair)) != bound(partner.key())
}
