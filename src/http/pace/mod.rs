//! When a request may start: below fixed ceilings the client finds by itself what the server bears.
//!
//! Three things hold requests back. A [`window`] per lane bounds how many are in flight; it answers to trouble, and to
//! answers that become slow. A [`rate`] that all requests share bounds how many start per second; it answers to refusals
//! for their number, which a window alone cannot prevent where answers come fast. A pause, which the server asks for,
//! lets none start at all.

mod latency;
mod rate;
mod window;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{self, Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use latency::Latencies;
pub(super) use latency::Route;
use rate::Rate;
use window::Window;

/// Which ceiling a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Read,
    Write,
    /// One at a time already, and everybody waits for it: no ceiling and no turn, but pauses hold.
    Login,
}

/// What an exchange tells about how its server bears the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LoadSignal {
    /// It did what was asked. The route is left out where the time that this took says nothing.
    Served(Option<Route>),
    /// It answered, and not because of the number of requests.
    Answered,
    /// There were too many requests; how long it asked to be left alone.
    Refused(Duration),
    /// It is overloaded: no answer in time, or one that says so.
    Strained,
    /// Nothing.
    Silent,
}

/// The pace of one server.
pub(super) struct Pace {
    reads: Slots,
    writes: Slots,
    state: Mutex<State>,
    /// Those who wait for their turn.
    queue: sync::Mutex<()>,
    resume_at: watch::Sender<Option<Instant>>,
}

/// The places of one lane. The semaphore keeps those who wait in order.
struct Slots {
    free: Semaphore,
}

struct State {
    reads: SlotCount,
    writes: SlotCount,
    rate: Rate,
    latencies: Latencies,
}

/// How many places a window wants, and how many there are: one that is taken away while in use goes when it is free.
struct SlotCount {
    window: Window,
    places: usize,
}

/// The right to have one request in flight, given back on drop.
pub(super) struct Admission<'p> {
    pace: &'p Pace,
    lane: Lane,
    permit: Option<SemaphorePermit<'p>>,
}

impl Pace {
    pub(super) fn new(reads: usize, writes: usize) -> Self {
        let (reads, writes) = (SlotCount::new(reads), SlotCount::new(writes));
        Self {
            reads: Slots::new(&reads),
            writes: Slots::new(&writes),
            state: Mutex::new(State { reads, writes, rate: Rate::default(), latencies: Latencies::default() }),
            queue: sync::Mutex::default(),
            resume_at: watch::Sender::new(None),
        }
    }

    /// Waits for a free place. A request that has one still has to wait for the end of any pause, and for its turn.
    pub(super) async fn place(&self, lane: Lane) -> Admission<'_> {
        // A semaphore that nobody closes gives a permit always.
        let permit = match self.places(lane) {
            Some(places) => places.free.acquire().await.ok(),
            None => None,
        };
        Admission { pace: self, lane, permit }
    }

    /// When the pause is over that the server asked for.
    pub(super) fn resumes_at(&self) -> Option<Instant> {
        *self.resume_at.borrow()
    }

    /// Waits until a pause that the server asked for is over.
    pub(super) async fn wait_for_resume(&self) {
        // A pause may be prolonged while it is waited for, hence the loop.
        loop {
            let resume_at = *self.resume_at.borrow();
            match resume_at {
                Some(at) if at > Instant::now() => sleep_until(at).await,
                _ => return,
            }
        }
    }

    /// Waits for the turn that the rate allows. False if a pause has come meanwhile: then that is to be waited for, and
    /// for another turn.
    pub(super) async fn turn(&self, lane: Lane) -> bool {
        if lane == Lane::Login {
            return true;
        }
        // Only the first in the queue has a turn that is fixed: a decrease concerns all others.
        let _first = self.queue.lock().await;
        let pause = *self.resume_at.borrow();
        let now = Instant::now();
        if pause.is_some_and(|resume_at| resume_at > now) {
            return false;
        }
        let at = self.state().rate.turn(now);
        if at > now {
            sleep_until(at).await;
        }
        *self.resume_at.borrow() == pause
    }

    /// Learns from an exchange in this lane that started at `started`. Its admission must still be held.
    pub(super) fn learn(&self, lane: Lane, started: Instant, signal: LoadSignal) {
        let now = Instant::now();
        let full = self.places(lane).is_some_and(|places| places.free.available_permits() == 0);
        if let LoadSignal::Refused(pause) = signal {
            self.pause(now, pause);
        }
        let mut state = self.state();
        state.learn(lane, full, started, now, signal);
        self.reads.adjust(&mut state.reads);
        self.writes.adjust(&mut state.writes);
    }

    /// Lets no request start before `wait` has passed. The longest of several pauses counts.
    fn pause(&self, now: Instant, wait: Duration) {
        let until = now + wait;
        let longer = self.resume_at.send_if_modified(|resume_at| {
            let later = !wait.is_zero() && resume_at.is_none_or(|at| at < until);
            if later {
                *resume_at = Some(until);
            }
            later
        });
        if longer {
            self.state().rate.hold(until);
        }
    }

    fn places(&self, lane: Lane) -> Option<&Slots> {
        match lane {
            Lane::Read => Some(&self.reads),
            Lane::Write => Some(&self.writes),
            Lane::Login => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        if let Some(allotment) = state.allotment(self.lane)
            && allotment.places > allotment.window.places()
            && let Some(permit) = self.permit.take()
        {
            allotment.places -= 1;
            permit.forget();
        }
    }
}

