//! Section 14.3: what happens to a product after it was published.

use apic_configsync::sandbox::Id;
use apic_configsync::sandbox::switches::LifecycleLinks;
use serde_json::{Value, json};

use super::{APPS, CATALOG, Client, message};

const PETSTORE: &str = "/api/catalogs/provider/sandbox/products/petstore/1.0.0";
const NEXT: &str = "/api/catalogs/provider/sandbox/products/petstore/2.0.0";

/// The app `shop` subscribes to `gold` of `petstore:1.0.0`, and `petstore:2.0.0` with the plan `platinum` is there.
fn subscribed() -> (Client, Id) {
    let mut client = Client::with_shop();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    let subscription = client.cluster.subscribe(shop, "petstore:1.0.0", "gold");
    client.cluster.add_product("petstore", "2.0.0", &[("platinum", false)]);
    (client, subscription)
}

/// Names a product as the other one, and that its `gold` becomes `platinum` or the like.
fn link(product: &str, source: &str, target: &str) -> Value {
    json!({"product_url": product, "plans": [{"source": source, "target": target}]})
}

#[test]
fn only_some_moves_are_legal() {
    let mut client = Client::bare();
    let mut to = |state: &str| client.patch(PETSTORE, &json!({"state": state})).0;
    let moves = [
        ("archived", 400),
        ("deprecated", 200),
        ("staged", 400),
        ("published", 200),
        ("retired", 200),
        ("published", 400),
        ("archived", 200),
        ("staged", 400),
        ("published", 400),
    ];
    for (state, status) in moves {
        assert_eq!(to(state), status, "{state}");
    }
}

#[test]
fn publishing_a_staged_product_brings_its_apis_online() {
    let mut client = Client::bare();
    let api = client.cluster.api("petstore:1.0.0").unwrap().head.id;
    client.cluster.set_api_state(api, "staged");
    assert_eq!(client.patch(PETSTORE, &json!({"state": "staged"})).0, 200);
    assert_eq!(client.cluster.apis[api].state, "staged");
    assert_eq!(client.patch(PETSTORE, &json!({"state": "published"})).0, 200);
    assert_eq!(client.cluster.apis[api].state, "online");
}

#[test]
fn visibility_changes_half_by_half_and_knows_orgs_and_groups() {
    let mut client = Client::with_shop();
    let acme = client.cluster.org("acme").unwrap().head.id;
    client.cluster.add_group("partners", &[acme]);
    let custom = json!({
        "type": "custom", "enabled": true, "org_urls": [format!("{}/acme", super::ORGS)],
        "group_urls": ["/api/consumer-groups/provider/sandbox/partners"],
    });
    let (status, answer) = client.patch(PETSTORE, &json!({"visibility": {"subscribe": custom}}));
    let visibility = &answer["visibility"];
    assert_eq!((status, &visibility["view"]["type"]), (200, &json!("public")));
    assert_eq!(visibility["subscribe"]["org_urls"].as_array().unwrap().len(), 1);
    assert_eq!(visibility["subscribe"]["group_urls"].as_array().unwrap().len(), 1);
    for list in ["org_urls", "group_urls"] {
        let wrong = json!({"view": {"type": "custom", list: ["/api/x/nobody"]}});
        assert_eq!(client.patch(PETSTORE, &json!({"visibility": wrong})).0, 400);
    }
    let wrong = json!({"visibility": {"view": {"type": "secret"}}});
    assert_eq!(client.patch(PETSTORE, &wrong).0, 400);
    client.cluster.remove_org(acme);
    let (_, answer) = client.get(PETSTORE);
    assert_eq!(answer["visibility"]["subscribe"].get("org_urls"), None);
}

#[test]
fn gateway_services_change_where_something_is_enforced() {
    let mut client = Client::bare();
    let url = format!("{CATALOG}/configured-gateway-services/gateway");
    let body = json!({"gateway_service_urls": [url]});
    assert_eq!(client.patch(PETSTORE, &json!({"gateway_service_urls": []})).0, 200);
    let product = client.cluster.product("petstore:1.0.0").unwrap();
    assert!(product.gateway_services.is_empty());
    let (_, answer) = client.patch(PETSTORE, &body);
    assert_eq!(answer["gateway_service_urls"].as_array().unwrap().len(), 1);
    let unknown = json!({"gateway_service_urls": [format!("{url}-2")]});
    assert_eq!(client.patch(PETSTORE, &unknown).0, 400);
    let api = client.cluster.api("petstore:1.0.0").unwrap().head.id;
    client.cluster.change_api_document(api, |document| {
        document["x-ibm-configuration"]["enforced"] = json!(false);
    });
    let (status, error) = client.patch(PETSTORE, &body);
    assert_eq!(status, 400);
    assert!(message(&error).contains("empty because the product contains only unenforced APIs"));
}

#[test]
fn metadata_of_a_product_is_kept() {
    let mut client = Client::bare();
    let (_, answer) = client.patch(PETSTORE, &json!({"metadata": {"source_id": "1"}}));
    assert_eq!(answer["metadata"], json!({"source_id": "1"}));
    assert_eq!(client.get(PETSTORE).1["metadata"], json!({"source_id": "1"}));
}

