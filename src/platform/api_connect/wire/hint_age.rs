//! The age at which a change may be noted as seen (behaviour.md, "Hints"). Timestamps are whole seconds, so a second
//! change within the same second does not show in them; and clocks differ, so that much more than a second is asked
//! for.

use jiff::Timestamp;

use crate::{engine::model::Side, http::Client, platform::api_connect::wire::object::Object};

/// The age that a change must have when the run begins, in milliseconds.
pub(crate) const MARGIN_MS: i64 = 120_000;

/// The clocks of a run.
#[derive(Clone)]
pub(crate) struct Clocks {
    /// The present by the own clock, when the run began.
    pub(crate) own: Timestamp,
    /// Who tells that of the source,
    pub(crate) source: Client,
    /// and that of the target.
    pub(crate) target: Client,
}

impl Clocks {
    /// The earliest present that any of them tells: by one that runs ahead, a change of this moment would seem to be
    /// old. Nothing can be said of changes on a source that does not tell the time.
    fn earliest(&self) -> Option<Timestamp> {
        let source = self.source.earliest_time()?;
        let target = self.target.earliest_time();
        Some(target.into_iter().fold(source.min(self.own), Ord::min))
    }

    /// The present before a list of a side is asked for, in milliseconds since 1970, as far as that can be told.
    ///
    /// `None` for a target: what a copy there was last written for says nothing of its original.
    pub(crate) fn list_started(&self, side: Side) -> Option<i64> {
        let now = (side == Side::Source).then(|| self.earliest()).flatten();
        now.map(Timestamp::as_millisecond)
    }
}

/// When an object was last changed, as its server writes it, where that was well before its list was asked for. What
/// has not settled, or lies in the future, is neither noted nor believed to be as it was noted.
pub(crate) fn old_enough(object: &Object, started: Option<i64>) -> Option<&str> {
    let changed = object.millis("updated_at");
    let is_settled = changed != 0 && started?.saturating_sub(changed) >= MARGIN_MS;
    object.text("updated_at").filter(|_| is_settled)
}
