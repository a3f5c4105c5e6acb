//! Whether answers have become slow because too many requests are in flight.

use std::collections::HashMap;
use std::time::Duration;

use ::http::Method;
use tokio::time::Instant;

/// How many answers make a round. Its median is what counts, so that single slow ones do not.
const ROUND: usize = 16;
/// How many answers the trial of a decrease may take: the route that led to it may have been left meanwhile.
const TRIAL: usize = 4 * ROUND;
/// Answers are late when they take this many times as long as they usually do, …
const LATE: u32 = 2;
/// … and so much longer. Below that the network may be to blame, and nobody is harmed.
const TOLERATED: Duration = Duration::from_millis(100);
/// A decrease that leaves more than this many hundredths of the latency has been of no use.
const HARDLY_LESS: u32 = 90;

/// What is compared with each other: a small object answers faster than a page of a list, by nature.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::http) struct Route {
    method: Method,
    collection: String,
    depth: usize,
}

impl Route {
    /// Requests whose paths begin alike and have as many segments go to resources of one kind, as a rule.
    pub(in crate::http) fn of(method: &Method, path: &str, base: &str) -> Self {
        let below = path.strip_prefix(base).unwrap_or(path);
        let mut segments = below.split('/').filter(|segment| !segment.is_empty());
        Self {
            method: method.clone(),
            collection: segments.next().unwrap_or_default().to_owned(),
            depth: segments.count(),
        }
    }
}

/// How long answers take, route by route.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    routes: HashMap<Route, Samples>,
    /// When fewer requests were last allowed in flight.
    shrunk_at: Option<Instant>,
    /// How many answers are still waited for to see the use of a decrease.
    trial: usize,
}

#[derive(Debug, Default)]
struct Samples {
    round: Vec<Duration>,
    /// The lowest median so far; of the first round, the lower quartile.
    usual: Option<Duration>,
    /// The median that led to a decrease whose use is not known yet.
    late: Option<Duration>,
}

impl Latencies {
    /// Notes how long an answer took, and says whether fewer requests should be in flight.
    pub(super) fn note(&mut self, route: Route, started: Instant, took: Duration, now: Instant) -> bool {
        // What started before a decrease does not show its effect.
        if self.shrunk_at.is_some_and(|at| started <= at) {
            return false;
        }
        self.trial = self.trial.saturating_sub(1);
        let samples = self.routes.entry(route).or_default();
        let tried = samples.late.is_some();
        let late = samples.note(took);
        if late {
            self.shrunk_at = Some(now);
            self.trial = TRIAL;
            for samples in self.routes.values_mut() {
                samples.round.clear();
            }
        } else if tried && samples.late.is_none() {
            self.trial = 0;
        }
        late
    }

    /// Whether a decrease is being tried: until its use is known, the number in flight should stay as it is.
    pub(super) fn is_trying(&self) -> bool {
        self.trial > 0
    }
}

impl Samples {
    fn note(&mut self, took: Duration) -> bool {
        self.round.push(took);
        if self.round.len() < ROUND {
            return false;
        }
        self.round.sort_unstable();
        let (quartile, median) = (self.round[ROUND / 4], self.round[ROUND / 2]);
        self.round.clear();
        if let Some(usual) = self.usual {
            return self.is_late(usual.min(median), median);
        }
        // In the first round the requests in flight become more and more: what was fast in it shows how it was before.
        self.usual = Some(quartile);
        false
    }

    fn is_late(&mut self, usual: Duration, median: Duration) -> bool {
        let hardly_less = |late: Duration| median > late * HARDLY_LESS / 100;
        if self.late.take().is_some_and(hardly_less) {
            // Fewer in flight made nothing faster: so long is what the server takes now.
            self.usual = Some(median);
            return false;
        }
        self.usual = Some(usual);
        let late = median > usual * LATE && median > usual + TOLERATED;
        self.late = late.then_some(median);
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apps() -> Route {
        Route::of(&Method::GET, "/api/consumer-orgs/a/b/c/apps", "/api")
    }

    /// Feeds as many answers as make a round, one per millisecond; says how many of them were too much.
    struct Feed {
        latencies: Latencies,
        now: Instant,
    }

    impl Feed {
        fn new() -> Self {
            Self { latencies: Latencies::default(), now: Instant::now() }
        }

        fn round(&mut self, route: &Route, millis: impl Fn(u64) -> u64) -> usize {
            (0..16)
                .filter(|number| {
                    self.now += Duration::from_millis(1);
                    let started = self.now;
                    let took = Duration::from_millis(millis(*number));
                    self.latencies.note(route.clone(), started, took, started + took)
                })
                .count()
        }

        fn pass(&mut self, millis: u64) {
            self.now += Duration::from_millis(millis);
        }
    }

    #[test]
    fn routes_are_told_by_method_beginning_and_depth() {
        let of = |method: &Method, path| Route::of(method, path, "/api");
        assert_eq!(apps(), of(&Method::GET, "/api/consumer-orgs/x/y/z/members"));
        assert_ne!(apps(), of(&Method::POST, "/api/consumer-orgs/a/b/c/apps"));
        assert_ne!(apps(), of(&Method::GET, "/api/consumer-orgs/a/b/c"));
        assert_ne!(apps(), of(&Method::GET, "/api/apps/a/b/c/credentials"));
    }

    #[test]
    fn latency_that_rises_clearly_is_late_once() {
        let mut feed = Feed::new();
        assert_eq!(feed.round(&apps(), |_| 100), 0);
        assert_eq!(feed.round(&apps(), |_| 190), 0);
        assert_eq!(feed.round(&apps(), |_| 400), 1);
        // Those that had started before the decrease.
        assert_eq!(feed.round(&apps(), |_| 400), 0);
    }

    #[test]
    fn single_slow_answers_and_small_delays_are_tolerated() {
        let mut feed = Feed::new();
        feed.round(&apps(), |_| 5);
        assert_eq!(feed.round(&apps(), |_| 100), 0);
        for _ in 0..20 {
            let noisy = |number: u64| if number.is_multiple_of(3) { 5000 } else { 8 };
            assert_eq!(feed.round(&apps(), noisy), 0);
        }
    }

    #[test]
    fn routes_that_are_slow_by_nature_are_not_late() {
        let mut feed = Feed::new();
        feed.round(&apps(), |_| 5);
        let list = Route::of(&Method::GET, "/api/catalogs/a/b/apps", "/api");
        assert_eq!(feed.round(&list, |_| 3000), 0);
    }

    #[test]
    fn a_decrease_that_helps_is_followed_by_another_and_one_that_does_not_is_not() {
        let mut feed = Feed::new();
        feed.round(&apps(), |_| 50);
        assert_eq!(feed.round(&apps(), |_| 800), 1);
        feed.pass(1000);
        assert_eq!(feed.round(&apps(), |_| 560), 1);
        feed.pass(1000);
        for _ in 0..3 {
            assert_eq!(feed.round(&apps(), |_| 550), 0);
        }
        assert_eq!(feed.round(&apps(), |_| 1200), 1);
    }
}
