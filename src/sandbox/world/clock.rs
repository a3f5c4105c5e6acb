//! Time as data: the world never looks at the wall clock.

use jiff::Timestamp;

/// The virtual clock of a cluster, in whole seconds as the server's own timestamps are (section 1, "Common object fields").
#[derive(Debug, Clone)]
pub struct Clock {
    now: i64,
    waited: i64,
}

/// 2026-01-18T07:10:10Z, when every cluster is born.
const BIRTH: i64 = 1_768_720_210;

impl Clock {
    pub(super) fn new() -> Self {
        Self { now: BIRTH, waited: 0 }
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Seconds that have passed without a write.
    ///
    /// Tokens age by these alone: a write moves the clock by a whole second so that creation times differ, and a run of
    /// many thousand writes shall not outlive its token for that.
    #[must_use]
    pub fn waited(&self) -> i64 {
        self.waited
    }

    pub(super) fn write(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        self.waited += seconds;
    }
}

/// A timestamp in the server's form; with `real` milliseconds the fraction varies as in early releases.
pub(crate) fn timestamp(seconds: i64, real: bool) -> String {
    let millisecond = if real { seconds.wrapping_mul(389).rem_euclid(1000) } else { 0 };
    Timestamp::from_second(seconds)
        .map(|at| at.strftime(&format!("%Y-%m-%dT%H:%M:%S.{millisecond:03}Z")).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_look_like_the_recorded_ones() {
        assert_eq!(timestamp(BIRTH, false), "2026-01-18T07:10:10.000Z");
        assert_ne!(timestamp(BIRTH, true), "2026-01-18T07:10:10.000Z");
    }
}
