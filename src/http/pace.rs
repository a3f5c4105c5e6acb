//! How many requests may be in flight, and when none may be sent at all.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

/// Which ceiling a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Read,
    Write,
    /// One at a time already, and everybody waits for it: no ceiling, but pauses hold.
    Login,
}

/// The ceilings of one server and its pause.
///
/// All that decides about pace passes through `place`, `wait_for_resume` and `pause`; a limit that adapts to
/// latency replaces the semaphores and learns from how an [`Admission`] ends.
pub(super) struct Pace {
    reads: Semaphore,
    writes: Semaphore,
    resume_at: watch::Sender<Option<Instant>>,
}

/// The right to have one request in flight, given back on drop.
pub(super) struct Admission<'p> {
    _permit: Option<SemaphorePermit<'p>>,
}

impl Pace {
    pub(super) fn new(reads: usize, writes: usize) -> Self {
        let semaphore = |permits: usize| Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS));
        Self {
            reads: semaphore(reads),
            writes: semaphore(writes),
            resume_at: watch::Sender::new(None),
        }
    }

    /// Waits for a free place. A request that has one still has to wait for the end of any pause.
    pub(super) async fn place(&self, lane: Lane) -> Admission<'_> {
        let semaphore = match lane {
            Lane::Read => Some(&self.reads),
            Lane::Write => Some(&self.writes),
            Lane::Login => None,
        };
        // A semaphore that nobody closes gives a permit always.
        let permit = match semaphore {
            Some(semaphore) => semaphore.acquire().await.ok(),
            None => None,
        };
        Admission { _permit: permit }
    }

    /// Lets no request start before `wait` has passed. The longest of several pauses counts.
    pub(super) fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        self.resume_at.send_if_modified(|resume_at| {
            let later = resume_at.is_none_or(|at| at < until);
            if later {
                *resume_at = Some(until);
            }
            later
        });
    }

    /// A pause may be prolonged while it is waited for, hence the loop.
    /// Waits until a pause that the server asked for is over.
    pub(super) async fn wait_for_resume(&self) {
        loop {
            let resume_at = *self.resume_at.borrow();
            match resume_at {
                Some(at) if at > Instant::now() => sleep_until(at).await,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn admit(pace: &Pace, lane: Lane) -> Admission<'_> {
        let admission = pace.place(lane).await;
        pace.wait_for_resume().await;
        admission
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_lane_and_the_longest_counts() {
        let pace = Pace::new(1, 1);
        let start = Instant::now();
        pace.pause(Duration::from_secs(9));
        pace.pause(Duration::from_secs(3));
        for lane in [Lane::Read, Lane::Write, Lane::Login] {
            admit(&pace, lane).await;
            assert_eq!(start.elapsed().as_secs(), 9, "{lane:?}");
        }
    }

    #[tokio::test]
    async fn a_ceiling_of_zero_still_lets_one_through() {
        let pace = Pace::new(0, 0);
        let _one = admit(&pace, Lane::Read).await;
        assert_eq!(pace.reads.available_permits(), 0);
        let _other = admit(&pace, Lane::Write).await;
    }
}
