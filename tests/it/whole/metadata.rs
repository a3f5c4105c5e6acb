//! Metadata beside the marks: what others have stored meanwhile stays, and what the target refuses costs no mark.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::{
        Cluster, Effect, Fault, Id,
        switches::Metadata,
        world::{App, ConsumerOrg, build::Stored},
    },
};
use serde_json::{Value, json};

use super::replication::one_app;
use crate::stage::{Stage, change, shown};

fn org(cluster: &Cluster) -> Id {
    cluster.org("acme").unwrap().head.id
}

fn shop(cluster: &Cluster) -> Id {
    cluster.app("acme", "shop").unwrap().head.id
}

fn put<T: Stored>(cluster: &mut Cluster, id: Id, key: &str, value: &str) {
    cluster.change::<T>(id, |row| {
        let metadata = row.head_mut().metadata.get_or_insert_default();
        metadata.insert(key.into(), value.into());
    });
}

fn metadata<T: Stored>(cluster: &Cluster, id: Id) -> Value {
    let row = T::table(cluster).get(id).unwrap();
    row.head().metadata.clone().unwrap_or_default().into()
}

/// Somebody does this to the target after the run has listed it and before it writes.
fn meanwhile(stage: &Stage, deed: impl Fn(&mut Cluster) + Send + Sync + 'static) {
    let fault = Fault::on("GET", "/members", Effect::call(deed)).once();
    stage.target().faults.add(fault);
}

async fn in_sync() -> Stage {
    let stage = one_app();
    stage.settle().await;
    stage
}

/// attacks.md, "Metadata of others, stored meanwhile".
#[tokio::test]
async fn what_others_store_meanwhile_stays() {
    for merged in [false, true] {
        let stage = in_sync().await;
        stage.target().switches.metadata_merged = merged;
        let (original, copy) = (org(&stage.source()), org(&stage.target()));
        put::<ConsumerOrg>(&mut stage.target(), copy, "crm_owner", "old");
        put::<ConsumerOrg>(&mut stage.target(), copy, "gone", "soon");
        put::<ConsumerOrg>(&mut stage.source(), original, "k", "v");
        meanwhile(&stage, move |target| {
            put::<ConsumerOrg>(target, copy, "crm_owner", "new");
            put::<ConsumerOrg>(target, copy, "note", "mine");
            target.change::<ConsumerOrg>(copy, |row| {
                row.head.metadata.as_mut().unwrap().remove("gone");
            });
        });
        stage.settle().await;
        let now = metadata::<ConsumerOrg>(&stage.target(), copy);
        let home = stage.source().home.to_string();
        let wanted = json!({"crm_owner": "new", "note": "mine", "k": "v", "source_id": original.to_string(), "source_catalog": home});
        assert_eq!(now, wanted);
    }
}

/// Of an app, where a consumer's portal writes whole maps.
#[tokio::test]
async fn what_the_portal_stores_meanwhile_stays() {
    let stage = in_sync().await;
    let (original, copy) = (shop(&stage.source()), shop(&stage.target()));
    put::<App>(&mut stage.source(), original, "k", "v");
    let mark = metadata::<App>(&stage.target(), copy);
    meanwhile(&stage, move |target| {
        let mut map = mark.clone();
        map["portal"] = "x".into();
        target.consumer_writes::<App>(copy, &map);
    });
    stage.settle().await;
    let now = metadata::<App>(&stage.target(), copy);
    assert_eq!((&now["portal"], &now["k"]), (&json!("x"), &json!("v")));
    assert_eq!(now["source_id"], original.to_string());
}

