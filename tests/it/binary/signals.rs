//! SIGTERM and SIGINT: running writes are finished, no new ones are started, the report is written.

use std::time::Duration;

use apic_configsync::sandbox::{Cluster, Effect, Fault, seed};

use super::{
    pair::{Pair, size},
    program::Ended,
};

/// No answer at all: far longer than any test takes.
const NEVER: Effect = Effect::Delay(Duration::from_secs(86_400));

#[test]
fn a_signal_between_writes_lets_them_finish_and_starts_no_more() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let pair = Pair::of(seed::large(size(8)));
        let before = people(&pair.target());
        // During the last of the first batch of writes: seven others are under way.
        pair.target().faults.add(signalling(&pair, signal, "POST", "/users").nth(8));
        let stopped = pair.run(&["sync"]).exits(code).with_outcome("interrupted");
        assert_nothing_half_done(&pair, &stopped);
        let users = stopped.report["kinds"]["users"]["created"].as_u64().unwrap();
        assert_eq!(people(&pair.target()) - before, usize::try_from(users).unwrap());
        pair.run(&["sync"]).exits(0).with_outcome("applied");
        pair.assert_mirrored();
    }
}

#[test]
fn a_signal_during_a_step_of_several_writes_lets_the_step_finish() {
    let pair = Pair::first_sync().with("MAX_CONCURRENT_WRITES", "1");
    pair.target().faults.add(signalling(&pair, "TERM", "POST", "/apps").nth(2));
    let stopped = pair.run(&["sync"]).exits(143).with_outcome("interrupted");
    assert_nothing_half_done(&pair, &stopped);
    pair.run(&["sync"]).exits(0);
    pair.assert_mirrored();
}

#[test]
fn a_signal_before_the_first_write_ends_the_run_without_one() {
    // While it logs in, reads the settings, collects, and for a plan.
    for (command, path) in [("sync", "/token"), ("sync", "/settings"), ("sync", "/apps"), ("plan", "/apps")] {
        let pair = Pair::first_sync();
        {
            let mut source = pair.source();
            source.faults.add(signalling(&pair, "TERM", "*", path).once());
            source.faults.add(Fault::on("*", path, NEVER));
        }
        let stopped = pair.run(&[command]).exits(143).with_outcome("interrupted");
        assert_eq!(stopped.report["command"], command);
        assert_eq!(pair.writes(), 0);
    }
}

#[test]
fn a_signal_is_heeded_while_a_write_waits_to_be_sent_again() {
    let pair = Pair::first_sync();
    {
        let mut target = pair.target();
        target.faults.add(signalling(&pair, "TERM", "POST", "/users").once());
        target.faults.add(Fault::on("POST", "/users", Effect::throttle(86_400)));
    }
    pair.run(&["sync"]).exits(143).with_outcome("interrupted");
}

/// Signals just before the request takes effect, and lets it do so once the process has noticed.
fn signalling(pair: &Pair, signal: &'static str, method: &str, path: &str) -> Fault {
    let remote = pair.remote.clone();
    Fault::on(method, path, Effect::call(move |_| remote.signal_and_wait(signal)))
}

/// Each write was answered, each change was carried out or left alone, and some were left.
#[track_caller]
fn assert_nothing_half_done(pair: &Pair, stopped: &Ended) {
    let target = pair.target();
    let unanswered: Vec<_> = target.requests().iter().filter(|request| request.status == 0).collect();
    assert!(unanswered.is_empty(), "{unanswered:?}");
    let (applied, skipped) = (stopped.changes("applied"), stopped.changes("skipped"));
    assert!(applied > 0 && skipped > 0, "{}", stopped.stdout);
    let all = stopped.report["changes"].as_array().unwrap().len();
    assert_eq!(applied + skipped, all, "{}", stopped.stdout);
    assert!(stopped.stdout.contains("the run was stopped before it"), "{}", stopped.stdout);
}

fn people(cluster: &Cluster) -> usize {
    cluster.users.len()
}
