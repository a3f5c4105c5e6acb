//! The one place that decides whether a failed request is sent again, and when.

use std::time::Duration;

use ::http::header::RETRY_AFTER;
use ::http::response::Parts;
use ::http::{HeaderMap, Method};
use jiff::Timestamp;

use super::answer::{date, http_date, request_id};
use super::cause::Cause;
use super::pace::LoadSignal;
use super::transport::TransportError;

/// How often and how patiently a failed request is sent again.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Most tries of one request, the first included; twice as many where the server asks for patience.
    pub attempts: u32,
    /// The upper bound of the random delay before the second try; it doubles with each further one.
    pub first_delay: Duration,
    /// Where the doubling stops.
    pub longest_delay: Duration,
    /// The most that a `Retry-After` is obeyed.
    pub longest_pause: Duration,
    /// Draws the share of a delay that is waited, 0 to 1. A simulation that shall run twice alike brings its own.
    pub jitter: fn() -> f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
            longest_pause: Duration::from_secs(300),
            jitter: rand::random,
        }
    }
}

impl RetryPolicy {
    /// As many tries as ever, without any delay: for tests.
    #[must_use]
    pub fn instant() -> Self {
        let zero = Duration::ZERO;
        Self { first_delay: zero, longest_delay: zero, longest_pause: zero, ..Self::default() }
    }

    /// How long to wait before the next try, or `None` when there shall be none.
    pub(super) fn next(&self, attempt: u32, repeat: Retryable, failure: &Failure) -> Option<Duration> {
        let worth_it = repeat != Retryable::Looked
            && attempt < self.most_attempts(failure.is_throttled())
            && failure.is_worth_repeating(repeat);
        worth_it.then(|| self.delay(attempt, (self.jitter)(), failure.retry_after))
    }

    /// A server that asks for patience is well and will answer: it gets twice as many tries.
    pub(super) fn most_attempts(&self, throttled: bool) -> u32 {
        if throttled { self.attempts.saturating_mul(2) } else { self.attempts }
    }

    /// Exponential backoff with full jitter (`jitter` is 0 to 1), and never less than the server
    /// asked for: all requests wait that out together, the jitter keeps them from returning as one.
    pub(super) fn delay(&self, attempt: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        let bound = self.first_delay.saturating_mul(doubled).min(self.longest_delay);
        let asked = retry_after.unwrap_or_default().min(self.longest_pause);
        asked + bound.mul_f64(jitter.clamp(0.0, 1.0))
    }
}

/// Whether a write may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retryable {
    /// Twice is as good as once: it is retried like a read.
    Safe,
    /// Twice may be one too many, as with a creation. It is sent again only when the server
    /// certainly did not act: no connection, 401, 429, and 503 with `Retry-After`.
    Never,
    /// Whoever sends it looks at the object first: not even what the server certainly did not do is sent again, since
    /// others may act while one waits. A rejected token alone is no wait.
    Looked,
}

/// Why a try failed, as far as retrying is concerned.
pub(super) struct Failure {
    pub(super) cause: Cause,
    pub(super) status: Option<u16>,
    /// How long the server asked to be left alone.
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
}

impl Failure {
    pub(super) fn without_answer(cause: Cause) -> Self {
        Self { cause, status: None, retry_after: None, request_id: None }
    }

    pub(super) fn answered(parts: &Parts, cause: Cause) -> Self {
        let status = parts.status.as_u16();
        let retry_after = is_passing(status).then(|| retry_after(&parts.headers)).flatten();
        Self { cause, status: Some(status), retry_after, request_id: request_id(&parts.headers) }
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.status == Some(429) || self.status == Some(503) && self.retry_after.is_some()
    }

    /// What this tells about how the server bears the requests.
    pub(super) fn load_signal(&self, longest_pause: Duration) -> LoadSignal {
        let pause = self.retry_after.unwrap_or_default().min(longest_pause);
        match (&self.cause, self.status) {
            _ if self.is_throttled() => LoadSignal::Refused(pause),
            (_, Some(503 | 504)) | (Cause::Transport(TransportError::Timeout(_)), _) => LoadSignal::Strained,
            (_, Some(_)) => LoadSignal::Answered,
            (_, None) => LoadSignal::Silent,
        }
    }

