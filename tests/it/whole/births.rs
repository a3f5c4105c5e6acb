//! The credential that a server makes along with an app, where the run could not finish with it.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{Cluster, Effect, Fault, Id, seed},
};

use crate::stage::{Stage, shown};

/// An organization with an app, in sync, so that the target is known to store marks.
async fn in_sync() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-password");
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage
}

fn add_till(source: &mut Cluster) -> Id {
    let acme = source.org("acme").unwrap().head.id;
    source.add_app_with(acme, "till", "till-id", "till-password")
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

#[tokio::test]
async fn a_key_that_was_not_completed_is_completed_in_place() {
    let stage = in_sync().await;
    add_till(&mut stage.source());
    sync_failing_at(&stage, "PATCH").await;
    assert!(!has_key(&stage, "till-id"));
    let report = stage.sync().await;
    assert_eq!(report.target.requests.writes, 1, "{}", shown(&report));
    assert!(stage.target().verify("till-id", "till-password"));
    stage.again().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_key_that_was_revoked_before_it_was_completed_does_not_stay() {
    for is_replaced in [false, true] {
        let stage = in_sync().await;
        let till = add_till(&mut stage.source());
        sync_failing_at(&stage, "PATCH").await;
        change_keys(&mut stage.source(), till, is_replaced);
        stage.settle().await;
        assert!(!has_key(&stage, "till-id"));
        assert_eq!(stage.target().verify("new-id", "new-password"), is_replaced);
        stage.assert_mirrored();
    }
}

/// Revokes the only key of an app, and gives it another one if so wished.
fn change_keys(source: &mut Cluster, app: Id, is_replaced: bool) {
    let revoked = source.credentials(app)[0].head.id;
    source.remove_credential(revoked).unwrap();
    if is_replaced {
        source.add_credential(app, "new-id", "new-password");
    }
}

fn has_key(stage: &Stage, client_id: &str) -> bool {
    let target = stage.target();
    let till = target.app("acme", "till").unwrap().head.id;
    let mut credentials = target.credentials(till).into_iter();
    credentials.any(|credential| credential.client_id == client_id)
}

#[tokio::test]
async fn a_passing_400_costs_no_credential_its_mark() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-password");
    add_till(&mut source);
    let stage = Stage::of((source, target)).with("MAX_CONCURRENT_WRITES", "1");
    let refusal = Fault::on("PATCH", "/credentials/", Effect::status(400)).nth(2);
    stage.target().faults.add(refusal);
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
    stage.settle().await;
    let cluster = stage.target();
    for app in ["shop", "till"] {
        let app = cluster.app("acme", app).unwrap().head.id;
        let credentials = cluster.credentials(app);
        let metadata = credentials[0].head.metadata.as_ref().unwrap();
        assert!(metadata.contains_key("source_id"), "{metadata:?}");
    }
}
