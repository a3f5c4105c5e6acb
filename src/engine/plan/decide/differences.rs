//! Differences: what of a pair is to be sent, and what the target has shown not to take, which is not sent again as long as
//! neither the source's value nor the stored one changes: it is told in every run (behaviour.md, "Updated").

use serde_json::Map;
use serde_json::Value;

use crate::engine::{
    change::{FieldChange, field::pointer},
    model::{
        Idx, Kind,
        document::METADATA,
        kind::{Identity, MadeWithParent, OnConflict},
        mark::SOURCE_NOT_TAKEN,
        not_taken::NotTaken,
    },
    plan::{
        context::{Context, lifecycle::is_of_link},
        decide::{delete::remains_named_by_parent, references::document_due},
        diff::diff,
        draft::Draft,
        pair::Partners,
        step::{Cause, Verb},
    },
};

/// The differences of a pair are split into those worth sending and those that the target has shown not to take.
pub(crate) fn split_differences(
    context: &Context<'_>,
    draft: &Draft,
    pair: Partners,
) -> (Vec<FieldChange>, Vec<FieldChange>) {
    let differences = differences(context, draft, pair);
    let partner = &context.target[pair.target];
    let noted = context.notes_on(pair);
    if differences.is_empty() && noted.is_none() {
        return (differences, Vec::new());
    }
    let row = context.row(partner.kind);
    let known = NotTaken::read(noted.unwrap_or_default());
    let by_likeness = context.keeps_no_notes(pair.target);
    let (not_taken, mut due): (Vec<_>, Vec<_>) = differences.into_iter().partition(|change| {
        can_be_noted(row, change.field())
            && (known.holds(&change.path, &change.after, &change.before)
                || by_likeness && is_alike(&change.before, &change.after))
    });
    due.extend(noted.and_then(|before| stale_notes(before, &known, &not_taken)));
    (due, not_taken)
}

/// The changes worth sending, marks and hints aside.
pub(crate) fn changes_to_send(context: &Context<'_>, draft: &Draft, pair: Partners) -> Vec<FieldChange> {
    split_differences(context, draft, pair).0
}

/// All differences of a pair's documents, marks and hints aside.
fn differences(context: &Context<'_>, draft: &Draft, pair: Partners) -> Vec<FieldChange> {
    let (source, partner) = (&context.source[pair.source], &context.target[pair.target]);
    let row = context.row(source.kind);
    if source.document == partner.document {
        return Vec::new();
    }
    let mut fields = diff(row, &context.in_source_terms(partner), &document_due(context, draft, pair.source));
    let ignores_secret = partner.document.secret().is_none() && source.is_as_noted_on(partner);
    let stores_metadata =
        row.identity == Identity::Named || partner.mark.is_some() || !partner.document.metadata().is_empty();
    let governed = field_governed_by_parent(context, draft, pair);
    let unknown = |field: &str| {
        row.references.iter().any(|reference| reference.field == field) && source.document.field(field).is_null()
    };
    let whole = context.source.is_carried_whole(pair.source);
    let state = row.lifecycle.as_ref().map(|lifecycle| lifecycle.field);
    fields.retain(|change| {
        let field = change.field();
        !(Some(field) == governed
            || (!whole && Some(field) != state)
            || is_of_link(row, field)
            || unknown(field)
            || (Some(field) == row.secret && ignores_secret)
            || (partner.pending && row.approved.contains(&field))
            || (field == METADATA && !stores_metadata))
    });
    fields
}