#[track_caller]
fn assert_skipped(report: &Report, kind: &str, address: &str, field: &str) {
    let told = shown(report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
    let skipped = change(report, kind, address);
    assert_eq!(skipped.result, ChangeResult::Skipped, "{told}");
    let reason = skipped.reason.clone().unwrap_or_default();
    assert!(reason.contains(field), "{reason}");
    assert_eq!(report.target.requests.writes, 0, "{told}");
}

#[tokio::test]
async fn a_key_that_others_change_meanwhile_too_is_left_to_the_next_run() {
    let stage = in_sync().await;
    let (original, copy) = (org(&stage.source()), org(&stage.target()));
    put::<ConsumerOrg>(&mut stage.source(), original, "k", "v");
    meanwhile(&stage, move |target| {
        put::<ConsumerOrg>(target, copy, "k", "w");
    });
    assert_skipped(&stage.sync().await, "consumer_orgs", "acme", "metadata");
    stage.settle().await;
    assert_eq!(metadata::<ConsumerOrg>(&stage.target(), copy)["k"], "v");
}

#[tokio::test]
async fn a_mark_that_others_change_meanwhile_is_left_to_the_next_run() {
    let stage = in_sync().await;
    let (original, copy) = (org(&stage.source()), org(&stage.target()));
    put::<ConsumerOrg>(&mut stage.source(), original, "k", "v");
    meanwhile(&stage, move |target| {
        let other = json!({"source_id": "another"});
        target.consumer_writes::<ConsumerOrg>(copy, &other);
    });
    assert_skipped(&stage.sync().await, "consumer_orgs", "acme", "source_id");
}

#[tokio::test]
async fn a_list_that_others_change_meanwhile_is_left_to_the_next_run() {
    let endpoints = |cluster: &mut Cluster, app: Id, address: &str| {
        cluster.change::<App>(app, |row| row.redirect_endpoints = vec![address.into()]);
    };
    let stage = in_sync().await;
    let (original, copy) = (shop(&stage.source()), shop(&stage.target()));
    endpoints(&mut stage.source(), original, "https://source.example");
    meanwhile(&stage, move |target| {
        endpoints(target, copy, "https://else.example");
    });
    assert_skipped(&stage.sync().await, "applications", "acme/shop", "redirect_endpoints");
    stage.settle().await;
    stage.assert_mirrored();
}

/// What the target refuses of other metadata costs neither the object nor its mark.
#[tokio::test]
async fn a_refused_key_of_a_new_object_costs_no_mark() {
    let stage = one_app();
    stage.target().switches.metadata.consumer_orgs = Metadata::RefusedKey("k");
    stage.target().switches.metadata.applications = Metadata::RefusedKey("k");
    let acme = org(&stage.source());
    let app = shop(&stage.source());
    put::<ConsumerOrg>(&mut stage.source(), acme, "k", "v");
    put::<App>(&mut stage.source(), app, "k", "v");
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
    assert!(told.contains("the target did not take /metadata/k"), "{told}");
    let copy = org(&stage.target());
    let now = metadata::<ConsumerOrg>(&stage.target(), copy);
    assert_eq!(now["source_id"], acme.to_string());
    assert!(stage.target().verify("shop-id", "shop-secret"), "{told}");
    is_not_sent_again(&stage, &["acme", "acme/shop"]).await;
    put::<ConsumerOrg>(&mut stage.source(), acme, "k", "w");
    let report = stage.sync().await;
    assert!(report.target.requests.writes > 0, "{}", shown(&report));
    is_not_sent_again(&stage, &["acme", "acme/shop"]).await;
    stage.target().switches.metadata.consumer_orgs = Metadata::Stored;
    stage.target().switches.metadata.applications = Metadata::Stored;
    put::<ConsumerOrg>(&mut stage.source(), acme, "k", "x");
    put::<App>(&mut stage.source(), app, "k", "x");
    stage.settle().await;
    let now = metadata::<ConsumerOrg>(&stage.target(), copy);
    assert_eq!((&now["k"], &now["source_not_taken"]), (&json!("x"), &Value::Null));
}

/// Further runs tell the key of these things, and write nothing.
async fn is_not_sent_again(stage: &Stage, addresses: &[&str]) {
    for _ in 0..2 {
        let report = stage.sync().await;
        let told = shown(&report);
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
        assert_eq!(report.target.requests.writes, 0, "{told}");
        let all = report.changes.iter().map(|it| {
            assert_eq!(it.result, ChangeResult::Withheld, "{told}");
            assert_eq!(it.fields[0].path, "/metadata/k", "{told}");
            it.address.as_str()
        });
        assert_eq!(all.collect::<Vec<_>>(), addresses, "{told}");
    }
}

#[tokio::test]
async fn a_refused_key_of_an_update_costs_nothing_else() {
    let stage = in_sync().await;
    let copy = org(&stage.target());
    put::<ConsumerOrg>(&mut stage.target(), copy, "own", "stays");
    stage.target().switches.metadata.consumer_orgs = Metadata::RefusedKey("k");
    let acme = org(&stage.source());
    put::<ConsumerOrg>(&mut stage.source(), acme, "k", "v");
    stage.source().retitle::<ConsumerOrg>(acme, "Acme & Sons");
    let report = stage.sync().await;
    let told = shown(&report);
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
    assert!(told.contains("the target did not take /metadata/k"), "{told}");
    let now = metadata::<ConsumerOrg>(&stage.target(), copy);
    assert_eq!((&now["own"], &now["k"]), (&json!("stays"), &Value::Null));
    assert_eq!(stage.target().org("acme").unwrap().head.title, "Acme & Sons");
    is_not_sent_again(&stage, &["acme"]).await;
    // Another key goes its own way.
    put::<ConsumerOrg>(&mut stage.source(), acme, "other", "w");
    stage.sync().await;
    let now = metadata::<ConsumerOrg>(&stage.target(), copy);
    assert_eq!(now["other"], "w");
    is_not_sent_again(&stage, &["acme"]).await;
}
