//! Many worlds, on all cores.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use super::{Tally, Violation, simulate};

/// Simulates the worlds of all these seeds. `progress` hears of every one, with what was found so far.
pub(crate) fn explore(
    seeds: Range<u64>,
    threads: usize,
    progress: &(dyn Fn(u64, Option<&Violation>) + Sync),
) -> (Tally, Vec<Violation>) {
    let next = AtomicU64::new(seeds.start);
    let parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&next, seeds.end, progress))).collect();
        let parts = workers.into_iter().map(|worker| worker.join().unwrap());
        parts.collect::<Vec<_>>()
    });
    let mut all = (Tally::default(), Vec::new());
    for (tally, violations) in parts {
        all.0.merge(&tally);
        all.1.extend(violations);
    }
    all.1.sort_by_key(|violation| violation.seed);
    all
}

fn work(next: &AtomicU64, end: u64, progress: &(dyn Fn(u64, Option<&Violation>) + Sync)) -> (Tally, Vec<Violation>) {
    let (mut tally, mut violations) = (Tally::default(), Vec::new());
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return (tally, violations);
        }
        let lived = catch_unwind(AssertUnwindSafe(|| simulate(seed)));
        let result = lived.unwrap_or_else(|panic| Err(panicked(seed, &*panic)));
        progress(seed, result.as_ref().err());
        match result {
            Ok(counts) => tally.merge(&counts),
            Err(violation) => violations.push(violation),
        }
    }
}

fn panicked(seed: u64, panic: &(dyn std::any::Any + Send)) -> Violation {
    let text =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    Violation { seed, what: format!("panicked: {}", text.unwrap_or_default()) }
}
