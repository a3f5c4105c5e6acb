//! How many requests may start per second: as many as wish to, until the server refuses some for their number.

use std::time::Duration;

use tokio::time::Instant;

/// A decrease is judged by at least this many answers, so that a few refusals in a row count as one, …
const JUDGED_BY: u32 = 10;
/// … and as long, so that a server that counts by the second is not judged by the end of one.
const JUDGED_FOR: Duration = Duration::from_millis(200);
/// The mildest decrease. Refusals near the limit say little about how far it is exceeded, so little is given up.
const MILDEST: f64 = 0.9;
/// The sharpest decrease, since what looks like a low limit may have been a short burst.
const SHARPEST: f64 = 0.5;
/// The lowest rate, in requests per second: a run must go on, and a server that wants less can say so in `Retry-After`.
const SLOWEST: f64 = 0.5;
/// The first rate, in requests per second, where the server refuses before it has accepted enough to learn from.
const FIRST: f64 = 10.0;
/// Requests from a decrease to the rate that was refused: a few refusals among so many are a fair price for knowing the
/// limit. The time that this takes is bounded, in seconds.
const RECOVERY: f64 = 150.0;
const SHORTEST_RECOVERY: f64 = 3.0;
const LONGEST_RECOVERY: f64 = 30.0;
/// The recovery takes so many times as long as the server wants to be left alone after a refusal: the more a refusal
/// costs, the more rarely the limit is tried.
const PER_PAUSE: f64 = 10.0;
const LONGEST_FOR_PAUSE: f64 = 300.0;
/// Requests in which the rate doubles while its limit is searched, but no faster than once in a second.
const DOUBLING: f64 = 20.0;

/// The rate of requests, and what is known of its limit.
#[derive(Debug, Default)]
pub(super) struct Rate {
    bound: Option<Bound>,
    accepted: Arrivals,
    /// When the next request may start.
    next: Option<Instant>,
}

impl Rate {
    /// Takes the next turn, and says when it is.
    pub(super) fn turn(&mut self, now: Instant) -> Instant {
        let Some(bound) = &mut self.bound else {
            return now;
        };
        let at = self.next.map_or(now, |next| next.max(now));
        // A rate that nobody waits for is not put to the test, so it proves nothing and does not grow.
        if at > now {
            bound.grow();
        }
        self.next = Some(at + Duration::from_secs_f64(1.0 / bound.rate));
        at
    }

    /// No turn comes before `resume`; those taken already are void.
    pub(super) fn hold(&mut self, resume: Instant) {
        self.next = Some(resume);
    }

    /// A request that started at `started` was not refused for the number of requests.
    pub(super) fn accept(&mut self, started: Instant, now: Instant) {
        match &mut self.bound {
            Some(bound) if started > bound.since => bound.accepted += 1,
            Some(_) => {}
            None => self.accepted.note(now),
        }
    }

    /// A request that started at `started` was refused for the number of requests. `pause` is what the refusal costs
    /// beside: the more it costs, the more rarely the limit is tried.
    pub(super) fn refuse(&mut self, started: Instant, now: Instant, pause: Duration) {
        match &mut self.bound {
            None => self.bound = Some(Bound::first(self.accepted.per_second(now), now)),
            Some(bound) if started <= bound.since => {}
            Some(bound) => bound.refuse(now, pause),
        }
    }

    /// Requests per second, if they are bounded.
    #[cfg(test)]
    pub(super) fn per_second(&self) -> Option<f64> {
        self.bound.as_ref().map(|bound| bound.rate)
    }
}

/// A rate that was found by refusals.
#[derive(Debug)]
struct Bound {
    /// Requests per second.
    rate: f64,
    phase: Phase,
    /// When it was last lowered. What started before says nothing about the rate since.
    since: Instant,
    /// How the requests fared that have started since.
    accepted: u32,
    refused: u32,
}

#[derive(Debug)]
enum Phase {
    /// The limit is unknown, and the rate doubles until it is met.
    Search,
    /// The limit is near `plateau`: the rate comes back to it, stays there a while, and tries more only then.
    Settled {
        plateau: f64,
        /// How much less than that it was after the decrease, as a share of it.
        lost: f64,
        /// Seconds from the decrease to the plateau.
        recovery: f64,
        /// Seconds since the decrease in which requests had to wait for their turn.
        used: f64,
    },
}

impl Phase {
    fn settled(refused: f64, rate: f64, pause: Duration) -> Self {
        let recovery = (RECOVERY / rate).clamp(SHORTEST_RECOVERY, LONGEST_RECOVERY);
        Self::Settled {
            plateau: refused,
            lost: 1.0 - rate / refused,
            recovery: recovery.max((PER_PAUSE * pause.as_secs_f64()).min(LONGEST_FOR_PAUSE)),
            used: 0.0,
        }
    }
}

impl Bound {
    fn first(accepted: f64, now: Instant) -> Self {
        Self::new((accepted * MILDEST).max(FIRST), Phase::Search, now)
    }

    fn new(rate: f64, phase: Phase, now: Instant) -> Self {
        Self { rate, phase, since: now, accepted: 0, refused: 0 }
    }

    fn refuse(&mut self, now: Instant, pause: Duration) {
        self.refused += 1;
        if self.accepted + self.refused < JUDGED_BY || now < self.since + JUDGED_FOR {
            return;
        }
        let rate = (self.rate * self.kept()).max(SLOWEST);
        *self = Self::new(rate, Phase::settled(self.rate, rate, pause), now);
    }

