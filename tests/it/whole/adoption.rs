//! What is on the target already: by hand, by the vendor's own tool, by another sync, or twice.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Id, seed,
        world::{App, ConsumerOrg, User},
    },
};

use super::replication::one_app;
use crate::stage::{Stage, change, changes, counts, exits, shown};

/// `acme/shop` on both sides, made by hand on the target, where it has an app and a key of its own.
fn strangers() -> Stage {
    let stage = one_app();
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        let acme = target.add_org("acme", bob);
        target.add_app_with(acme, "shop", "own-id", "own-secret");
        target.add_app_with(acme, "own", "other-own-id", "other-own-secret");
    }
    stage
}

#[tokio::test]
async fn equal_names_are_a_conflict_that_leaves_everything_below_alone() {
    let stage = strangers();
    let before = stage.target().dump();
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = change(&report, "consumer_orgs", "acme").reason.clone().unwrap();
    assert!(reason.contains("ADOPT"), "{reason}");
    assert_eq!(counts(&report, "applications").withheld, 1);
    assert_eq!(before["applications"], stage.target().dump()["applications"]);
    stage.again().await;
}

#[tokio::test]
async fn adoption_takes_over_and_what_is_the_targets_own_stays() {
    let stage = strangers().with("ADOPT", "all");
    let report = stage.settle().await;
    let fields: Vec<_> =
        change(&report, "consumer_orgs", "acme").fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(fields, ["/owner", "/metadata/source_id"], "{}", shown(&report));
    let target = stage.target();
    assert!(target.verify("shop-id", "shop-secret"));
    assert!(target.verify("own-id", "own-secret"));
    assert!(target.verify("other-own-id", "other-own-secret"));
}

#[tokio::test]
async fn a_list_adopts_what_it_names() {
    let stage = strangers().with("ADOPT", "acme");
    stage.settle().await;
    let stage = strangers().with("ADOPT", "other,acme/shop");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "the organization itself is not named");
}

#[tokio::test]
async fn a_deletion_never_takes_along_what_was_adopted_with_its_own_things() {
    let stage = strangers().with("ADOPT", "all").with("ALLOW_EMPTY_SOURCE", "true");
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.remove_org(acme);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let reason = change(&report, "consumer_orgs", "acme").reason.clone().unwrap();
    assert!(reason.contains("acme/own"), "{reason}");
    assert!(stage.target().verify("other-own-id", "other-own-secret"));
    assert!(!stage.target().verify("shop-id", "shop-secret"), "the source's own key is revoked all the same");
}

/// Turns the target's marks into those of the vendor's own tool.
fn as_the_vendor_marks(target: &mut Cluster) {
    let orgs: Vec<Id> = target.consumer_orgs.under(target.home).to_vec();
    let apps: Vec<Id> = target.apps.under(target.home).to_vec();
    let strip = |metadata: &mut Option<serde_json::Map<String, serde_json::Value>>| {
        if let Some(metadata) = metadata {
            metadata.retain(|key, _| key == "source_id");
        }
    };
    for org in orgs {
        target.change::<ConsumerOrg>(org, |row| strip(&mut row.head.metadata));
    }
    for app in apps {
        target.change::<App>(app, |row| strip(&mut row.head.metadata));
    }
}

#[tokio::test]
async fn what_the_vendors_tool_made_is_taken_over_without_a_write() {
    let stage = Stage::of(seed::small());
    stage.settle().await;
    as_the_vendor_marks(&mut stage.target());
    stage.again().await;
    {
        let mut source = stage.source();
        let org = source.org("alice-bank").unwrap().head.id;
        source.retitle::<ConsumerOrg>(org, "Alice's");
    }
    stage.settle().await;
    let target = stage.target();
    let metadata = target.org("alice-bank").unwrap().head.metadata.clone().unwrap();
    assert!(metadata.contains_key("source_catalog"), "the second key comes with the next write for another reason");
}

#[tokio::test]
async fn what_another_sync_made_is_never_touched() {
    let stage = one_app();
    let stranger = Cluster::new(77, "provider", "elsewhere").home;
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        let acme = target.add_org("acme", bob);
        target.mark::<ConsumerOrg>(acme, stranger, stranger);
        let other = target.add_org("theirs", bob);
        target.mark::<ConsumerOrg>(other, stranger, stranger);
    }
    stage.set("ADOPT", "all");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = change(&report, "consumer_orgs", "acme").reason.clone().unwrap();
    assert!(reason.contains("another sync"), "{reason}");
    assert_eq!(changes(&report, "consumer_orgs"), ["create acme"]);
    assert!(stage.target().org("theirs").is_some());
    stage.again().await;
}

#[tokio::test]
async fn of_two_objects_with_one_mark_the_older_is_used_and_the_other_reported() {
    let stage = one_app();
    stage.settle().await;
    {
        let acme = stage.source().org("acme").unwrap().head.id;
        let catalog = stage.source().home;
        let mut target = stage.target();
        let alice = target.user("sandbox-catalog", "alice").unwrap().head.id;
        let twin = target.add_org("twin", alice);
        target.mark::<ConsumerOrg>(twin, acme, catalog);
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = change(&report, "consumer_orgs", "twin").reason.clone().unwrap();
    assert!(reason.contains("same mark"), "{reason}");
    assert!(stage.target().org("twin").is_some());
    stage.again().await;
}

#[tokio::test]
async fn what_was_made_anew_on_the_source_is_paired_again() {
    let stage = one_app();
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.add_app(acme, "other");
    }
    stage.settle().await;
    {
        let mut source = stage.source();
        let (acme, shop) = (source.org("acme").unwrap().head.id, source.app("acme", "shop").unwrap().head.id);
        source.remove_app(shop);
        let shop = source.add_app_with(acme, "shop", "shop-id", "shop-secret");
        source.subscribe(shop, "petstore:1.0.0", "gold");
    }
    let before = stage.target().app("acme", "shop").unwrap().head.id;
    let report = stage.settle().await;
    assert_eq!(stage.target().app("acme", "shop").unwrap().head.id, before, "{}", shown(&report));
    assert_eq!(counts(&report, "applications").updated, 1);
    assert_eq!(counts(&report, "applications").deleted, 0);
    stage.assert_mirrored();
}

#[tokio::test]
async fn people_of_a_registry_that_several_catalogs_share_are_no_conflict() {
    let stage = one_app();
    let stranger = Cluster::new(77, "provider", "elsewhere").home;
    {
        let mut target = stage.target();
        let alice = target.add_user("sandbox-catalog", "alice");
        target.mark::<User>(alice, stranger, stranger);
        target.change::<User>(alice, |row| row.email = Some("other@example.com".into()));
    }
    stage.settle().await;
    let target = stage.target();
    let alice = target.user("sandbox-catalog", "alice").unwrap();
    assert_eq!(alice.email.as_deref(), Some("other@example.com"));
    assert!(target.verify("shop-id", "shop-secret"));
}
