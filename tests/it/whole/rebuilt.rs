//! A source that was rebuilt or replaced, and a target that another source of the vendor's tool fills too.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster,
        world::{App, ConsumerOrg},
    },
};

use super::deletion::in_sync;
use crate::stage::{Stage, assert_told, changes, counts, shown};

/// Another catalog with what `in_sync` has, and ids of its own.
fn rebuilt() -> Cluster {
    let mut source = Cluster::new(9, "provider", "sandbox");
    source.add_registry("ldap", "ldap");
    source.add_product("petstore", "1.0.0", &[("gold", false), ("silver", false)]);
    source.add_product("weather", "2.1.0", &[("default", false)]);
    let alice = source.add_user("sandbox-catalog", "alice");
    for name in ["acme", "other"] {
        let org = source.add_org(name, alice);
        let app = source.add_app_with(org, "shop", &format!("{name}-id"), "secret");
        source.subscribe(app, "petstore:1.0.0", "gold");
    }
    source
}

#[tokio::test]
async fn a_source_that_was_rebuilt_keeps_its_copies() {
    let stage = in_sync().await;
    let before = stage.source().home.to_string();
    let copy = stage.target().org("acme").unwrap().head.id;
    *stage.source() = rebuilt();
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_told(&report, "consumer_orgs", "acme", "belongs to another sync");
    stage.set("SOURCE_CATALOG_BEFORE", &before);
    let report = stage.settle().await;
    assert_eq!(counts(&report, "consumer_orgs").updated, 2);
    for kind in ["consumer_orgs", "members", "applications", "credentials"] {
        let counts = counts(&report, kind);
        assert_eq!((counts.created, counts.deleted), (0, 0), "{kind}");
    }
    assert_eq!(stage.target().org("acme").unwrap().head.id, copy);
    stage.set("SOURCE_CATALOG_BEFORE", "");
    stage.again().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_a_rebuilt_source_has_no_more_is_kept() {
    let stage = in_sync().await;
    let before = stage.source().home.to_string();
    stage.set("SOURCE_CATALOG_BEFORE", &before);
    *stage.source() = rebuilt();
    {
        let mut source = stage.source();
        let other = source.org("other").unwrap().head.id;
        source.remove_org(other);
    }
    for _ in 0..2 {
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete);
        assert_told(&report, "consumer_orgs", "other", "SOURCE_CATALOG_BEFORE");
        assert!(stage.target().verify("other-id", "secret"));
    }
    stage.again().await;
}

/// Beside the copies of `in_sync`: `other-org` with an app, which the vendor's tool made from somewhere else.
async fn beside_another_source() -> Stage {
    let stage = in_sync().await;
    let elsewhere = Cluster::new(77, "provider", "elsewhere").home;
    {
        let mut target = stage.target();
        let zoe = target.add_user("sandbox-catalog", "zoe");
        let org = target.add_org("other-org", zoe);
        target.add_app_with(org, "theirs", "their-id", "their-secret");
        let map = serde_json::json!({"source_id": elsewhere.to_string()});
        target.consumer_writes::<ConsumerOrg>(org, &map);
        let app = target.app("other-org", "theirs").unwrap().head.id;
        target.consumer_writes::<App>(app, &map);
    }
    stage
}

#[tokio::test]
async fn what_the_vendors_tool_made_from_another_source_is_untouched() {
    let stage = beside_another_source().await;
    for _ in 0..2 {
        let before = stage.target().dump();
        let report = stage.sync().await;
        let told = shown(&report);
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{told}");
        assert_told(&report, "consumer_orgs", "other-org", "DELETE_VENDOR_MARKED");
        assert!(changes(&report, "applications").is_empty(), "{told}");
        assert_eq!(stage.target().dump(), before);
    }
}

#[tokio::test]
async fn what_the_vendors_tool_made_goes_where_no_other_source_fills_the_target() {
    let stage = beside_another_source().await;
    stage.set("DELETE_VENDOR_MARKED", "true");
    {
        // The key that came with the app is the vendor's too.
        let mut target = stage.target();
        let app = target.app("other-org", "theirs").unwrap().head.id;
        let key = target.credentials(app)[0].head.id;
        target.remove_credential(key).unwrap();
    }
    let report = stage.settle().await;
    assert_eq!(counts(&report, "consumer_orgs").deleted, 1);
    assert!(stage.target().org("other-org").is_none());
    assert!(stage.target().verify("acme-id", "secret"));
}
