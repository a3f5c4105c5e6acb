//! The story of a fail-over, as the README tells it step by step.

use apic_configsync::{
    engine::report::{ExitStatus, Report},
    sandbox::{
        Cluster, Effect, Fault, Id,
        world::{App, ConsumerOrg},
    },
};

use super::products::{product, publish};
use crate::stage::{Stage, changes, counts, exits, shown};

/// Two data centers in sync: `acme` with the app `shop`, `beta` with `billing` and `reports`, and `gamma`, which leaves.
async fn normal_operation() -> Stage {
    let stage = super::products::stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "legacy:1.0.0", &["gold"], &["old:1.0.0"]);
        let shop = app(source, "acme", "shop");
        source.add_credential(shop, "leaked-id", "leaked-secret");
        source.subscribe(shop, "petstore:1.0.0", "gold");
        let bob = source.add_user("sandbox-catalog", "bob");
        let beta = source.add_org("beta", bob);
        let billing = source.add_app_with(beta, "billing", "billing-id", "billing-secret");
        source.subscribe(billing, "petstore:1.0.0", "gold");
        source.add_app_with(beta, "reports", "reports-id", "reports-secret");
        source.add_org("gamma", bob);
    });
    stage.settle().await;
    both_mirrored(&stage);
    stage
}

fn app(cluster: &Cluster, org: &str, name: &str) -> Id {
    cluster.app(org, name).unwrap().head.id
}

fn revoke(cluster: &mut Cluster, org: &str, app_name: &str, client_id: &str) {
    let app = app(cluster, org, app_name);
    let key = cluster.credentials(app).into_iter().find(|key| key.client_id == client_id);
    let key = key.unwrap().head.id;
    cluster.remove_credential(key).unwrap();
}

fn unsubscribe(cluster: &mut Cluster, org: &str, name: &str) {
    let app = app(cluster, org, name);
    let subscription = cluster.subscriptions(app)[0].head.id;
    cluster.remove_subscription(subscription);
}

fn leave(cluster: &mut Cluster, org: &str) {
    let org = cluster.org(org).unwrap().head.id;
    cluster.remove_org(org);
}

fn withdraw(cluster: &mut Cluster, address: &str) {
    let product = product(cluster, address);
    cluster.remove_product(product);
}

#[track_caller]
fn both_mirrored(stage: &Stage) {
    stage.assert_mirrored();
    stage.assert_products_mirrored();
}

/// What happens on the target while it serves alone.
fn life_goes_on(target: &mut Cluster) {
    let dora = target.add_user("sandbox-catalog", "dora");
    let born = target.add_org("born-there", dora);
    let young = target.add_app_with(born, "young", "young-id", "young-secret");
    publish(target, "weather:1.0.0", &["free"], &["sky:1.0.0"]);
    target.subscribe(young, "weather:1.0.0", "free");
    target.subscribe(young, "petstore:1.0.0", "gold");

    let acme = target.org("acme").unwrap().head.id;
    target.retitle::<ConsumerOrg>(acme, "Acme, moved");
    let shop = app(target, "acme", "shop");
    target.retitle::<App>(shop, "The shop");
    target.add_credential(shop, "fresh-id", "fresh-secret");
    let billing = app(target, "beta", "billing");
    let key = target.credentials(billing)[0].head.id;
    target.change_secret(key, "billing-rotated");

    revoke(target, "acme", "shop", "leaked-id");
    unsubscribe(target, "beta", "billing");
    let reports = app(target, "beta", "reports");
    target.remove_app(reports);
    leave(target, "gamma");
    withdraw(target, "legacy:1.0.0");
    target.tick(10);
}

/// What a person decides of that which only the old source still has: all of it goes but the app `reports`.
fn decide(source: &mut Cluster) {
    revoke(source, "acme", "shop", "leaked-id");
    unsubscribe(source, "beta", "billing");
    leave(source, "gamma");
    withdraw(source, "legacy:1.0.0");
    source.tick(10);
}

