//! An app that a list hides is there all the same, with credentials in use.

use apic_configsync::{
    report::ExitStatus,
    sandbox::{Effect, Fault, seed},
};

use crate::stage::{Stage, shown};

/// Both lists lie at once: the target's hides the app, the source's hides its key. The creation finds the app in place;
/// what it has must not be taken for what the server makes along with a new one.
#[tokio::test(start_paused = true)]
async fn a_key_in_use_is_not_taken_for_the_one_that_came_with_a_new_app() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    let stage = Stage::of((source, target)).with("ALLOW_EMPTY_SOURCE", "true");
    stage.settle().await;
    let hide = |list: &str| Fault::on("GET", &format!("/{list}?"), Effect::EmptyList);
    stage.source().faults.add(hide("credentials"));
    stage.target().faults.add(hide("apps"));
    stage.target().faults.add(hide("credentials"));
    let report = stage.sync().await;
    assert_eq!(
        report.exit_status,
        ExitStatus::Incomplete,
        "{}",
        shown(&report)
    );
    assert!(
        stage.target().verify("shop-id", "shop-secret"),
        "{}",
        shown(&report)
    );
    for mut cluster in [stage.source(), stage.target()] {
        cluster.faults.clear();
    }
    stage.settle().await;
    stage.assert_mirrored();
}
