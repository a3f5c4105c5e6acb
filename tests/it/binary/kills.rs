//! `kill -9` at many points of a first sync: the next run ends where an undisturbed one would have ended.

use apic_configsync::sandbox::{
    Cluster, Effect, Fault, seed,
    switches::Metadata,
    world::{ConsumerOrg, Credential},
};
use serde_json::Value;

use super::pair::{Pair, size};

/// What the process's death does to the write during which it comes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The write never takes effect.
    Before,
    /// It takes effect, and its answer reaches nobody.
    BeforeTheAnswer,
}

#[test]
fn a_catalog_that_was_in_sync_once_converges() {
    // The product of that subscription is on the source only: known, and no reason for a status.
    survive(&seed::small(), "alice-bank/mobile/inventory*", 0..13);
}

#[test]
fn a_first_sync_converges_when_it_dies_early() {
    survive(&seed::large(size(8)), "", 0..8);
}

#[test]
fn a_first_sync_converges_when_it_dies_anywhere() {
    survive(&seed::large(size(8)), "", 8..24);
}

#[test]
fn a_first_sync_converges_when_it_dies_again_and_again() {
    let world = seed::large(size(8));
    let (pair, undisturbed) = (pair(&world, ""), undisturbed(&world, ""));
    for (nth, moment) in
        [(11, Moment::Before), (12, Moment::BeforeTheAnswer), (1, Moment::Before), (20, Moment::Before)]
    {
        die_at(&pair, nth, moment);
        assert_eq!(pair.run(&["sync"]).code, None, "no death at write {nth}, {moment:?}");
    }
    recover(&pair, &undisturbed);
}

#[test]
fn a_first_sync_without_parallel_writes_converges_from_its_very_first_ones() {
    let world = seed::large(size(1));
    let undisturbed = undisturbed(&world, "");
    for nth in 1..=undisturbed.writes {
        let pair = pair(&world, "").with("MAX_CONCURRENT_WRITES", "1");
        die_at(&pair, nth, Moment::BeforeTheAnswer);
        assert_eq!(pair.run(&["sync"]).code, None, "write {nth} never came");
        recover(&pair, &undisturbed);
    }
}

#[test]
fn what_takes_several_writes_converges_wherever_it_dies() {
    die_everywhere(&intricate());
}

#[test]
fn a_target_that_keeps_no_marks_on_children_converges_too() {
    let (source, mut target) = intricate();
    let marks = &mut target.switches.metadata;
    for kind in [&mut marks.users, &mut marks.members, &mut marks.credentials, &mut marks.subscriptions] {
        *kind = Metadata::Ignored;
    }
    die_everywhere(&(source, target));
}

/// Two catalogs in sync, and since then on the source: swapped client ids, swapped names, an app that lost its only
/// credential, a new one that never had any, a suspended one, and another owner of a third organization: one that gets
/// another name and another owner at once is known by nothing that a consumer could not have written.
fn intricate() -> (Cluster, Cluster) {
    let (mut source, target) = seed::large_synced(size(3));
    let app = |source: &Cluster, org: &str, name: &str| source.app(org, name).unwrap().head.id;
    let first = app(&source, "org-0", "app-0");
    let [one, other] = [0, 1].map(|at| source.credentials(first)[at].clone());
    for (id, client_id) in [(one.head.id, "between"), (other.head.id, &one.client_id), (one.head.id, &other.client_id)]
    {
        source.change::<Credential>(id, |row| client_id.clone_into(&mut row.client_id));
    }
    let [left, right] = ["org-0", "org-1"].map(|name| source.org(name).unwrap().head.id);
    for (org, name) in [(left, "between"), (right, "org-0"), (left, "org-1")] {
        source.rename::<ConsumerOrg>(org, name);
    }
    let bare = [app(&source, "org-0", "app-1"), source.add_app(right, "bare")];
    for app in bare {
        let only = source.credentials(app)[0].head.id;
        source.remove_credential(only).unwrap();
    }
    let asleep = source.add_app_with(right, "asleep", "asleep-id", "asleep-secret");
    source.set_app_state(asleep, "disabled");
    let heir = source.user("sandbox-catalog", "user-2-1").unwrap().head.id;
    let third = source.org("org-2").unwrap().head.id;
    source.hand_over(third, heir);
    (source, target)
}

