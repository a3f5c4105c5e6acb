//! Spaces and Products that a login has lost its role in.

use apic_configsync::{
    engine::report::{ExitStatus, RunResult},
    sandbox::{
        Cluster,
        world::build_products::{api_document, product_document},
    },
};
use serde_json::Value;

use super::super::products::{app, bare, publish};
use super::ends;
use crate::stage::{Stage, changes, counts, exits, shown};

/// Two spaces with a Product each, the second subscribed to or not, in sync.
async fn two_spaces(subscribed: bool) -> Stage {
    let (mut source, mut target) = bare();
    for cluster in [&mut source, &mut target] {
        cluster.set("spaces_enabled", true);
        for name in ["s1", "s2"] {
            let space = cluster.add_space(name);
            cluster.add_gateway_service_in(Some(space), "gateway");
        }
    }
    for space in ["s1", "s2"] {
        let id = source.spaces.named(source.home, space).unwrap().head.id;
        let api = format!("api-{space}:1.0.0");
        let document = product_document(&format!("product-{space}"), "1.0.0", &[("gold", false)], &[&api]);
        let apis = vec![(api_document(&format!("api-{space}"), "1.0.0"), None)];
        source.publish_in(Some(id), document, apis);
    }
    if subscribed {
        let app = app(&source);
        source.subscribe(app, "s2/product-s2:1.0.0", "gold");
    }
    source.tick(300);
    let stage = Stage::with_products((source, target));
    stage.settle().await;
    stage
}

fn hide_space(cluster: &mut Cluster) {
    cluster.logins[0].hidden.spaces.insert("s2".into());
}

/// Attacks: "A space that is out of sight".
#[tokio::test]
async fn a_space_that_is_out_of_sight_is_a_gap_whatever_the_grace() {
    for grace in ["0s", "24h"] {
        for subscribed in [false, true] {
            let stage = two_spaces(subscribed).await;
            stage.set("DELETE_GRACE", grace);
            hide_space(&mut stage.source());
            for _ in 0..2 {
                let report = stage.sync().await;
                exits(&report, ExitStatus::Incomplete);
                let gap = report.gaps.iter().find(|gap| gap.under == "s2");
                let gap = gap.unwrap_or_else(|| panic!("{}", shown(&report)));
                assert_eq!((gap.side.as_str(), gap.kind), ("source", "spaces"));
                assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
                stage.wait_hours(48);
            }
            stage.source().logins[0].hidden.spaces.clear();
            ends(&stage.sync().await, ExitStatus::Success, RunResult::InSync);
            stage.assert_products_mirrored();
        }
    }
}

/// The same with a subscription that the source has lost along with the Product.
#[tokio::test]
async fn subscriptions_to_what_a_hidden_space_holds_stay() {
    let stage = two_spaces(true).await;
    hide_space(&mut stage.source());
    let app = app(&stage.source());
    let subscription = stage.source().subscriptions(app)[0].head.id;
    stage.source().remove_subscription(subscription);
    stage.set("ALLOW_EMPTY_SOURCE", "true");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "subscriptions").deleted, 0, "{}", shown(&report));
    assert_eq!(report.target.requests.writes, 0);
}

/// That all Products are out of sight is no empty source.
#[tokio::test]
async fn all_spaces_out_of_sight_are_gaps_and_no_empty_source() {
    let stage = two_spaces(false).await;
    hide_space(&mut stage.source());
    stage.source().logins[0].hidden.spaces.insert("s1".into());
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(report.gaps.len(), 2, "{}", shown(&report));
}

fn noted_on(stage: &Stage, product: &str) -> Value {
    let target = stage.target();
    let metadata = &target.product(product).unwrap().head.metadata;
    let metadata = metadata.as_ref().unwrap();
    metadata.get("source_missing_since").cloned().unwrap_or_default()
}

fn everything(cluster: &Cluster) -> [Value; 2] {
    [cluster.snapshot(), cluster.products_snapshot()]
}

/// Two Products, both subscribed to, with the default grace.
async fn two_products() -> Stage {
    let (mut source, target) = bare();
    let app = app(&source);
    for product in ["petstore:1.0.0", "zoo:1.0.0"] {
        publish(&mut source, product, &["gold"], &[&format!("{}-api:1.0.0", &product[..3])]);
        source.subscribe(app, product, "gold");
    }
    source.tick(300);
    let stage = Stage::with_products((source, target)).with("DELETE_GRACE", "");
    stage.settle().await;
    stage
}

fn hide_product(stage: &Stage) {
    let mut source = stage.source();
    source.logins[0].hidden.products.insert("zoo:1.0.0".into());
}

/// A Product that a login does not see is kept for a day with all that names it.
#[tokio::test]
async fn a_product_out_of_sight_is_kept_with_its_subscriptions_and_apis() {
    let stage = two_products().await;
    let before = everything(&stage.target());
    let backup = stage.source().clone();
    hide_product(&stage);
    {
        let mut source = stage.source();
        let app = app(&source);
        let zoo = source.product("zoo:1.0.0").unwrap().head.id;
        let subscriptions = source.subscriptions(app).into_iter();
        let hidden = subscriptions.filter(|it| it.product == zoo).map(|it| it.head.id).next().unwrap();
        source.remove_subscription(hidden);
    }
    let report = stage.sync().await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(changes(&report, "products"), ["delete zoo:1.0.0", "update zoo:1.0.0"]);
    assert_eq!(noted_on(&stage, "zoo:1.0.0"), "2026-01-18T08:00:00Z");
    stage.wait_hours(1);
    stage.again().await;
    ends(&stage.sync().await, ExitStatus::Success, RunResult::InSync);

    *stage.source() = backup;
    stage.settle().await;
    assert_eq!(noted_on(&stage, "zoo:1.0.0"), Value::Null);
    assert_eq!(everything(&stage.target()), before);
}

/// A list that names what another list does not show is a gap.
#[tokio::test]
async fn a_product_out_of_sight_that_is_still_subscribed_to_is_not_even_noted() {
    let stage = two_products().await;
    hide_product(&stage);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    stage.source().logins[0].hidden.products.clear();
    ends(&stage.sync().await, ExitStatus::Success, RunResult::InSync);
}

#[tokio::test]
async fn a_product_that_is_gone_for_longer_than_its_grace_is_deleted() {
    let stage = two_products().await;
    {
        let mut source = stage.source();
        let zoo = source.product("zoo:1.0.0").unwrap().head.id;
        source.remove_product(zoo);
    }
    ends(&stage.sync().await, ExitStatus::Success, RunResult::Applied);
    stage.wait_hours(23);
    stage.again().await;
    stage.wait_hours(1);
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["delete zoo:1.0.0"]);
    assert_eq!(counts(&report, "subscriptions").deleted, 1);
    stage.assert_products_mirrored();
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_product_is_not_noted_where_deletions_are_only_reported() {
    let stage = two_products().await.with("DELETE_POLICY", "report");
    {
        let mut source = stage.source();
        let zoo = source.product("zoo:1.0.0").unwrap().head.id;
        source.remove_product(zoo);
    }
    ends(&stage.sync().await, ExitStatus::Success, RunResult::InSync);
    assert_eq!(noted_on(&stage, "zoo:1.0.0"), Value::Null);
}
