//! How many requests may be sent again: a share of those sent, so that retries do not multiply what a server in trouble
//! has to answer.

use std::sync::atomic::{AtomicU64, Ordering};

/// Every so many requests pay for one retry: a fifth on top is what a server in trouble should bear.
const REQUESTS_PER_RETRY: u64 = 5;

/// The retries that one server may still be sent. Requests earn them, up to the reserve that it starts with.
#[derive(Debug)]
pub(super) struct RetryBudget {
    /// Counted in requests that earn.
    balance: AtomicU64,
    reserve: u64,
}

impl RetryBudget {
    /// A budget that starts with `reserve` retries, and never holds more: a long time without faults does not pay for a
    /// storm of retries afterwards.
    pub(super) fn new(reserve: u64) -> Self {
        let reserve = reserve.saturating_mul(REQUESTS_PER_RETRY);
        Self { balance: AtomicU64::new(reserve), reserve }
    }

    /// A request is sent for the first time.
    pub(super) fn earn(&self) {
        self.change(|balance| Some((balance + 1).min(self.reserve)));
    }

    /// Pays for a retry. False if there is nothing left to pay with.
    pub(super) fn spend(&self) -> bool {
        self.change(|balance| balance.checked_sub(REQUESTS_PER_RETRY))
    }

    fn change(&self, to: impl FnMut(u64) -> Option<u64>) -> bool {
        self.balance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, to).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries_of(budget: &RetryBudget) -> usize {
        std::iter::repeat_with(|| budget.spend()).take_while(|paid| *paid).count()
    }

    #[test]
    fn the_reserve_is_there_from_the_start() {
        let budget = RetryBudget::new(3);
        assert_eq!(retries_of(&budget), 3);
        assert!(!budget.spend());
    }

    #[test]
    fn five_requests_pay_for_one_retry() {
        let budget = RetryBudget::new(10);
        retries_of(&budget);
        for _ in 0..4 {
            budget.earn();
        }
        assert!(!budget.spend());
        for _ in 0..11 {
            budget.earn();
        }
        assert_eq!(retries_of(&budget), 3);
    }

    #[test]
    fn nothing_is_saved_beyond_the_reserve() {
        let budget = RetryBudget::new(2);
        for _ in 0..1000 {
            budget.earn();
        }
        assert_eq!(retries_of(&budget), 2);
    }
}
