//! Catalogs in a row, A to B to C, and two sources into one target.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, seed,
        world::{App, ConsumerOrg, User},
    },
};

use crate::stage::{Stage, change, changes, counts, exits};

/// One more cluster like those of [`seed::pair`], ready to be a target.
fn another(number: u64) -> Cluster {
    let mut cluster = Cluster::new(number, "provider", "sandbox");
    cluster.add_registry("ldap", "ldap");
    cluster.add_gateway_service("gateway");
    cluster.add_product("petstore", "1.0.0", &[("gold", false), ("silver", false)]);
    cluster.add_product("weather", "2.1.0", &[("default", false)]);
    cluster.set("hash_client_secret", true);
    cluster.set("config_sync_target_catalog", true);
    cluster
}

/// An organization with two apps that subscribe.
fn company(cluster: &mut Cluster, name: &str, owner: &str) {
    let known = cluster.user("sandbox-catalog", owner);
    let known = known.map(|user| user.head.id);
    let owner = known.unwrap_or_else(|| cluster.add_user("sandbox-catalog", owner));
    let org = cluster.add_org(name, owner);
    for app in ["shop", "batch"] {
        let id = cluster.add_app_with(org, app, &format!("{name}-{app}-id"), "secret");
        cluster.subscribe(id, "petstore:1.0.0", "gold");
    }
}

/// A to B, and B to C.
fn chain() -> (Stage, Stage) {
    let (mut a, b) = seed::pair();
    company(&mut a, "acme", "alice");
    company(&mut a, "other", "bob");
    a.tick(60);
    let first = Stage::with_products((a, b));
    let second = first.onward(another(3));
    (first, second)
}

#[tokio::test]
async fn a_chain_carries_things_to_its_end_and_rests() {
    let (first, second) = chain();
    for stage in [&first, &second] {
        stage.settle().await;
    }
    for stage in [&first, &second] {
        stage.again().await;
        stage.assert_mirrored();
    }
    let (b, c) = (second.source(), second.target());
    let middle = b.app("acme", "shop").unwrap();
    let marks = c.app("acme", "shop").unwrap().head.metadata.clone().unwrap();
    assert_eq!(marks["source_id"], middle.head.id.to_string());
    assert_eq!(marks["source_catalog"], b.home.to_string());
    assert!(c.verify("acme-shop-id", "secret"));
}

#[tokio::test]
async fn a_deletion_reaches_the_end_after_two_runs() {
    let (first, second) = chain();
    first.settle().await;
    second.settle().await;
    {
        let mut a = first.source();
        let shop = a.app("acme", "shop").unwrap().head.id;
        a.remove_app(shop);
        let batch = a.app("acme", "batch").unwrap().head.id;
        a.retitle::<App>(batch, "Batch");
    }
    second.again().await;
    first.settle().await;
    let report = second.settle().await;
    assert_eq!(changes(&report, "applications"), ["update acme/batch", "delete acme/shop"]);
    second.assert_mirrored();
}

#[tokio::test]
async fn the_notes_of_a_grace_stay_where_they_were_made() {
    let (first, second) = chain();
    let first = first.with("DELETE_GRACE", "24h");
    first.settle().await;
    second.settle().await;
    let shop = first.source().app("acme", "shop").unwrap().head.id;
    first.source().remove_app(shop);
    first.sync().await;
    second.settle().await;
    {
        let c = second.target();
        let copy = c.app("acme", "shop").unwrap();
        assert_eq!(copy.state, "disabled", "it is suspended like its original");
        let metadata = copy.head.metadata.as_ref().unwrap();
        assert!(!metadata.contains_key("source_missing_since"));
    }
    first.wait_hours(24);
    first.settle().await;
    second.settle().await;
    second.assert_mirrored();
}

/// A and B into one target, with a user whom both know under different addresses.
fn two_sources() -> (Stage, Stage) {
    let (mut a, target) = seed::pair();
    company(&mut a, "acme", "alice");
    let mut b = another(3);
    company(&mut b, "bravo", "alice");
    let alice = b.user("sandbox-catalog", "alice").unwrap().head.id;
    b.change::<User>(alice, |row| row.email = Some("alice@b.example".into()));
    let first = Stage::of((a, target));
    let second = first.beside(b);
    (first, second)
}

#[tokio::test]
async fn two_sources_share_a_target_and_its_users_and_rest() {
    let (first, second) = two_sources();
    for stage in [&first, &second, &first, &second] {
        let report = stage.sync().await;
        exits(&report, ExitStatus::Success);
    }
    first.again().await;
    second.again().await;
    let target = first.target();
    for key in ["acme-shop-id", "bravo-shop-id"] {
        assert!(target.verify(key, "secret"), "{key}");
    }
    let alice = target.user("sandbox-catalog", "alice").unwrap();
    assert_eq!(alice.email.as_deref(), Some("alice@example.com"));
}

#[tokio::test]
async fn each_source_deletes_its_own_only() {
    let (first, second) = two_sources();
    company(&mut first.source(), "gone", "bob");
    first.settle().await;
    second.settle().await;
    let gone = first.source().org("gone").unwrap().head.id;
    first.source().remove_org(gone);
    let report = first.settle().await;
    assert_eq!(changes(&report, "consumer_orgs"), ["delete gone"]);
    assert_eq!(counts(&report, "consumer_orgs").only_on_target, 1);
    second.again().await;
    assert!(second.target().verify("bravo-shop-id", "secret"));
}

#[tokio::test]
async fn a_name_that_both_sources_use_is_a_conflict_for_the_second() {
    for adopt in ["none", "all"] {
        let (first, second) = two_sources();
        company(&mut first.source(), "common", "alice");
        {
            let mut b = second.source();
            let alice = b.user("sandbox-catalog", "alice").unwrap().head.id;
            let common = b.add_org("common", alice);
            b.retitle::<ConsumerOrg>(common, "Of B");
            b.add_app(common, "of-b");
        }
        let second = second.with("ADOPT", adopt);
        first.settle().await;
        let report = second.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete);
        let reason = &change(&report, "consumer_orgs", "common").reason;
        assert!(reason.as_deref().unwrap().contains("another sync"), "{reason:?}");
        second.again().await;
        first.again().await;
        assert_eq!(first.target().org("common").unwrap().head.title, "common");
    }
}