fn assert_keys(cluster: &Cluster) {
    for (id, secret, works) in [
        ("shop-id", "shop-secret", true),
        ("fresh-id", "fresh-secret", true),
        ("young-id", "young-secret", true),
        ("billing-id", "billing-rotated", true),
        ("billing-id", "billing-secret", false),
        ("leaked-id", "leaked-secret", false),
    ] {
        assert_eq!(cluster.verify(id, secret), works, "{id} {secret}");
    }
}

async fn succeeds(run: impl Future<Output = Report>) -> Report {
    let report = run.await;
    exits(&report, ExitStatus::Success);
    report
}

/// With the source away, forward runs fail and leave the target in peace.
async fn source_is_lost(stage: &Stage) {
    let away = Fault::on("*", "", Effect::RefuseConnection);
    stage.source().faults.add(away);
    let before = stage.target().dump();
    let report = stage.sync().await;
    exits(&report, ExitStatus::PreflightFailed);
    assert_eq!(stage.target().dump(), before);
}

/// The way back is tested, opened, planned and gone.
async fn source_returns(stage: &Stage, back: &Stage) {
    stage.source().faults.clear();
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    stage.source().set("hash_client_secret", true);
    stage.source().set("config_sync_target_catalog", true);
    succeeds(stage.check_both_ways()).await;

    let plan = succeeds(back.plan()).await;
    for (kind, gone) in
        [("consumer_orgs", 1), ("applications", 1), ("credentials", 2), ("subscriptions", 1), ("products", 1)]
    {
        let counts = counts(&plan, kind);
        assert_eq!(counts.only_on_target, gone, "{kind}: {}", shown(&plan));
        assert_eq!(counts.deleted, 0, "{kind}");
    }
    let run = succeeds(back.sync()).await;
    assert_eq!(changes(&run, "consumer_orgs"), changes(&plan, "consumer_orgs"));
    back.again().await;
    back.assert_no_source_left();
}

#[tokio::test]
async fn a_fail_over_and_the_way_home() {
    let stage = normal_operation().await;
    source_is_lost(&stage).await;
    life_goes_on(&mut stage.target());
    let back = stage.swapped();
    source_returns(&stage, &back).await;

    decide(&mut stage.source());
    let forward = succeeds(stage.sync()).await;
    assert_eq!(
        changes(&forward, "applications"),
        ["create beta/reports"],
        "what was kept comes to the target again: {}",
        shown(&forward)
    );
    for _ in 0..2 {
        stage.again().await;
        back.again().await;
    }
    both_mirrored(&stage);
    assert_keys(&stage.source());
    assert_keys(&stage.target());
}

#[tokio::test]
async fn after_the_way_home_the_source_rules_again() {
    let stage = normal_operation().await;
    life_goes_on(&mut stage.target());
    stage.source().set("hash_client_secret", true);
    stage.source().set("config_sync_target_catalog", true);
    let back = stage.swapped();
    succeeds(back.sync()).await;
    decide(&mut stage.source());
    succeeds(stage.sync()).await;

    revoke(&mut stage.source(), "acme", "shop", "shop-id");
    succeeds(stage.sync()).await;
    assert!(!stage.target().verify("shop-id", "shop-secret"), "a key of the source's is revoked from there");
    // The target's own key is an original there: who revokes its copy revokes it too.
    revoke(&mut stage.source(), "acme", "shop", "fresh-id");
    let report = succeeds(stage.sync()).await;
    assert_eq!(counts(&report, "credentials").only_on_target, 1);
    revoke(&mut stage.target(), "acme", "shop", "fresh-id");
    for _ in 0..2 {
        stage.again().await;
        back.again().await;
    }
    both_mirrored(&stage);
    for cluster in [stage.source(), stage.target()] {
        assert!(!cluster.verify("fresh-id", "fresh-secret"));
    }
}
