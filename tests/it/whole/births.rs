//! The credential that a server makes along with an app, where the run could not finish with it.

use apic_configsync::{
    report::ExitStatus,
    sandbox::{Cluster, Effect, Fault, Id},
};

use super::deletion::in_sync;
use crate::stage::{Stage, shown};

fn add_till(source: &mut Cluster) -> Id {
    let acme = source.org("acme").unwrap().head.id;
    source.add_app_with(acme, "till", "till-id", "till-secret")
}

/// Syncs while every such request about credentials fails. The target is left as by a run that died before it.
async fn sync_failing_at(stage: &Stage, method: &str) {
    let fault = Fault::on(method, "/credentials/", Effect::status(500));
    stage.target().faults.add(fault);
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
    assert!(stage.target().app("acme", "till").is_some(), "{told}");
    stage.target().faults.clear();
}

#[tokio::test]
async fn an_app_goes_whose_first_credential_was_never_marked() {
    let stage = in_sync().await;
    let till = add_till(&mut stage.source());
    sync_failing_at(&stage, "PATCH").await;
    stage.source().remove_app(till);
    stage.settle().await;
    assert!(stage.target().app("acme", "till").is_none());
    stage.assert_mirrored();
}

#[tokio::test]
async fn an_app_without_credentials_is_not_done_before_the_one_that_came_with_it_is_gone() {
    let stage = in_sync().await;
    let till = add_till(&mut stage.source());
    let only = stage.source().credentials(till)[0].head.id;
    stage.source().remove_credential(only).unwrap();
    sync_failing_at(&stage, "DELETE").await;
    let till = stage.target().app("acme", "till").unwrap().head.id;
    assert_eq!(stage.target().credentials(till).len(), 1);
    stage.settle().await;
    assert_eq!(stage.target().credentials(till).len(), 0);
    stage.assert_mirrored();
}
