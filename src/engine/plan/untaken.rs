//! What the target did not take before is not sent again as long as neither the source's value nor the stored one changes:
//! it is told in every run (behaviour.md, "Updated").

use serde_json::{Map, Value};

use super::{Cause, Verb, build::Builder};
use crate::engine::{
    change::{FieldChange, field::pointer},
    model::{
        Idx, Kind,
        document::METADATA,
        kind::{Identity, MadeWithParent, Marking, OnConflict, Role},
        mark::SOURCE_NOT_TAKEN,
        not_taken::NotTaken,
    },
};

/// Whether what a server did not take of a field is noted. States, owners, roles, references and secrets are sent again
/// in every run.
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

/// Whether a server chooses a field itself where it cannot take the value that it is sent: another value is no difference
/// then.
#[must_use]
pub fn is_chosen_by_server(row: &Kind, field: &str) -> bool {
    let mut unique = row.unique.iter();
    unique.any(|it| it.field == field && it.clash == OnConflict::Yields)
}

impl Builder<'_> {
    /// What of a pair's documents differs and is worth sending, and what the target has shown not to take.
    pub(super) fn split_changes(&self, idx: Idx, target: Idx) -> (Vec<FieldChange>, Vec<FieldChange>) {
        let differences = self.differences(idx, target);
        let partner = &self.target[target];
        let noted = self.noted(idx, target);
        if differences.is_empty() && noted.is_none() {
            return (differences, Vec::new());
        }
        let row = self.row(partner.kind);
        let known = NotTaken::read(noted.unwrap_or_default());
        let by_likeness = self.keeps_no_notes(target);
        let (untaken, mut due): (Vec<_>, Vec<_>) = differences.into_iter().partition(|change| {
            can_be_noted(row, change.field())
                && (known.holds(&change.path, &change.after, &change.before)
                    || by_likeness && is_alike(&change.before, &change.after))
        });
        due.extend(noted.and_then(|before| stale_notes(before, &known, &untaken)));
        (due, untaken)
    }

    /// The note of what a pair's target object did not take, where such a note is this sync's.
    pub(super) fn noted(&self, idx: Idx, target: Idx) -> Option<&str> {
        let noted = self.target[target].not_taken.as_deref()?;
        let how = self.pairing.how(idx)?;
        self.may_note(idx, target, how).then_some(noted)
    }

    /// The notes that a target object shall have once it is written; empty where those that it has shall go.
    pub(super) fn notes_left(&self, idx: Idx, target: Idx) -> Option<Box<str>> {
        let before = self.noted(idx, target)?;
        let (_, untaken) = self.split_changes(idx, target);
        let left = NotTaken::read(before).of(untaken.iter().map(|change| change.path.as_str()));
        Some(left.text().into())
    }

    /// The free keys of the source's metadata that the target is not known to refuse.
    pub(super) fn metadata_to_send(&self, idx: Idx, target: Idx) -> Map<String, Value> {
        let mut own = self.source[idx].document.metadata();
        if self.noted(idx, target).is_some() {
            let (_, untaken) = self.split_changes(idx, target);
            let path = |key: &str| format!("/{METADATA}/{}", pointer(key));
            own.retain(|key, _| untaken.iter().all(|change| change.path != path(key)));
        }
        own
    }

    /// The natural key that a target object has once it is written.
    pub(super) fn key_due(&self, idx: Idx, target: Idx) -> Box<str> {
        let partner = &self.target[target];
        let is_part = |field: &str| {
            let mut unique = self.row(partner.kind).unique.iter();
            unique.any(|it| it.field == field)
        };
        let keeps = |change: &FieldChange| is_part(change.field());
        if self.noted(idx, target).is_some() && self.split_changes(idx, target).1.iter().any(keeps) {
            return partner.key().into();
        }
        self.source[idx].key().into()
    }

    /// Tells what is not sent again, if it is anything. What the server chooses where it likes is no difference.
    pub(super) fn tell_untaken(&mut self, idx: Idx, mut untaken: Vec<FieldChange>) -> bool {
        let row = self.row(self.source[idx].kind);
        untaken.retain(|change| !is_chosen_by_server(row, change.field()));
        if untaken.is_empty() {
            return false;
        }
        let cause = Cause::not_taken(&untaken);
        self.withhold(self.source.address(idx), Verb::Update, untaken, cause);
        true
    }

    /// Whether the server evidently keeps no notes on an object that this tool made.
    fn keeps_no_notes(&self, target: Idx) -> bool {
        let partner = &self.target[target];
        let is_made_here = self.target.parent(target).is_none_or(|parent| {
            let is_found = self.row(self.target[parent].kind).task == Role::Prerequisite;
            is_found || self.target[parent].is_copy_from(&self.source.catalog)
        });
        let row = self.row(partner.kind);
        // What only a creation marks gets no notes either where none has.
        let gets_none =
            row.marking == Marking::Created || !self.stores_metadata(partner.kind) && self.bears_no_marks(partner.kind);
        row.identity == Identity::Natural
            && partner.mark.is_none()
            && partner.not_taken.is_none()
            && is_made_here
            && gets_none
    }
}

/// The change of the notes, where some of them speak of what is settled.
fn stale_notes(before: &str, notes: &NotTaken, untaken: &[FieldChange]) -> Option<FieldChange> {
    let left = notes.of(untaken.iter().map(|change| change.path.as_str()));
    let after = left.text();
    (after != before).then(|| FieldChange {
        path: format!("/{METADATA}/{SOURCE_NOT_TAKEN}"),
        before: before.into(),
        after: Some(after).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from),
    })
}

/// Whether a stored value may be what a server made of the one that it was sent: it differs by case, blanks at the ends,
/// order or a cut end alone.
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
