//! How many requests of one lane may be in flight: few at first, more with every success, fewer when the server is
//! in trouble.

use tokio::time::Instant;

/// Where it starts. Two rounds later it has reached the usual ceiling.
const FIRST: usize = 4;
/// What is left after trouble.
const DECREASE: f64 = 0.7;

/// The places of a lane.
#[derive(Debug)]
pub(super) struct Window {
    ceiling: f64,
    size: f64,
    /// Below it every success adds a place, which doubles them in a round trip; above it a whole round adds one.
    threshold: f64,
    shrunk_at: Option<Instant>,
}

impl Window {
    /// At least one place, whatever the ceiling.
    pub(super) fn new(ceiling: usize) -> Self {
        let size = |places: usize| u32::try_from(places.max(1)).map_or(f64::MAX, f64::from);
        Self { ceiling: size(ceiling), size: size(ceiling.min(FIRST)), threshold: size(ceiling), shrunk_at: None }
    }

    /// How many places there are now.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the size is between one and the ceiling"
    )]
    pub(super) fn places(&self) -> usize {
        self.size as usize
    }

    /// A request succeeded while all places were taken. While some are free, their number is not put to the test.
    pub(super) fn grow(&mut self) {
        let step = if self.size < self.threshold { 1.0 } else { 1.0 / self.size };
        self.size = (self.size + step).min(self.ceiling);
    }

    /// The server is in trouble. What started before the last decrease is part of the trouble that led to it.
    pub(super) fn shrink(&mut self, started: Instant, now: Instant) {
        if self.shrunk_at.is_some_and(|at| started <= at) {
            return;
        }
        self.size = (self.size * DECREASE).max(1.0);
        self.threshold = self.size;
        self.shrunk_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn after_successes(window: &mut Window, successes: usize) -> usize {
        for _ in 0..successes {
            window.grow();
        }
        window.places()
    }

    #[test]
    fn two_rounds_lead_to_the_usual_ceiling_and_none_beyond() {
        let mut window = Window::new(16);
        assert_eq!(window.places(), 4);
        assert_eq!(after_successes(&mut window, 4), 8);
        assert_eq!(after_successes(&mut window, 8), 16);
        assert_eq!(after_successes(&mut window, 99), 16);
    }

    #[test]
    fn trouble_takes_a_part_once_and_a_round_of_successes_gives_back_one_place() {
        let mut window = Window::new(16);
        after_successes(&mut window, 12);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        for _ in 0..16 {
            window.shrink(at(0), at(10));
        }
        assert_eq!(window.places(), 11);
        window.shrink(at(11), at(20));
        assert_eq!(window.places(), 7);
        assert_eq!(after_successes(&mut window, 9), 8);
    }

    #[test]
    fn one_place_is_left_whatever_happens_and_whatever_is_wished() {
        let mut window = Window::new(0);
        assert_eq!(window.places(), 1);
        let start = Instant::now();
        window.shrink(start, start);
        assert_eq!(window.places(), 1);
    }
}
