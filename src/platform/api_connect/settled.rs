//! Whether a change is old enough to be noted as seen. Timestamps are whole seconds: a second change within the same
//! second does not show in them.

use super::{reader::ApiConnect, wire::Object};
use crate::model::Side;

/// How much older than the list a change must be, in milliseconds.
const SETTLED_AFTER_MS: i64 = 2_000;

/// The source's own time before a list is asked for, in milliseconds since 1970, if it tells the time.
///
/// None for a target: what a copy there was last written for says nothing of its original.
pub(super) fn begun(reader: &ApiConnect) -> Option<i64> {
    let now = reader
        .client
        .server_time()
        .filter(|_| reader.side == Side::Source);
    now.map(jiff::Timestamp::as_millisecond)
}

/// When an object was last changed, as its server writes it, where that was well before a list was `begun`.
pub(super) fn settled(object: &Object, begun: Option<i64>) -> Option<&str> {
    let changed = object.millis("updated_at");
    let is_settled = changed != 0 && begun? - changed >= SETTLED_AFTER_MS;
    object.text("updated_at").filter(|_| is_settled)
}
