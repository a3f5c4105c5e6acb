//! A server that takes only so many requests per second, as a property of the world.

use tokio::time::Instant;

use super::faults::{Effect, FaultBody};

/// The most requests per second that a server answers; it refuses the others without looking at them.
#[derive(Debug, Clone)]
pub struct RateLimit {
    /// May be changed while the server runs.
    pub per_second: u32,
    counting: Counting,
    retry_after: Option<u64>,
    admitted: u64,
    refused: u64,
}

#[derive(Debug, Clone)]
enum Counting {
    /// Tokens come in steadily and are kept up to `most`.
    Bucket { tokens: f64, most: f64, since: Option<Instant> },
    /// Seconds are counted from the first request on, each by itself.
    Seconds { first: Option<Instant>, second: u64, count: u64 },
}

impl RateLimit {
    /// A token bucket, full at first. A burst of one is strict about the time between any two requests.
    #[must_use]
    pub fn bucket(per_second: u32, burst: u32) -> Self {
        let most = f64::from(burst.max(1));
        let since = None;
        Self::new(per_second, Counting::Bucket { tokens: most, most, since })
    }

    /// So many in every second, whenever they come within it.
    #[must_use]
    pub fn by_second(per_second: u32) -> Self {
        Self::new(per_second, Counting::Seconds { first: None, second: 0, count: 0 })
    }

    fn new(per_second: u32, counting: Counting) -> Self {
        Self { per_second, counting, retry_after: None, admitted: 0, refused: 0 }
    }

    /// Refusals carry a `Retry-After` of so many seconds.
    #[must_use]
    pub fn asking_for(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What refusals ask for, in seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// How many requests were let through so far.
    #[must_use]
    pub fn admitted(&self) -> u64 {
        self.admitted
    }

    /// How many requests were refused so far.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether a request that comes now is let through.
    pub fn admits(&mut self, now: Instant) -> bool {
        let admits = self.counting.admits(now, self.per_second);
        let count = if admits { &mut self.admitted } else { &mut self.refused };
        *count += 1;
        admits
    }

    pub(super) fn refusal(&self) -> Effect {
        Effect::Answer { status: 429, body: FaultBody::Json, retry_after: self.retry_after }
    }
}

impl Counting {
    fn admits(&mut self, now: Instant, per_second: u32) -> bool {
        match self {
            Self::Bucket { tokens, most, since } => {
                let passed = now - since.replace(now).unwrap_or(now);
                *tokens = (*tokens + passed.as_secs_f64() * f64::from(per_second)).min(*most);
                // What adds up to one token may come out a little below it.
                let admits = *tokens > 1.0 - 1e-6;
                *tokens -= if admits { 1.0 } else { 0.0 };
                admits
            }
            Self::Seconds { first, second, count } => {
                let passed = now - *first.get_or_insert(now);
                if passed.as_secs() != *second {
                    (*second, *count) = (passed.as_secs(), 0);
                }
                *count += 1;
                *count <= u64::from(per_second)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admitted(limit: &mut RateLimit, start: Instant, every: Duration, requests: u32) -> u64 {
        let before = limit.admitted();
        for number in 0..requests {
            limit.admits(start + every * number);
        }
        limit.admitted() - before
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut limit = RateLimit::bucket(10, 5);
        let start = Instant::now();
        assert_eq!(admitted(&mut limit, start, Duration::ZERO, 9), 5);
        let later = start + Duration::from_millis(100);
        assert_eq!(admitted(&mut limit, later, Duration::from_millis(50), 200), 100);
        assert_eq!((limit.admitted(), limit.refused()), (105, 104));
    }

    #[test]
    fn a_second_gives_its_number_however_they_come() {
        let mut limit = RateLimit::by_second(10);
        let start = Instant::now();
        assert_eq!(admitted(&mut limit, start, Duration::ZERO, 30), 10);
        let next = start + Duration::from_secs(1);
        assert_eq!(admitted(&mut limit, next, Duration::from_millis(20), 100), 20);
    }
}