    /// What to keep of the rate: the share that was accepted, and half of what was not, since a server that is strict
    /// about the time between two requests refuses half of them when they come but a little too fast.
    fn kept(&self) -> f64 {
        let (accepted, refused) = (f64::from(self.accepted), f64::from(self.refused));
        (0.5 + 0.5 * accepted / (accepted + refused)).clamp(SHARPEST, MILDEST)
    }

    /// One more request has waited for its turn.
    fn grow(&mut self) {
        match &mut self.phase {
            Phase::Search => self.rate *= 2_f64.powf(1.0 / self.rate.max(DOUBLING)),
            Phase::Settled { plateau, lost, recovery, used } => {
                *used += 1.0 / self.rate;
                // Fast at first, flat where the limit is likely to be, fast again if it is not there.
                let beyond = *used / *recovery - 1.0;
                self.rate = *plateau * (1.0 + *lost * beyond.powi(3));
                if beyond >= 1.0 {
                    self.phase = Phase::Search;
                }
            }
        }
    }
}

/// The rate of something that happens now and then, as a mean that forgets.
#[derive(Debug, Default)]
struct Arrivals {
    level: f64,
    last: Option<Instant>,
}

/// After how many seconds a good third of what happened is left.
const MEMORY: f64 = 1.0;

impl Arrivals {
    fn note(&mut self, now: Instant) {
        self.level = self.faded(now) + 1.0;
        self.last = Some(now);
    }

    fn per_second(&self, now: Instant) -> f64 {
        self.faded(now) / MEMORY
    }

    fn faded(&self, now: Instant) -> f64 {
        let idle = self.last.map_or(0.0, |last| (now - last).as_secs_f64());
        self.level * (-idle / MEMORY).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rate, and requests that are answered at once.
    struct Requests {
        rate: Rate,
        now: Instant,
    }

    impl Requests {
        fn new() -> Self {
            Self { rate: Rate::default(), now: Instant::now() }
        }

        /// Sends one as soon as its turn comes.
        fn send(&mut self, accepted: bool) {
            self.now = self.rate.turn(self.now) + Duration::from_nanos(1);
            if accepted {
                self.rate.accept(self.now, self.now);
            } else {
                self.rate.refuse(self.now, self.now, Duration::ZERO);
            }
        }

        fn send_some(&mut self, number: usize, accepted: bool) {
            for _ in 0..number {
                self.send(accepted);
            }
        }

        fn pass(&mut self, millis: u64) {
            self.now += Duration::from_millis(millis);
        }

        fn per_second(&self) -> f64 {
            self.rate.per_second().unwrap()
        }
    }

    #[test]
    fn nothing_bounds_the_rate_before_the_first_refusal() {
        let mut requests = Requests::new();
        let start = requests.now;
        requests.send_some(1000, true);
        assert!(requests.now - start < Duration::from_millis(1));
        assert!(requests.rate.per_second().is_none());
    }

    #[test]
    fn the_first_refusal_bounds_it_by_what_was_accepted_lately() {
        let mut requests = Requests::new();
        for _ in 0..500 {
            requests.send(true);
            requests.pass(10);
        }
        requests.send(false);
        assert!((80.0..100.0).contains(&requests.per_second()), "{:?}", requests.rate);
    }

    #[test]
    fn refusals_in_a_row_count_as_one() {
        let mut requests = Requests::new();
        requests.send_some(9, false);
        assert!((requests.per_second() - FIRST).abs() < 5.0, "{:?}", requests.rate);
    }

    #[test]
    fn what_started_before_a_decrease_is_old_news() {
        let mut requests = Requests::new();
        let early = requests.now;
        requests.send(false);
        let before = requests.per_second();
        for _ in 0..100 {
            requests.pass(10);
            requests.rate.refuse(early, requests.now, Duration::ZERO);
        }
        assert!((requests.per_second() - before).abs() < 1e-9);
    }

    #[test]
    fn many_refusals_halve_it_and_never_stop_it() {
        let mut requests = Requests::new();
        requests.send_some(500, false);
        assert!((SLOWEST..2.0 * SLOWEST).contains(&requests.per_second()), "{:?}", requests.rate);
    }

    #[test]
    fn without_refusals_it_rises_again_and_past_the_old_limit() {
        let mut requests = Requests::new();
        requests.send_some(30, false);
        let low = requests.per_second();
        requests.send_some(3000, true);
        assert!(requests.per_second() > 50.0 * low, "{:?}", requests.rate);
    }

    #[test]
    fn it_stays_near_a_limit_that_it_has_found() {
        let mut requests = Requests::new();
        requests.send(false);
        let accepts = |per_second: f64| per_second <= 100.0;
        let mut refused = 0;
        for number in 0..20_000 {
            let accepted = requests.rate.per_second().is_none_or(accepts);
            requests.send(accepted);
            if number > 1000 {
                refused += usize::from(!accepted);
                assert!((80.0..130.0).contains(&requests.per_second()), "{:?}", requests.rate);
            }
        }
        assert!((1..800).contains(&refused), "{refused}");
    }

    #[test]
    fn a_rate_that_nobody_waits_for_does_not_rise() {
        let mut requests = Requests::new();
        requests.send_some(30, false);
        let before = requests.per_second();
        for _ in 0..100 {
            requests.pass(60_000);
            requests.send(true);
        }
        assert!((requests.per_second() - before).abs() < 1e-9);
    }

    #[test]
    fn turns_begin_after_the_pause_and_one_by_one() {
        let mut requests = Requests::new();
        requests.send(false);
        let resume = requests.now + Duration::from_secs(60);
        requests.rate.hold(resume);
        assert_eq!(requests.rate.turn(resume), resume);
        assert!(requests.rate.turn(resume) > resume);
    }
}