#[test]
fn a_product_is_superseded() {
    let (mut client, subscription) = subscribed();
    let next = client.cluster.product("petstore:2.0.0").unwrap().head.id;
    client.cluster.set_product_state(next, "staged");
    let body = link(PETSTORE, "gold", "platinum");
    assert_eq!(client.post(&format!("{NEXT}/supersede"), &body).1["state"], "published");
    let (_, old) = client.get(PETSTORE);
    assert_eq!(old["state"], "deprecated");
    for name in ["superseded_by", "migration_target"] {
        assert_eq!(old[name]["plans"], body["plans"], "{name}");
        let url = old[name]["product_url"].as_str().unwrap();
        assert!(url.ends_with(&format!("products/{next}")), "{name}");
    }
    let row = &client.cluster.subscriptions[subscription];
    assert_eq!(row.plan, "gold");
    client.cluster.switches.lifecycle_links = LifecycleLinks::Urls;
    let (_, old) = client.get(PETSTORE);
    assert!(old["superseded_by_url"].is_string() && old["migration_target_url"].is_string());
    assert_eq!(old.get("superseded_by"), None);
    client.cluster.switches.lifecycle_links = LifecycleLinks::Hidden;
    let (_, old) = client.get(PETSTORE);
    assert_eq!((old.get("superseded_by"), old.get("superseded_by_url")), (None, None));
}

#[test]
fn a_replaced_product_gives_its_subscriptions_away() {
    let (mut client, subscription) = subscribed();
    let path = format!("{NEXT}/replace");
    for (source, target) in [("silver", "platinum"), ("gold", "gold")] {
        assert_eq!(client.post(&path, &link(PETSTORE, source, target)).0, 400);
    }
    assert_eq!(client.post(&path, &link(PETSTORE, "gold", "platinum")).0, 200);
    let next = client.cluster.product("petstore:2.0.0").unwrap().head.id;
    let row = &client.cluster.subscriptions[subscription];
    assert_eq!((row.product, row.plan.as_str()), (next, "platinum"));
    assert_eq!(row.plan_title, "Platinum Plan");
    assert_eq!(client.get(PETSTORE).1["state"], "retired");
}

#[test]
fn subscriptions_move_to_the_migration_target_when_told() {
    let (mut client, subscription) = subscribed();
    let execute = format!("{PETSTORE}/execute-migration-target");
    assert_eq!(client.send("POST", &execute, String::new()).0, 400);
    let set = format!("{PETSTORE}/set-migration-target");
    let (status, old) = client.post(&set, &link(NEXT, "gold", "platinum"));
    assert_eq!((status, &old["state"]), (200, &json!("published")));
    assert_eq!(old.get("superseded_by"), None);
    assert_eq!(client.cluster.subscriptions[subscription].plan, "gold");
    assert_eq!(client.send("POST", &execute, String::new()).0, 200);
    assert_eq!(client.cluster.subscriptions[subscription].plan, "platinum");
}

#[test]
fn some_subscriptions_can_be_moved() {
    let (mut client, first) = subscribed();
    let acme = client.cluster.org("acme").unwrap().head.id;
    let other = client.cluster.add_app(acme, "other");
    let second = client.cluster.subscribe(other, "petstore:1.0.0", "gold");
    let path = format!("{PETSTORE}/migrate-subscriptions");
    let mut body = link(NEXT, "gold", "platinum");
    assert_eq!(client.post(&path, &body).0, 400);
    body["subscription_urls"] = json!([format!("{APPS}/acme/other/subscriptions/{acme}")]);
    assert_eq!(client.post(&path, &body).0, 400);
    body["subscription_urls"] = json!([format!("{APPS}/acme/other/subscriptions/{second}")]);
    assert_eq!(client.post(&path, &body).0, 200);
    let plan = |id: Id| client.cluster.subscriptions[id].plan.as_str();
    assert_eq!((plan(first), plan(second)), ("gold", "platinum"));
}

#[test]
fn nothing_moves_when_one_subscription_cannot() {
    let (mut client, subscription) = subscribed();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.subscribe(shop, "petstore:2.0.0", "platinum");
    let path = format!("{NEXT}/replace");
    let (status, _) = client.post(&path, &link(PETSTORE, "gold", "platinum"));
    assert_eq!(status, 409);
    assert_eq!(client.cluster.subscriptions[subscription].plan, "gold");
    assert_eq!(client.get(PETSTORE).1["state"], "published");
}

#[test]
fn a_deprecated_product_takes_subscriptions_as_the_switch_says() {
    let mut client = Client::with_shop();
    let id = client.cluster.product("petstore:1.0.0").unwrap().head.id;
    let body = json!({"product_url": PETSTORE, "plan": "gold"});
    let path = format!("{APPS}/acme/shop/subscriptions");
    for state in ["staged", "deprecated"] {
        client.cluster.set_product_state(id, state);
        assert_eq!(client.post(&path, &body).0, 400, "{state}");
    }
    client.cluster.switches.deprecated_takes_subscriptions = true;
    assert_eq!(client.post(&path, &body).0, 201);
}

#[test]
fn a_product_document_may_have_no_route_of_its_own() {
    let mut client = Client::bare();
    client.cluster.switches.product_document_route = false;
    assert_eq!(client.get(&format!("{PETSTORE}/document")).0, 404);
    let (_, product) = client.get(&format!("{PETSTORE}?fields=add(catalog_product)"));
    assert_eq!(product["catalog_product"]["info"]["name"], "petstore");
}