/// The server itself keeps such a field of a child that its parent names.
fn field_governed_by_parent(context: &Context<'_>, draft: &Draft, pair: Partners) -> Option<&'static str> {
    let MadeWithParent::NamedByParent { governs, .. } = context.row(context.source[pair.source].kind).birth else {
        return None;
    };
    let is_named =
        context.is_named_by_parent(context.source, pair.source) || remains_named_by_parent(context, draft, pair.target);
    is_named.then_some(governs)
}

/// Notes stay as far as they still speak of a difference; empty where all of them shall go.
pub(crate) fn notes_left(context: &Context<'_>, draft: &Draft, pair: Partners) -> Option<Box<str>> {
    let before = context.notes_on(pair)?;
    let (_, not_taken) = split_differences(context, draft, pair);
    let left = NotTaken::read(before).of(not_taken.iter().map(|change| change.path.as_str()));
    Some(left.text().into())
}

/// The free keys of the source's metadata that the target is not known to refuse.
pub(crate) fn metadata_to_send(context: &Context<'_>, draft: &Draft, pair: Partners) -> Map<String, Value> {
    let mut own = context.source[pair.source].document.metadata();
    if context.notes_on(pair).is_some() {
        let (_, not_taken) = split_differences(context, draft, pair);
        let path = |key: &str| format!("/{METADATA}/{}", pointer(key));
        own.retain(|key, _| not_taken.iter().all(|change| change.path != path(key)));
    }
    own
}

/// The natural key that a target object has once it is written.
pub(crate) fn key_due(context: &Context<'_>, draft: &Draft, pair: Partners) -> Box<str> {
    let partner = &context.target[pair.target];
    let is_part = |field: &str| {
        let mut unique = context.row(partner.kind).unique.iter();
        unique.any(|it| it.field == field)
    };
    let keeps = |change: &FieldChange| is_part(change.field());
    if context.notes_on(pair).is_some() && split_differences(context, draft, pair).1.iter().any(keeps) {
        return partner.key().into();
    }
    context.source[pair.source].key().into()
}

/// Differences that are not sent again are told in every run. A value that the server chooses where it likes is no
/// difference.
pub(crate) fn withhold_not_taken(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    mut not_taken: Vec<FieldChange>,
) -> bool {
    let row = context.row(context.source[idx].kind);
    not_taken.retain(|change| !is_chosen_by_server(row, change.field()));
    if not_taken.is_empty() {
        return false;
    }
    let cause = Cause::not_taken(&not_taken);
    draft.withhold(context.source.address(idx), Verb::Update, not_taken, cause);
    true
}

/// A note of what a server did not take excuses a field from being sent again. States, owners, roles, references and
/// secrets are sent again in every run.
#[must_use]
pub fn can_be_noted(row: &Kind, field: &str) -> bool {
    let governed = matches!(row.birth, MadeWithParent::NamedByParent { governs, .. } if governs == field);
    let state = row.lifecycle.as_ref().map(|lifecycle| lifecycle.field);
    !(governed
        || row.approved.contains(&field)
        || row.secret == Some(field)
        || state == Some(field)
        || row.references.iter().any(|it| it.field == field))
}

/// A server may choose a field itself where it cannot take the value that it is sent: another value is no difference
/// then.
#[must_use]
pub fn is_chosen_by_server(row: &Kind, field: &str) -> bool {
    let mut unique = row.unique.iter();
    unique.any(|it| it.field == field && it.clash == OnConflict::Yields)
}

/// The change of the notes, where some of them speak of what is settled.
fn stale_notes(before: &str, notes: &NotTaken, not_taken: &[FieldChange]) -> Option<FieldChange> {
    let left = notes.of(not_taken.iter().map(|change| change.path.as_str()));
    let after = left.text();
    (after != before).then(|| FieldChange {
        path: format!("/{METADATA}/{SOURCE_NOT_TAKEN}"),
        before: before.into(),
        after: Some(after).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from),
    })
}

/// A server may have made the stored value of the one that it was sent, where the two differ by case, blanks at the
/// ends, order or a cut end alone.
fn is_alike(stored: &Value, sent: &Value) -> bool {
    match (stored, sent) {
        (Value::String(stored), Value::String(sent)) => {
            let (stored, sent) = (plain(stored), plain(sent));
            stored == sent || !stored.is_empty() && sent.starts_with(&stored)
        }
        (Value::Array(stored), Value::Array(sent)) => {
            let plain_all = |items: &[Value]| {
                let mut items: Vec<String> = items.iter().map(|it| plain(&it.to_string())).collect();
                items.sort_unstable();
                items
            };
            plain_all(stored) == plain_all(sent)
        }
        _ => false,
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_server_may_make_of_a_value_is_like_it() {
        for (stored, sent, alike) in [
            (json!("a@x.y"), json!("A@x.Y"), true),
            (json!("Web"), json!(" Web "), true),
            (json!("Web A"), json!("Web App"), true),
            (json!("Web App"), json!("Web A"), false),
            (json!(""), json!("Web"), false),
            (json!(null), json!("Web"), false),
            (json!(["b", "A"]), json!(["a", "b"]), true),
            (json!(["a"]), json!(["a", "b"]), false),
        ] {
            assert_eq!(is_alike(&stored, &sent), alike, "{stored} {sent}");
        }
    }
}
