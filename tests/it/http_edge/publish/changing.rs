//! Changes of Products and APIs that are published already.

use apic_configsync::{
    engine::{
        catalog::CatalogError,
        change::{Change, MetadataWrite, NewObject},
        model::{Address, Handle},
    },
    platform::api_connect::{APIS, APPLICATIONS, PRODUCTS, SUBSCRIPTIONS},
};
use serde_json::{Value, json};

use super::{Edge, Known, change, creation, document, package, places, shop, shown, wanted};

const OLD: &str = "/catalogs/o/t/products/p1";

async fn update(edge: &Edge, update: Change, known: &Known) -> Result<(), CatalogError> {
    let target = edge.target().await;
    target.update(&shop(), &Handle::new("p1"), &update, known).await.map(drop)
}

#[tokio::test]
async fn only_what_changed_is_sent_and_unenforced_apis_need_no_gateway() {
    let edge = Edge::ready().await;
    edge.on("GET", OLD, 200, shown(&edge, "published")).await;
    edge.on("PATCH", OLD, 200, shown(&edge, "published")).await;
    let refusal = "gateway_service_urls must be empty because the product contains only unenforced APIs";
    edge.once("PATCH", OLD, 400, json!({"status": 400, "message": [refusal]})).await;
    let change = change(wanted(), &["gateway_services", "view"], None);
    update(&edge, change, &places()).await.unwrap();
    let changes = edge.changes().await;
    let fields = |at: usize| changes[at].1.as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(fields(0), ["gateway_service_urls", "visibility"]);
    assert_eq!(fields(1), ["visibility"]);
    assert_eq!(changes.len(), 2);
}

#[tokio::test]
async fn a_state_is_reached_by_legal_moves_from_where_the_target_is() {
    let edge = Edge::ready().await;
    edge.on("GET", OLD, 200, shown(&edge, "published")).await;
    edge.on("PATCH", OLD, 200, shown(&edge, "published")).await;
    let change = change(json!({"state": "archived"}), &["state"], None);
    update(&edge, change, &places()).await.unwrap();
    let moves = [json!({"state": "retired"}), json!({"state": "archived"})];
    let sent: Vec<Value> = edge.changes().await.into_iter().map(|it| it.1).collect();
    assert_eq!(sent, moves);
}

#[tokio::test]
async fn from_archived_no_way_leads_back() {
    let edge = Edge::ready().await;
    edge.on("GET", OLD, 200, shown(&edge, "archived")).await;
    let change = change(wanted(), &["state"], None);
    let error = update(&edge, change, &places()).await.unwrap_err();
    assert!(matches!(&error, CatalogError::MissingOnTarget(words) if words.contains("delete it there")));
    assert!(edge.writes().await.is_empty());
}

#[tokio::test]
async fn a_product_that_is_published_again_gets_its_state_back() {
    let edge = Edge::ready().await;
    edge.on("POST", "/catalogs/o/t/publish", 201, shown(&edge, "published")).await;
    edge.on("GET", OLD, 200, shown(&edge, "published")).await;
    edge.on("PATCH", OLD, 200, shown(&edge, "deprecated")).await;
    let mut after = wanted();
    after["state"] = "deprecated".into();
    update(&edge, change(after, &[], Some(package())), &places()).await.unwrap();
    let changes = edge.changes().await;
    assert_eq!(changes[0].0, "POST publish");
    assert_eq!(changes[1], ("PATCH products/p1".into(), json!({"state": "deprecated"})));
    assert_eq!(changes.len(), 2);
}

#[tokio::test]
async fn a_successor_is_named_and_the_migration_target_only_if_it_is_another() {
    for (migration_target, posts) in [("p2", 1), ("p3", 2)] {
        let edge = Edge::ready().await;
        let new = edge.url("/catalogs/o/t/products/p2");
        let mut old = shown(&edge, "deprecated");
        old["migration_target"] = json!({"product_url": new});
        edge.on("GET", OLD, 200, old).await;
        let plans = json!({"plans": {"gold": {}}});
        edge.on("GET", &format!("{OLD}/document"), 200, plans).await;
        edge.on("POST", "/catalogs/o/t/products/p2/supersede", 200, json!({})).await;
        edge.on("POST", &format!("{OLD}/set-migration-target"), 200, json!({})).await;
        let after = json!({
            "superseded_by": "shop:2.0.0", "migration_target": "next:1",
            "migration_target_plans": {"gold": "silver"},
        });
        let known = Known(vec![(PRODUCTS, "shop:2.0.0", "p2"), (PRODUCTS, "next:1", migration_target)]);
        let change = change(after, &["superseded_by"], None);
        update(&edge, change, &known).await.unwrap();
        let changes = edge.changes().await;
        assert_eq!(changes.len(), posts);
        let same = json!([{"source": "gold", "target": "gold"}]);
        let superseded = json!({"product_url": edge.url(OLD), "plans": same});
        assert_eq!(changes[0], ("POST products/p2/supersede".into(), superseded));
        if let Some((request, body)) = changes.get(1) {
            assert_eq!(request, "POST products/p1/set-migration-target");
            assert_eq!(body["plans"], json!([{"source": "gold", "target": "silver"}]));
        }
    }
}

fn api(fields: Value) -> NewObject {
    NewObject { metadata: MetadataWrite::default(), package: None, ..creation(fields) }
}

#[tokio::test]
async fn an_api_comes_with_its_product_and_is_only_taken_offline() {
    let edge = Edge::ready().await;
    let found = json!({"id": "a1", "name": "calc", "version": "1.0.0", "state": "online"});
    edge.on("GET", "/catalogs/o/t/apis/calc/1.0.0", 200, found.clone()).await;
    edge.on("PATCH", "/catalogs/o/t/apis/a1", 200, found).await;
    let target = edge.target().await;
    let calc = Address::new(APIS, "calc:1.0.0");
    let online = api(json!({"state": "online"}));
    let made = target.create(&calc, &online, &places()).await.unwrap();
    assert_eq!(made.handle.as_str(), "calc:1.0.0");
    assert!(edge.writes().await.is_empty());
    let offline = api(json!({"state": "offline"}));
    let made = target.create(&calc, &offline, &places()).await.unwrap();
    assert_eq!(made.handle.as_str(), "a1");
    let changes = edge.changes().await;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].1["state"], "offline");
}

#[tokio::test]
async fn a_subscription_that_a_deprecated_product_refuses_is_withheld() {
    for (state, withheld) in [("deprecated", true), ("published", false)] {
        let edge = Edge::ready().await;
        let refusal = json!({"status": 400, "message": ["The product takes no subscriptions."]});
        edge.on("POST", "/apps/o/t/g1/a1/subscriptions", 400, refusal).await;
        edge.on("GET", OLD, 200, shown(&edge, state)).await;
        let mut create = api(json!({"product": "shop:1.0.0", "plan": "gold"}));
        create.parent = Some(Address::new(APPLICATIONS, "acme/app"));
        create.document = document(json!({"product": "shop:1.0.0", "plan": "gold"}));
        let known = Known(vec![(APPLICATIONS, "acme/app", "g1/a1"), (PRODUCTS, "shop:1.0.0", "p1")]);
        let target = edge.target().await;
        let subscription = Address::new(SUBSCRIPTIONS, "acme/app/shop:1.0.0/gold");
        let error = target.create(&subscription, &create, &known).await.unwrap_err();
        assert!(error.to_string().contains("takes no subscriptions"), "{error}");
        assert_eq!(matches!(error, CatalogError::MissingOnTarget(_)), withheld, "{error}");
    }
}
