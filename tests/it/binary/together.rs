//! Two runs at once in the same direction: whatever one does while the other is held up, nothing is there twice, nothing
//! is lost, and both end by themselves.

use std::sync::mpsc::channel;

use apic_configsync::sandbox::{Cluster, Effect, Fault, seed};

use super::{
    front::Front,
    pair::{Pair, size},
    program::Ended,
    publishing::{Undisturbed, on_write, pair, shop},
};

/// Holds the first run up at a request, and lets a second one run wholly in the meantime.
fn run_two(pair: &Pair, fault: impl FnOnce(Effect) -> Fault) -> [Ended; 2] {
    let front = Front::open();
    let (tell, held) = channel();
    let gate = front.clone();
    let holding = Effect::call(move |_: &mut Cluster| {
        gate.hold();
        tell.send(()).unwrap();
    });
    pair.target().faults.add(fault(holding));
    pair.run_two(&front, &held)
}

/// Success says that nothing was left undone, and every other status that something was, or was not seen: a list can
/// shift under the other run's writes.
#[track_caller]
fn assert_truthful(ended: &Ended) {
    let undone: usize = ["failed", "skipped", "withheld"].map(|result| ended.changes(result)).iter().sum();
    match ended.code {
        Some(0) => assert_eq!(undone + ended.gaps(), 0, "{}", ended.stdout),
        Some(3) => assert_ne!(undone + ended.gaps(), 0, "{}", ended.stdout),
        other => panic!("{other:?}: {}{}", ended.stdout, ended.stderr),
    }
}

#[test]
fn a_run_that_is_overtaken_while_it_writes_does_no_harm() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    for (number, nth) in undisturbed.moments(8).enumerate() {
        let parallel = ["1", "8"][number % 2];
        let pair = pair(&world).with("MAX_CONCURRENT_WRITES", parallel);
        let ended = run_two(&pair, |hold| on_write(nth, hold));
        ended.iter().for_each(assert_truthful);
        undisturbed.assert_mended(&pair);
    }
}

#[test]
fn a_run_that_is_overtaken_between_reading_and_writing_does_no_harm() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    for (path, nth) in [("/settings", 1), ("/apps", 1), ("/consumer-orgs", 1), ("/products", 1)] {
        let pair = pair(&world);
        let ended = run_two(&pair, |hold| Fault::on("GET", path, hold).nth(nth));
        ended.iter().for_each(assert_truthful);
        undisturbed.assert_mended(&pair);
    }
}

#[test]
fn runs_that_delete_at_once_delete_no_more_than_one_would() {
    let world = || {
        let (mut source, target) = seed::large_synced(size(4));
        let app = source.app("org-1", "app-0").unwrap().head.id;
        let gone = source.credentials(app)[0].head.id;
        source.remove_credential(gone).unwrap();
        source.remove_app(source.app("org-2", "app-1").unwrap().head.id);
        (source, target)
    };
    for nth in 1..=2 {
        let pair = Pair::of(world());
        let ended = run_two(&pair, |hold| on_write(nth, hold));
        ended.iter().for_each(assert_truthful);
        pair.run(&["sync"]).exits(0);
        pair.assert_mirrored();
        pair.run(&["sync"]).exits(0).with_outcome("in_sync");
    }
}