    pub(super) fn costs_budget(&self) -> bool {
        costs_budget(&self.cause, self.is_throttled())
    }

    /// Whether the server may have done what was asked although this try failed. A redirect
    /// counts: a create may answer so (api-connect-rest.md section 1).
    pub(super) fn may_have_taken_effect(&self, method: &Method) -> bool {
        let changes_something = !method.is_safe();
        changes_something
            && match &self.cause {
                Cause::Transport(error) => error.may_have_taken_effect(),
                Cause::Status { .. } => matches!(self.status, Some(408 | 500 | 502 | 503 | 504)),
                // Whoever put a page in the place of the answer may have let the request through before.
                Cause::Redirect { .. } | Cause::NotJson { .. } => true,
                _ => false,
            }
    }

    fn is_worth_repeating(&self, repeat: Retryable) -> bool {
        let safe = repeat == Retryable::Safe;
        match &self.cause {
            Cause::Transport(TransportError::Connect(_)) => true,
            Cause::Transport(TransportError::Timeout(_) | TransportError::Broken(_)) | Cause::NotJson { .. } => safe,
            Cause::Status { .. } => self.is_throttled() || safe && self.status.is_some_and(is_passing),
            _ => false,
        }
    }
}

/// Whether a retry is a burden that the budget for retries has to pay for. What the server has asked for is no such
/// burden, nor is what does not reach it.
pub(super) fn costs_budget(cause: &Cause, throttled: bool) -> bool {
    let unseen = matches!(cause, Cause::Transport(TransportError::Connect(_)));
    !throttled && !unseen
}

/// Whether a status tells of a fault that may be over soon.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Seconds, or a date. A date is compared with the server's own clock where it tells the time,
/// so that a clock that is wrong on one of the two machines does no harm.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = date(headers).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN_SECONDS: Option<Duration> = Some(Duration::from_secs(7));

    fn status(status: u16, retry_after: Option<Duration>) -> Failure {
        let cause = Cause::Status { stated: true, messages: Vec::new(), html: false, excerpt: None };
        Failure { cause, status: Some(status), retry_after, request_id: None }
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let bounds = [1, 2, 3, 6, 7, 8, 99].map(|attempt| policy.delay(attempt, 1.0, None).as_millis());
        assert_eq!(bounds, [500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn jitter_is_full() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(3, 0.0, None), Duration::ZERO);
        assert_eq!(policy.delay(3, 0.5, None), Duration::from_secs(1));
    }

    #[test]
    fn retry_after_is_the_least_and_bounded() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(1, 0.0, SEVEN_SECONDS), Duration::from_secs(7));
        assert_eq!(policy.delay(1, 1.0, SEVEN_SECONDS), Duration::from_millis(7500));
        assert_eq!(policy.delay(1, 0.0, Some(Duration::MAX)), policy.longest_pause);
        assert_eq!(RetryPolicy::instant().delay(4, 1.0, SEVEN_SECONDS), Duration::ZERO);
    }

    #[test]
    fn what_may_have_happened_is_repeated_only_if_safe() {
        for code in [408, 500, 502, 503, 504] {
            assert!(status(code, None).is_worth_repeating(Retryable::Safe), "{code}");
            assert!(!status(code, None).is_worth_repeating(Retryable::Never), "{code}");
        }
        assert!(status(429, None).is_worth_repeating(Retryable::Never));
        assert!(status(503, SEVEN_SECONDS).is_worth_repeating(Retryable::Never));
        assert!(!status(501, None).is_worth_repeating(Retryable::Safe));
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let policy = RetryPolicy::instant();
        assert!(policy.next(4, Retryable::Safe, &status(503, None)).is_some());
        assert!(policy.next(5, Retryable::Safe, &status(503, None)).is_none());
    }

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        assert_eq!(retry_after(&headers(&[("retry-after", "12")])), seconds(12));
        assert_eq!(retry_after(&headers(&[("retry-after", "Sat, 21 Nov 2026 10:01:30 GMT"), date])), seconds(90));
        assert_eq!(retry_after(&headers(&[("retry-after", "Sat, 21 Nov 2026 09:00:00 GMT"), date])), seconds(0));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
    }
}
