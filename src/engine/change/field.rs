//! One field of an object that differs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shown;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Where it is, as a JSON pointer.
    pub path: String,
    /// What it is; null where it is absent.
    pub before: Value,
    /// What it shall be; null where it shall go.
    pub after: Value,
}

impl FieldChange {
    /// A change of a secret, which shows neither value.
    #[must_use]
    pub fn secret(field: &str) -> Self {
        Self { path: format!("/{field}"), before: "(secret)".into(), after: "(secret)".into() }
    }

    /// The change as it may be shown (see [`super::shown`]).
    #[must_use]
    pub fn shown(&self) -> Self {
        let (before, after) = shown::values(&self.path, &self.before, &self.after);
        Self { path: self.path.clone(), before, after }
    }

    /// The top-level field that the path leads into.
    #[must_use]
    pub fn field(&self) -> &str {
        self.path.trim_start_matches('/').split('/').next().unwrap_or_default()
    }
}

/// One field that differs, as it may be shown and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldReport {
    /// Where it is, as a JSON pointer.
    pub path: String,
    /// What it was.
    pub before: Value,
    /// What it shall be.
    pub after: Value,
}

/// Only what may be shown of a change goes into a report.
impl From<&FieldChange> for FieldReport {
    fn from(change: &FieldChange) -> Self {
        let FieldChange { path, before, after } = change.shown();
        Self { path, before, after }
    }
}

/// One part of a JSON pointer (RFC 6901).
#[must_use]
pub fn pointer(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// A list without its order.
pub(in crate::engine) fn in_order(value: &Value) -> Value {
    let Value::Array(items) = value else {
        return value.clone();
    };
    let mut items = items.clone();
    items.sort_by_cached_key(Value::to_string);
    items.into()
}
