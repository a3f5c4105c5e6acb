//! One server as all its requests share it: address, transport, pace and counters.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ::http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::budget::RetryBudget;
use super::cause::Cause;
use super::client::Options;
use super::error::{FailedRequest, HttpError};
use super::pace::{Lane, LoadSignal, Pace, Route};
use super::retry::Failure;
use super::server_time::ServerTimes;
use super::transport::Transport;
use crate::engine::catalog::Requests;

/// What all requests to one server share, but for the login.
pub(super) struct ServerState {
    pub(super) options: Options,
    pub(super) transport: Arc<dyn Transport>,
    /// What every request carries.
    pub(super) headers: Arc<[(HeaderName, HeaderValue)]>,
    pub(super) pace: Pace,
    /// How often reads and writes may be sent again, and logins: these are few, and everything waits for them.
    budgets: [RetryBudget; 2],
    counters: Counters,
    /// What time it is by the server's answers.
    told: ServerTimes,
    /// Once it is cancelled, nothing waits any more to be sent again.
    stop: OnceLock<CancellationToken>,
    /// Nothing waits beyond this moment.
    deadline: OnceLock<Instant>,
}

impl ServerState {
    pub(super) fn new(
        options: Options,
        transport: Arc<dyn Transport>,
        headers: Vec<(HeaderName, HeaderValue)>,
    ) -> Self {
        let pace = Pace::new(options.reads, options.writes);
        // What all requests in flight need to survive one fault of the whole server.
        let retries = u64::from(options.retry.attempts.saturating_sub(1));
        let in_flight = options.reads.saturating_add(options.writes);
        let reserve = retries.saturating_mul(u64::try_from(in_flight).unwrap_or(u64::MAX));
        Self {
            options,
            transport,
            headers: headers.into(),
            pace,
            budgets: [RetryBudget::new(reserve), RetryBudget::new(2 * retries)],
            counters: Counters::default(),
            told: ServerTimes::default(),
            stop: OnceLock::new(),
            deadline: OnceLock::new(),
        }
    }

    pub(super) fn counts(&self) -> Requests {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Requests {
            reads: read(&self.counters.reads),
            writes: read(&self.counters.writes),
            retries: read(&self.counters.retries),
            throttled: read(&self.counters.throttled),
        }
    }

    pub(super) fn give_up_on(&self, stop: &CancellationToken) {
        // Whoever comes first decides; there is one run in a process.
        let _ = self.stop.set(stop.clone());
    }

    pub(super) fn give_up_at(&self, deadline: Instant) {
        // As with `give_up_on`.
        let _ = self.deadline.set(deadline);
    }

    /// Whether a wait until `then` is too long for this run.
    pub(super) fn is_late(&self, then: Instant) -> bool {
        self.deadline.get().is_some_and(|deadline| then > *deadline)
    }

    /// Ends when waiting has become pointless; never without somebody who may say so.
    pub(super) async fn stopped(&self) {
        match self.stop.get() {
            Some(stop) => stop.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// Waits, unless that is pointless: then it says false, at once where that is known before.
    pub(super) async fn rest(&self, delay: Duration) -> bool {
        if self.is_late(Instant::now() + delay) {
            return false;
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(delay) => true,
            () = self.stopped() => false,
        }
    }

    /// The earliest time that the server has told, a single odd one aside.
    pub(super) fn earliest_time(&self) -> Option<Timestamp> {
        self.told.earliest()
    }

    pub(super) fn note_time(&self, date: Option<Timestamp>) {
        if let Some(date) = date {
            self.told.note(date);
        }
    }

    /// The address of `path` below the base. A URL parser resolves dot segments and encodes
    /// what it dislikes; a path that does not survive it unchanged would reach another object.
    pub(super) fn url(&self, method: &Method, path: &str, query: &[(&str, &str)]) -> Result<Url, HttpError> {
        let full = format!("{}/{}", self.options.base.path().trim_end_matches('/'), path.trim_start_matches('/'));
        let mut url = self.options.base.clone();
        url.set_path(&full);
        if url.path() != full {
            let cause = Cause::Unsendable("the path has dot segments or is not percent-encoded".to_owned());
            let failed = FailedRequest::new(self.options.side, method.clone(), full, cause);
            return Err(failed.into());
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// What pays for sending the requests of this lane again.
    pub(super) fn budget(&self, lane: Lane) -> &RetryBudget {
        let [requests, logins] = &self.budgets;
        if lane == Lane::Login { logins } else { requests }
    }

    pub(super) fn count_sent(&self, lane: Lane, attempt: u32) {
        if attempt == 1 {
            self.budget(lane).earn();
        }
        let counter = match lane {
            Lane::Login => return,
            _ if attempt > 1 => &self.counters.retries,
            Lane::Read => &self.counters.reads,
            Lane::Write => &self.counters.writes,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Every answer that asks for patience is obeyed by all requests, even when its own
    /// request is given up.
    pub(super) fn record_failure(&self, lane: Lane, started: Instant, failure: &Failure) {
        if failure.is_throttled() {
            self.counters.throttled.fetch_add(1, Ordering::Relaxed);
        }
        let signal = failure.load_signal(self.options.retry.longest_pause);
        self.pace.learn(lane, started, signal);
    }

    /// Notes that a request was served. Without a `route`, the time that it took is of no meaning.
    pub(super) fn record_success(&self, lane: Lane, started: Instant, route: Option<Route>) {
        self.pace.learn(lane, started, LoadSignal::Served(route));
    }
}

#[derive(Default)]
struct Counters {
    reads: AtomicU64,
    writes: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
}
