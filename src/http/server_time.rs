//! What time it is by a server's answers (`Date`). A proxy, a cache or one node of many may tell another time than the others.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// The earliest times that a server has told, earliest first.
#[derive(Debug, Default)]
pub(super) struct ServerTimes(Mutex<Vec<Timestamp>>);

/// As many answers tell which one is odd.
const ENOUGH: usize = 3;

impl ServerTimes {
    pub(super) fn note(&self, told: Timestamp) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = times.partition_point(|earlier| *earlier <= told);
        times.insert(place, told);
        times.truncate(ENOUGH);
    }

    /// The earliest time that two answers agree on as having come: a single odd one changes nothing, whether it is ahead
    /// or behind. As long as there are too few to tell, the earliest of all.
    pub(super) fn earliest(&self) -> Option<Timestamp> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::from(times.len() >= ENOUGH);
        times.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earliest(seconds: &[i64]) -> Option<i64> {
        let told = ServerTimes::default();
        for second in seconds {
            told.note(Timestamp::from_second(*second).unwrap());
        }
        told.earliest().map(Timestamp::as_second)
    }

    #[test]
    fn one_odd_time_changes_nothing() {
        assert_eq!(earliest(&[100, 101, 102]), Some(101));
        for odd in [1, 9_999] {
            assert_eq!(earliest(&[100, odd, 100, 100]), Some(100));
            assert_eq!(earliest(&[odd, 100, 100]), Some(100));
        }
    }

    #[test]
    fn of_few_the_earliest_counts() {
        assert_eq!(earliest(&[]), None);
        assert_eq!(earliest(&[100]), Some(100));
        assert_eq!(earliest(&[9_999, 100]), Some(100));
    }
}
