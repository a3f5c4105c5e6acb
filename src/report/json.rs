//! The report for programs.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{KindReport, Report};
use crate::visible;

/// The report as JSON, ending with a newline.
///
/// # Errors
/// Never with the types as they are; what serde says otherwise.
pub fn render(report: &Report) -> serde_json::Result<String> {
    pretty(report)
}

/// Anything as indented JSON, ending with a newline.
///
/// # Errors
/// What serde says.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    Ok(visible::json(&text).into_owned())
}

/// Keeps the kinds in dependency order.
pub(super) fn as_map<S: Serializer>(
    kinds: &[(&'static str, KindReport)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(kinds.len()))?;
    for (kind, counts) in kinds {
        map.serialize_entry(kind, counts)?;
    }
    map.end()
}
