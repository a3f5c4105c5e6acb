//! What the vendor's own tool made: it leaves a `source_id` and nothing else.

use apic_configsync::engine::report::ExitStatus;
use apic_configsync::sandbox::{
    Cluster, Id, seed,
    world::{Api, App, ConsumerOrg, Credential, Member, Product, Subscription, User, build::Stored},
};

use super::deletion::in_sync;
use crate::stage::{Stage, assert_told, counts, shown};

/// Turns every mark into one of the vendor's tool.
fn as_the_vendor_marks(target: &mut Cluster) {
    let home = target.home;
    let orgs = target.consumer_orgs.under(home).to_vec();
    let registry = target.registries.under(target.provider_org.head.id).to_vec();
    strip::<ConsumerOrg>(target, &[home]);
    strip::<App>(target, &[home]);
    strip::<Credential>(target, &[home]);
    strip::<Subscription>(target, &[home]);
    strip::<Product>(target, &[home]);
    strip::<Api>(target, &[home]);
    strip::<Member>(target, &orgs);
    strip::<User>(target, &registry);
}

fn strip<T: Stored>(target: &mut Cluster, places: &[Id]) {
    let listed = places.iter().flat_map(|place| T::table(target).under(*place));
    let ids: Vec<Id> = listed.copied().collect();
    assert!(!ids.is_empty(), "there is nothing to strip");
    for id in ids {
        target.change::<T>(id, |row| {
            if let Some(metadata) = &mut row.head_mut().metadata {
                metadata.retain(|key, _| key == "source_id");
            }
        });
    }
}

fn keys<T: Stored>(cluster: &Cluster, id: Id) -> Vec<String> {
    let metadata = &T::table(cluster).get(id).unwrap().head().metadata;
    metadata.iter().flat_map(|map| map.keys().cloned()).collect()
}

#[tokio::test]
async fn a_target_in_sync_is_taken_over_without_a_single_write() {
    let stage = Stage::with_products(seed::small());
    stage.settle().await;
    as_the_vendor_marks(&mut stage.target());
    stage.again().await;
    stage.set("DEEP_COMPARE", "true");
    stage.again().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn the_second_key_comes_with_the_next_write_for_another_reason() {
    let stage = in_sync().await;
    as_the_vendor_marks(&mut stage.target());
    let shop = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().retitle::<App>(shop, "The Shop");
    let report = stage.settle().await;
    assert_eq!(report.target.requests.writes, 1, "{}", shown(&report));
    let target = stage.target();
    let of = |org| target.app(org, "shop").unwrap().head.id;
    assert_eq!(keys::<App>(&target, of("acme")), ["source_catalog", "source_id"]);
    assert_eq!(keys::<App>(&target, of("other")), ["source_id"]);
}

#[tokio::test]
async fn deletions_below_its_organizations_reach_it() {
    let stage = in_sync().await;
    as_the_vendor_marks(&mut stage.target());
    let shop = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(shop);
    let report = stage.settle().await;
    assert_eq!(counts(&report, "applications").deleted, 1);
    stage.assert_mirrored();
}

#[tokio::test]
async fn deletions_of_its_organizations_need_the_operators_word() {
    let stage = in_sync().await;
    as_the_vendor_marks(&mut stage.target());
    let acme = stage.source().org("acme").unwrap().head.id;
    stage.source().remove_org(acme);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_told(&report, "consumer_orgs", "acme", "DELETE_VENDOR_MARKED");
    stage.again().await;
    stage.set("DELETE_VENDOR_MARKED", "true");
    let report = stage.settle().await;
    assert_eq!(counts(&report, "consumer_orgs").deleted, 1);
    assert_eq!(counts(&report, "credentials").deleted, 1);
    stage.assert_mirrored();
}
