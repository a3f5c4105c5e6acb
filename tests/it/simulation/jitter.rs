//! Chance for the engine's retries, the same for the same world.

use std::cell::RefCell;

use rand::{RngExt, SeedableRng, rngs::StdRng};

thread_local! {
    static CHANCE: RefCell<StdRng> = RefCell::new(StdRng::seed_from_u64(0));
}

/// A world begins, on this thread.
pub(super) fn start(chance: u64) {
    CHANCE.set(StdRng::seed_from_u64(chance));
}

/// As [`RetryPolicy::jitter`](apic_configsync::http::RetryPolicy) takes it.
pub(super) fn draw() -> f64 {
    CHANCE.with_borrow_mut(RngExt::random)
}