/// Kills a run before and during every single write that it takes.
fn die_everywhere(world: &(Cluster, Cluster)) {
    let undisturbed = undisturbed(world, "");
    for moment in [Moment::Before, Moment::BeforeTheAnswer] {
        for nth in 1..=undisturbed.writes {
            let pair = pair(world, "");
            die_at(&pair, nth, moment);
            assert_eq!(pair.run(&["sync"]).code, None, "no death at write {nth}, {moment:?}");
            recover(&pair, &undisturbed);
        }
    }
}

/// Kills one run of each number, at writes that are spread over the whole run, and lets the next one mend it.
fn survive(world: &(Cluster, Cluster), acknowledged: &str, numbers: std::ops::Range<u32>) {
    let undisturbed = undisturbed(world, acknowledged);
    for number in numbers {
        // 0.618… is the fraction whose multiples spread most evenly.
        let nth = 1 + (number * 618 + 7) * undisturbed.writes / 1000 % undisturbed.writes;
        let moment = [Moment::Before, Moment::BeforeTheAnswer][(number % 2) as usize];
        let pair = pair(world, acknowledged);
        die_at(&pair, nth, moment);
        let code = pair.run(&["sync"]).code;
        assert_eq!(code, None, "no death at write {nth}, {moment:?}");
        recover(&pair, &undisturbed);
    }
}

/// Lets the process die during its `nth` write.
fn die_at(pair: &Pair, nth: u32, moment: Moment) {
    let remote = pair.remote.clone();
    let faults = &mut pair.target().faults;
    faults.add(on_write(Effect::call(move |_| remote.kill())).nth(nth));
    if matches!(moment, Moment::Before) {
        faults.add(on_write(Effect::Reset).nth(nth));
    }
}

fn on_write(effect: Effect) -> Fault {
    Fault::on("*", "", effect).when(|request| {
        let is_login = request.uri().path().ends_with("/token");
        request.method() != http::Method::GET && !is_login
    })
}

/// One run mends it, and the run after that finds nothing.
#[track_caller]
fn recover(pair: &Pair, undisturbed: &Undisturbed) {
    pair.run(&["sync"]).exits(0);
    assert_eq!(pair.target().snapshot(), undisturbed.snapshot);
    assert_eq!(rows(&pair.target()), undisturbed.rows, "something is there twice");
    pair.assert_keys_verify();
    let writes = pair.writes();
    let again = pair.run(&["sync"]).exits(0).with_outcome("in_sync");
    assert_eq!(again.report["target"]["requests"]["writes"], 0);
    assert_eq!(pair.writes(), writes);
}

/// Where a run ends that nobody kills.
struct Undisturbed {
    snapshot: Value,
    rows: [usize; 6],
    writes: u32,
}

fn undisturbed(world: &(Cluster, Cluster), acknowledged: &str) -> Undisturbed {
    let pair = pair(world, acknowledged);
    let is_empty = pair.target().snapshot()["consumer_orgs"] == serde_json::json!({});
    pair.run(&["sync"]).exits(0).with_outcome("applied");
    if is_empty {
        pair.assert_mirrored();
    }
    let target = pair.target();
    Undisturbed {
        snapshot: target.snapshot(),
        rows: rows(&target),
        writes: target.requests().iter().filter(|request| request.is_write()).count().try_into().unwrap(),
    }
}

fn pair((source, target): &(Cluster, Cluster), acknowledged: &str) -> Pair {
    Pair::of((source.clone(), target.clone())).with("ACKNOWLEDGE", acknowledged)
}

/// How many of everything there are.
fn rows(cluster: &Cluster) -> [usize; 6] {
    [
        cluster.users.len(),
        cluster.consumer_orgs.len(),
        cluster.members.len(),
        cluster.apps.len(),
        cluster.credentials.len(),
        cluster.subscriptions.len(),
    ]
}
