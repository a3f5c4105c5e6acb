//! `MANAGE_ORIGINALS`: what was born on the target during a fail-over becomes managed after the fail-back.

use apic_configsync::sandbox::{Cluster, Id, seed, switches::Metadata};

use crate::stage::{Stage, change, counts, shown};

/// `acme` born on the target with two apps, brought to the source by a reverse run.
async fn failed_back(switch: impl FnOnce(&mut Cluster)) -> Stage {
    let (mut source, mut target) = seed::pair();
    source.set("hash_client_secret", true);
    source.set("config_sync_target_catalog", true);
    switch(&mut target);
    target.add_product("born", "1.0.0", &[("gold", false)]);
    target.add_product("kept", "1.0.0", &[("gold", false)]);
    let alice = target.add_user("sandbox-catalog", "alice");
    let bob = target.add_user("sandbox-catalog", "bob");
    let acme = target.add_org("acme", alice);
    target.add_member(acme, bob, &["developer"]);
    for app in ["shop", "other"] {
        let id = target.add_app_with(acme, app, &format!("{app}-id"), "secret");
        target.add_credential(id, &format!("{app}-second-id"), "second-secret");
        target.subscribe(id, "kept:1.0.0", "gold");
    }
    target.tick(60);
    let stage = Stage::with_products((source, target));
    stage.swapped().settle().await;
    stage
}

fn shop(stage: &Stage) -> Id {
    stage.source().app("acme", "shop").unwrap().head.id
}

#[tokio::test]
async fn a_deletion_on_the_source_reaches_what_was_born_on_the_target() {
    let stage = failed_back(|_| {}).await;
    stage.again().await;
    stage.set("MANAGE_ORIGINALS", "true");
    let report = stage.settle().await;
    let fields = &change(&report, "applications", "acme/shop").fields;
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["/metadata/source_id"]);
    for (kind, marked) in [
        ("consumer_orgs", 1),
        ("members", 2),
        ("applications", 2),
        ("credentials", 4),
        ("subscriptions", 2),
        ("users", 0),
        ("apis", 0),
    ] {
        assert_eq!(counts(&report, kind).updated, marked, "{kind}\n{}", shown(&report));
    }
    stage.swapped().again().await;
    let app = shop(&stage);
    {
        let mut source = stage.source();
        let key = source.credentials(app)[1].head.id;
        source.remove_credential(key).unwrap();
    }
    stage.settle().await;
    assert!(!stage.target().verify("shop-second-id", "second-secret"));
    let gone = shop(&stage);
    stage.source().remove_app(gone);
    let product = |address| stage.source().product(address).unwrap().head.id;
    let (born, kept) = (product("born:1.0.0"), product("kept:1.0.0"));
    stage.source().remove_product(born);
    stage.source().change_product_document(kept, |document| {
        document["info"]["title"] = "Kept, changed".into();
    });
    stage.source().tick(60);
    stage.settle().await;
    // Notes about each other's changes would go back and forth for ever.
    stage.swapped().again().await;
    stage.again().await;
    assert!(stage.target().app("acme", "shop").is_none());
    assert!(stage.target().product("born:1.0.0").is_none());
    stage.assert_mirrored();
}

#[tokio::test]
async fn without_the_setting_it_stays() {
    let stage = failed_back(|_| {}).await;
    let gone = shop(&stage);
    stage.source().remove_app(gone);
    let report = stage.sync().await;
    assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    assert_eq!(counts(&report, "applications").only_on_target, 1);
    assert!(stage.target().verify("shop-id", "secret"));
}

#[tokio::test]
async fn servers_that_store_no_marks_on_some_kinds_are_not_written_for_ever() {
    for metadata in [Metadata::Ignored, Metadata::Refused] {
        let stage = failed_back(|target| {
            let kinds = &mut target.switches.metadata;
            kinds.credentials = metadata;
            kinds.subscriptions = metadata;
            kinds.members = metadata;
            kinds.products = metadata;
        })
        .await
        .with("MANAGE_ORIGINALS", "true");
        stage.settle().await;
        let gone = shop(&stage);
        stage.source().remove_app(gone);
        stage.set("DELETE_UNMARKED_CHILDREN", "true");
        stage.settle().await;
        assert!(stage.target().app("acme", "shop").is_none());
        stage.assert_mirrored();
    }
}

#[tokio::test]
async fn what_is_born_later_is_managed_after_its_own_way_back() {
    let stage = failed_back(|_| {}).await.with("MANAGE_ORIGINALS", "true");
    stage.settle().await;
    {
        let mut target = stage.target();
        let acme = target.org("acme").unwrap().head.id;
        target.add_app_with(acme, "later", "later-id", "secret");
    }
    stage.again().await;
    stage.swapped().settle().await;
    stage.settle().await;
    let later = stage.source().app("acme", "later").unwrap().head.id;
    stage.source().remove_app(later);
    stage.settle().await;
    assert!(stage.target().app("acme", "later").is_none());
}
