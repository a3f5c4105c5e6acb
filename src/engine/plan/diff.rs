//! The difference of two documents, field by field.

use serde_json::{Map, Value};

use crate::engine::{
    change::{
        FieldChange,
        field::{in_order, pointer},
    },
    model::{
        Document, Kind,
        document::METADATA,
        kind::{Reference, ReferenceKind},
    },
};

/// Finds the changes that make `before` like `after`.
///
/// Of the metadata only the keys of `after` count: others belong to the target. A secret that is unknown on a side is
/// no difference.
#[must_use]
pub fn diff(kind: &Kind, before: &Document, after: &Document) -> Vec<FieldChange> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (before.fields(), after.fields());
    let mut changes = Vec::new();
    for (field, value) in &new {
        match (field.as_str(), value) {
            (METADATA, Value::Object(after)) => metadata(old.get(METADATA), after, &mut changes),
            _ => compare(format!("/{field}"), old.get(field), Some(value), &mut changes),
        }
    }
    for (field, value) in old.iter().filter(|(field, _)| *field != METADATA && !new.contains_key(*field)) {
        compare(format!("/{field}"), Some(value), None, &mut changes);
    }
    if let (Some(field), Some(new)) = (kind.secret, after.secret())
        && before.secret() != Some(new)
    {
        changes.push(FieldChange::secret(field));
    }
    changes.retain(|change| {
        let field = change.field();
        !kind.at_birth.contains(&field) && !is_left_out(kind, change, &new) && !is_reordered(kind, change)
    });
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

/// The source leaves out a field that every object of the kind has, and means its default. Lists of whom something is
/// for go with the field that says so.
fn is_left_out(kind: &Kind, change: &FieldChange, after: &Map<String, Value>) -> bool {
    let field = change.field();
    let is_open = |it: &Reference| match it.bond {
        ReferenceKind::NeedsAny { group } => {
            it.field == field && kind.required.contains(&group) && !after.contains_key(group)
        }
        _ => false,
    };
    change.after.is_null() && (kind.required.contains(&field) || kind.references.iter().any(is_open))
}

fn is_reordered(kind: &Kind, change: &FieldChange) -> bool {
    kind.unordered.contains(&change.field()) && in_order(&change.before) == in_order(&change.after)
}

fn metadata(before: Option<&Value>, after: &Map<String, Value>, changes: &mut Vec<FieldChange>) {
    for (key, value) in after {
        let path = format!("/{METADATA}/{}", pointer(key));
        compare(path, before.and_then(|map| map.get(key)), Some(value), changes);
    }
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    if before != after {
        let value = |side: Option<&Value>| side.cloned().unwrap_or_default();
        changes.push(FieldChange { path, before: value(before), after: value(after) });
    }
}