impl State {
    fn learn(&mut self, lane: Lane, full: bool, started: Instant, now: Instant, signal: LoadSignal) {
        match signal {
            LoadSignal::Served(route) => {
                self.rate.accept(started, now);
                let growing = full && !self.latencies.is_trying();
                if let Some(allotment) = self.allotment(lane).filter(|_| growing) {
                    allotment.window.grow();
                }
                let took = now - started;
                if route.is_some_and(|route| self.latencies.note(route, started, took, now)) {
                    self.shrink(started, now);
                }
            }
            LoadSignal::Answered => self.rate.accept(started, now),
            LoadSignal::Refused(pause) => self.rate.refuse(started, now, pause),
            LoadSignal::Strained => self.shrink(started, now),
            LoadSignal::Silent => {}
        }
    }

    /// Reads and writes burden the same server.
    fn shrink(&mut self, started: Instant, now: Instant) {
        self.reads.window.shrink(started, now);
        self.writes.window.shrink(started, now);
    }

    fn allotment(&mut self, lane: Lane) -> Option<&mut SlotCount> {
        match lane {
            Lane::Read => Some(&mut self.reads),
            Lane::Write => Some(&mut self.writes),
            Lane::Login => None,
        }
    }
}

impl SlotCount {
    fn new(ceiling: usize) -> Self {
        let window = Window::new(ceiling.min(Semaphore::MAX_PERMITS));
        let places = window.places();
        Self { window, places }
    }
}

impl Slots {
    fn new(allotment: &SlotCount) -> Self {
        Self { free: Semaphore::new(allotment.places) }
    }

    /// Makes the places as many as the window wants, those in use aside.
    fn adjust(&self, allotment: &mut SlotCount) {
        let wanted = allotment.window.places();
        if wanted > allotment.places {
            self.free.add_permits(wanted - allotment.places);
            allotment.places = wanted;
        } else {
            allotment.places -= self.free.forget_permits(allotment.places - wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn admit(pace: &Pace, lane: Lane) -> Admission<'_> {
        let admission = pace.place(lane).await;
        pace.wait_for_resume().await;
        assert!(pace.turn(lane).await);
        admission
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_lane_and_the_longest_counts() {
        let pace = Pace::new(1, 1);
        let start = Instant::now();
        for seconds in [9, 3] {
            let refused = LoadSignal::Refused(Duration::from_secs(seconds));
            pace.learn(Lane::Read, start, refused);
        }
        for lane in [Lane::Login, Lane::Read, Lane::Write] {
            admit(&pace, lane).await;
            assert_eq!(start.elapsed().as_secs(), 9, "{lane:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_requests_start_one_by_one() {
        let pace = Pace::new(16, 8);
        let start = Instant::now();
        pace.learn(Lane::Read, start, LoadSignal::Refused(Duration::from_secs(5)));
        let mut starts = Vec::new();
        for _ in 0..4 {
            admit(&pace, Lane::Read).await;
            starts.push(start.elapsed());
        }
        assert!(starts.is_sorted_by(|one, next| one < next), "{starts:?}");
        assert!(starts[0] >= Duration::from_secs(5) && starts[3] < Duration::from_secs(6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_comes_while_waiting_for_a_turn_voids_it() {
        let pace = Pace::new(16, 8);
        let start = Instant::now();
        pace.learn(Lane::Read, start, LoadSignal::Refused(Duration::ZERO));
        assert!(pace.turn(Lane::Read).await);
        let pausing = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            pace.learn(Lane::Read, start, LoadSignal::Refused(Duration::from_secs(5)));
        };
        let (turn, ()) = tokio::join!(pace.turn(Lane::Read), pausing);
        assert!(!turn && !pace.turn(Lane::Read).await);
        admit(&pace, Lane::Read).await;
        assert!(start.elapsed() >= Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn places_in_use_are_taken_away_when_they_are_free() {
        let pace = Pace::new(16, 8);
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(admit(&pace, Lane::Read).await);
        }
        pace.learn(Lane::Read, Instant::now(), LoadSignal::Strained);
        assert_eq!(pace.state().reads.places, 4);
        drop(held);
        assert_eq!((pace.state().reads.places, pace.reads.free.available_permits()), (2, 2));
        assert_eq!(pace.state().writes.places, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn places_grow_only_while_all_are_taken() {
        let pace = Pace::new(16, 8);
        let held = admit(&pace, Lane::Read).await;
        pace.learn(Lane::Read, Instant::now(), LoadSignal::Served(None));
        assert_eq!(pace.state().reads.places, 4);
        let _others = [admit(&pace, Lane::Read).await, admit(&pace, Lane::Read).await, admit(&pace, Lane::Read).await];
        pace.learn(Lane::Read, Instant::now(), LoadSignal::Served(None));
        assert_eq!(pace.state().reads.places, 5);
        drop(held);
        assert_eq!(pace.reads.free.available_permits(), 2);
    }

    #[tokio::test]
    async fn a_ceiling_of_zero_still_lets_one_through() {
        let pace = Pace::new(0, 0);
        let _one = admit(&pace, Lane::Read).await;
        assert_eq!(pace.reads.free.available_permits(), 0);
        let _other = admit(&pace, Lane::Write).await;
    }
}
