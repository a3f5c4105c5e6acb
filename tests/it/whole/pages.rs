//! A page of a proxy in the place of a write's answer proves nothing, whatever its status.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Effect, Fault, seed,
        world::{App, ConsumerOrg},
    },
};

use crate::stage::{Stage, shown};

/// A pair in sync, and since then something to be changed, to be removed and to be handed over.
async fn with_differences() -> Stage {
    let (mut source, target) = seed::pair();
    let [alice, bob] = ["alice", "bob"].map(|name| source.add_user("sandbox-catalog", name));
    let acme = source.add_org("acme", alice);
    source.add_member(acme, bob, &["developer"]);
    let shop = source.add_app(acme, "shop");
    let old = source.add_app(acme, "old");
    let stage = Stage::of((source, target)).with("MAX_DELETE_PERCENT", "100");
    stage.settle().await;
    let differ = |source: &mut Cluster| {
        source.retitle::<App>(shop, "The Shop");
        source.retitle::<ConsumerOrg>(acme, "ACME");
        source.remove_app(old);
        source.hand_over(acme, bob);
    };
    differ(&mut stage.source());
    stage
}

#[tokio::test(start_paused = true)]
async fn a_page_once_is_a_passing_fault() {
    for (method, path) in [("PATCH", "/apps/"), ("DELETE", "/apps/"), ("POST", "owner")] {
        let stage = with_differences().await;
        let fault = Fault::on(method, path, Effect::HtmlPage).once();
        stage.target().faults.add(fault);
        let report = stage.sync().await;
        if method != "POST" {
            assert_eq!(report.exit_status, ExitStatus::Success, "{method} {path} {}", shown(&report));
        }
        if report.exit_status == ExitStatus::Success {
            stage.assert_mirrored();
        }
        stage.settle().await;
        stage.assert_mirrored();
    }
}

#[tokio::test(start_paused = true)]
async fn pages_for_ever_leave_the_run_incomplete() {
    for (method, path) in [("PATCH", "/apps/"), ("DELETE", "/apps/"), ("POST", "owner")] {
        let stage = with_differences().await;
        stage.target().faults.add(Fault::on(method, path, Effect::HtmlPage));
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{method} {path} {}", shown(&report));
    }
}
