//! The report for programs.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Report;
use crate::visible;

/// The report as JSON, ending with a newline.
///
/// # Errors
/// Never with the types as they are; what serde says otherwise.
pub fn render(report: &Report) -> serde_json::Result<String> {
    visible::pretty_json(report)
}

/// Pairs as an object, in their order.
pub(super) fn as_map<S: Serializer>(
    pairs: &[(impl Serialize, impl Serialize)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}
