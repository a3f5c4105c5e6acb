//! Reverse sync, and forward again: what was born on either side finds its way, and nothing is doubled.

use apic_configsync::sandbox::{
    Cluster, seed,
    world::{App, ConsumerOrg},
};
use proptest::test_runner::{Config, TestRunner};

use super::replication::one_app;
use crate::{
    random_world::{bare, deeds, perform},
    stage::{Stage, counts, shown},
};

/// What a reverse run needs of the source, which is its target.
fn two_way(stage: Stage) -> Stage {
    stage.source().set("hash_client_secret", true);
    stage
}

#[tokio::test]
async fn a_reverse_run_right_after_a_forward_one_finds_nothing() {
    let stage = two_way(Stage::of(seed::small()));
    stage.settle().await;
    let report = stage.swapped().plan().await;
    let steps = report.kinds.iter().map(|(_, counts)| counts.updated + counts.deleted).sum::<usize>();
    assert_eq!(steps, 0, "{}", shown(&report));
    assert_eq!(counts(&report, "applications").created, 1, "only what was born on the target is carried back");
}

#[tokio::test]
async fn what_happens_on_the_target_comes_back_and_then_rests() {
    let stage = two_way(one_app());
    stage.settle().await;
    {
        let mut target = stage.target();
        let dora = target.add_user("sandbox-catalog", "dora");
        let born = target.add_org("born-there", dora);
        let app = target.add_app_with(born, "app", "born-id", "born-secret");
        target.subscribe(app, "weather:2.1.0", "default");
        let acme = target.org("acme").unwrap().head.id;
        target.retitle::<ConsumerOrg>(acme, "Acme, changed there");
        target.rename::<ConsumerOrg>(acme, "acme-there");
    }
    let back = stage.swapped();
    back.settle().await;
    back.assert_mirrored();
    assert!(stage.source().verify("born-id", "born-secret"));
    assert_eq!(stage.source().org("acme-there").unwrap().head.title, "Acme, changed there");
    stage.again().await;
}

#[tokio::test]
async fn a_reverse_run_deletes_nothing_that_was_born_at_home() {
    let stage = two_way(one_app());
    stage.settle().await;
    {
        let mut target = stage.target();
        let app = target.app("acme", "shop").unwrap().head.id;
        target.remove_app(app);
    }
    let back = stage.swapped().with("ALLOW_EMPTY_SOURCE", "true");
    let report = back.sync().await;
    assert_eq!(counts(&report, "applications").only_on_target, 1, "{}", shown(&report));
    assert_eq!(counts(&report, "applications").deleted, 0);
    assert!(stage.source().app("acme", "shop").is_some());
}

#[tokio::test]
async fn a_key_revoked_at_home_is_revoked_there() {
    let stage = two_way(one_app());
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let old = source.credentials(app)[0].head.id;
        source.add_credential(app, "fresh-id", "fresh-secret");
        source.remove_credential(old).unwrap();
    }
    stage.settle().await;
    assert!(!stage.target().verify("shop-id", "shop-secret"));
    assert!(stage.target().verify("fresh-id", "fresh-secret"));
}

#[tokio::test]
async fn marks_that_lead_nowhere_on_the_source_are_ignored() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app(acme, "shop");
    let elsewhere = Cluster::new(77, "provider", "elsewhere");
    source.mark::<ConsumerOrg>(acme, elsewhere.home, elsewhere.home);
    source.mark::<App>(shop, elsewhere.home, elsewhere.home);
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage.assert_mirrored();
}

#[test]
fn random_doings_on_both_sides_in_turn_come_to_rest() {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let property = |(first, there, here): (Vec<_>, Vec<_>, Vec<_>)| {
        let stage = Stage::of(bare()).with("MAX_DELETE_PERCENT", "100").with("ALLOW_EMPTY_SOURCE", "true").sealed();
        let stage = two_way(stage);
        let back = stage.swapped();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            perform(&mut stage.source(), &first);
            stage.settle().await;
            perform(&mut stage.target(), &there);
            back.sync().await;
            back.again().await;
            perform(&mut stage.source(), &here);
            stage.sync().await;
            stage.again().await;
        });
        Ok(())
    };
    TestRunner::new(config).run(&(deeds(25), deeds(12), deeds(12)), property).unwrap();
}
