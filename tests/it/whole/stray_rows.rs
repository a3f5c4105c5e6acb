//! One row of a list that lacks what its kind needs: it is told, protects what it could be, and holds back nothing else.

use apic_configsync::{
    engine::report::{ExitStatus, Report},
    sandbox::{Effect, Fault, SharedCluster, world::App},
};
use serde_json::Value;

use super::products::{bare, publish};
use crate::stage::{Stage, changes, counts, exits, shown};

/// Two organizations with all that organizations have.
fn two_orgs() -> Stage {
    let (mut source, target) = bare();
    publish(&mut source, "petstore:1.0.0", &["gold", "free"], &["pets:1.0.0"]);
    let (olga, max) = (source.add_user("sandbox-catalog", "olga"), source.add_user("sandbox-catalog", "max"));
    let shop = source.add_org("shop", max);
    source.add_member(shop, olga, &["developer"]);
    for (name, plan) in [("one", "gold"), ("two", "free")] {
        let app = source.add_app_with(shop, name, &format!("{name}-id"), "secret");
        source.add_credential(app, &format!("{name}-more"), "secret");
        source.subscribe(app, "petstore:1.0.0", plan);
    }
    source.tick(300);
    Stage::with_products((source, target)).with("ACKNOWLEDGE", "nothing")
}

/// Lets a list show one row without a field.
fn strip(cluster: &SharedCluster, list: &str, of: (&'static str, &'static str), field: &'static str) {
    let edit = move |row: &mut Value| {
        let is_meant = row[of.0].as_str().is_some_and(|text| text.contains(of.1)) || row[of.0]["username"] == of.1;
        if is_meant && let Some(fields) = row.as_object_mut() {
            fields.remove(field);
        }
    };
    let mut cluster = cluster.lock().unwrap();
    cluster.faults.add(Fault::on("GET", list, Effect::edit(edit)));
}

fn assert_incomplete(report: &Report, kind: &str) {
    exits(report, ExitStatus::Incomplete);
    assert_eq!(report.gaps.len(), 1, "{}", shown(report));
    assert_eq!(report.gaps[0].kind, kind);
}

#[tokio::test]
async fn a_user_without_a_name_whom_nobody_needs_is_a_warning() {
    for listed in [true, false] {
        let stage = two_orgs();
        stage.source().add_user("sandbox-catalog", "stray");
        let list = if listed { "/users?" } else { "/users" };
        strip(&stage.source, list, ("username", "stray"), "username");
        let report = stage.settle().await;
        assert!(report.gaps.is_empty());
        let told = report.findings.iter().any(|it| it.message.contains("without a usable `username`"));
        assert!(told, "{}", shown(&report));
        stage.assert_mirrored();
    }
}

#[tokio::test]
async fn a_user_without_a_name_whom_somebody_needs_holds_back_that_alone() {
    let stage = two_orgs();
    strip(&stage.source, "/users?", ("username", "max"), "username");
    strip(&stage.source, "/members?", ("name", "max"), "user");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert!(report.gaps.iter().any(|gap| gap.kind == "users" && gap.under == "sandbox-catalog"));
    let target = stage.target();
    assert!(target.org("acme").is_some() && target.org("shop").is_none(), "{}", shown(&report));
    assert!(target.app("acme", "shop").is_some());
}

/// The row's own things stay as they are, on both sides of the first run; everything else goes on.
async fn goes_on(list: &str, of: (&'static str, &'static str), field: &'static str, kind: &str) {
    let stage = two_orgs();
    strip(&stage.source, list, of, field);
    let report = stage.sync().await;
    assert_incomplete(&report, kind);
    for (other, full) in [("consumer_orgs", 2), ("applications", 3), ("credentials", 5), ("subscriptions", 2)] {
        let missing = match (kind, other) {
            _ if kind == other => 1,
            ("applications", "credentials") => 2,
            ("applications", "subscriptions") => 1,
            _ => 0,
        };
        assert_eq!(counts(&report, other).created, full - missing, "{other} {}", shown(&report));
    }
    stage.source().faults.clear();
    stage.settle().await;
    stage.assert_mirrored();
    strip(&stage.source, list, of, field);
    let before = stage.target().dump();
    let report = stage.sync().await;
    assert_incomplete(&report, kind);
    assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    assert_eq!(before, stage.target().dump());
    let reason = &report.gaps[0].reason;
    let address = reason.rsplit("ACKNOWLEDGE=").next().unwrap();
    stage.set("ACKNOWLEDGE", address.trim_end_matches(" excuses it)"));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
}

#[tokio::test]
async fn a_row_of_each_kind_holds_back_itself_alone() {
    goes_on("/apps?", ("name", "two"), "name", "applications").await;
    goes_on("/credentials?", ("client_id", "two-more"), "client_id", "credentials").await;
    goes_on("/subscriptions?", ("plan", "free"), "plan", "subscriptions").await;
    goes_on("/members?", ("name", "olga"), "user", "members").await;
}

/// Nobody can tell what a row stands for whose id is new.
#[tokio::test]
async fn what_a_row_could_be_is_not_deleted() {
    let stage = two_orgs();
    stage.settle().await;
    {
        let mut source = stage.source();
        let one = source.app("shop", "one").unwrap().head.id;
        source.remove_app(one);
        let shop = source.org("shop").unwrap().head.id;
        source.add_app(shop, "new");
        let (two, acme) = (source.app("shop", "two").unwrap().head.id, source.app("acme", "shop").unwrap().head.id);
        source.retitle::<App>(two, "Two");
        source.remove_app(acme);
    }
    strip(&stage.source, "/apps?", ("name", "new"), "name");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let target = stage.target();
    assert!(target.app("shop", "one").is_some(), "{}", shown(&report));
    assert!(target.app("acme", "shop").is_none(), "in another branch it is no doubt: {}", shown(&report));
    assert_eq!(target.app("shop", "two").unwrap().head.title, "Two");
}

/// A Product without a version, and one that has all it needs.
#[tokio::test]
async fn a_product_without_a_version_holds_back_itself_alone() {
    for list in ["/products?", "/apis?"] {
        let stage = two_orgs();
        {
            let mut source = stage.source();
            publish(&mut source, "zoo:1.0.0", &["day"], &["animals:1.0.0"]);
            source.tick(300);
        }
        let name = if list == "/apis?" { "animals" } else { "zoo" };
        strip(&stage.source, list, ("name", name), "version");
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        assert!(!report.gaps.is_empty());
        let made = changes(&report, "products");
        let is_made = |address: &str| stage.target().product(address).is_some();
        assert!(is_made("petstore:1.0.0") && !is_made("zoo:1.0.0"), "{made:?} {}", shown(&report));
        assert_eq!(counts(&report, "subscriptions").created, 2);
        stage.source().faults.clear();
        stage.settle().await;
        stage.assert_products_mirrored();
    }
}

/// On the target too: what is made of documents is not written over what cannot be read.
#[tokio::test]
async fn a_row_of_the_target_is_not_overwritten() {
    let stage = two_orgs();
    publish(&mut stage.target(), "petstore:1.0.0", &["own"], &["own:1.0.0"]);
    strip(&stage.target, "/products?", ("name", "petstore"), "version");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let target = stage.target();
    assert!(target.product("petstore:1.0.0").unwrap().plan("own").is_some());
    assert!(target.app("shop", "two").is_some());
}
