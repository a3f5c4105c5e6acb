//! A target that is gone in the middle of a run: connections break, and nobody listens at its address. A short absence is
//! bridged; a long one ends with a status that says so, and the next run mends it.

use apic_configsync::sandbox::Effect;

use super::{
    front::Front,
    publishing::{Undisturbed, on_write, pair, shop},
};

/// What the log says before a request is sent once more.
const AGAIN: &str = "sending again";

#[test]
fn a_short_absence_is_bridged() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    for (number, nth) in undisturbed.moments(5).enumerate() {
        let pair = pair(&world).with("MAX_CONCURRENT_WRITES", "1");
        let front = Front::open();
        {
            let gone = front.clone();
            let mut target = pair.target();
            let vanish = Effect::call(move |_| gone.vanish());
            target.faults.add(on_write(nth, vanish));
            if number % 2 == 1 {
                target.faults.add(on_write(nth, Effect::Reset));
            }
        }
        let back = front.clone();
        pair.remote.when_said(AGAIN, 3, move || back.come_back());
        let ended = pair.run_behind(&front, &["sync"]).exits(0);
        assert_eq!(ended.changes("failed"), 0, "{}", ended.stdout);
        undisturbed.assert_mended(&pair);
    }
}

#[test]
fn a_long_absence_is_told_and_mended_by_the_next_run() {
    let world = shop();
    let undisturbed = Undisturbed::of(&world);
    // Late, so that few steps are left to wait in vain.
    let nth = undisturbed.writes - 2;
    let pair = pair(&world);
    let front = Front::open();
    let gone = front.clone();
    let vanish = Effect::call(move |_| gone.vanish());
    pair.target().faults.add(on_write(nth, vanish));
    let ended = pair.run_behind(&front, &["sync"]);
    let ended = ended.exits(3).with_outcome("incomplete");
    assert_ne!(ended.changes("failed"), 0, "{}", ended.stdout);
    ended.says(&["cannot connect"]);
    undisturbed.assert_mended(&pair);
}
