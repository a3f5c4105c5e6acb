//! Section 14.2: the same name and version again, shared APIs, production mode, spaces.

use apic_configsync::sandbox::world::build_products::{api_document, product_document};
use apic_configsync::sandbox::world::{Api, Product};
use serde_json::{Value, json};

use super::{CATALOG, Client, message, names};

const PUBLISH: &str = "/api/catalogs/provider/sandbox/publish";
const NORTH: &str = "/api/spaces/provider/sandbox/north";

/// `petstore:1.0.0` as the pair has it, with the plan `gold` only.
fn petstore() -> (Value, Vec<Value>) {
    let plans = [("gold", false)];
    (product_document("petstore", "1.0.0", &plans, &["petstore:1.0.0"]), vec![api_document("petstore", "1.0.0")])
}

#[test]
fn the_same_version_again_changes_the_product_in_place() {
    let mut client = Client::with_shop();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.subscribe(shop, "petstore:1.0.0", "gold");
    let (mut product, mut apis) = petstore();
    product["info"]["title"] = json!("The Pet Store");
    apis[0]["info"]["title"] = json!("Pets");
    let before = client.cluster.product("petstore:1.0.0").unwrap().clone();
    let (status, answer) = client.publish(PUBLISH, &product, &apis);
    assert_eq!((status, &answer["title"]), (201, &json!("The Pet Store")));
    assert_eq!(answer["id"], json!(before.head.id.to_string()));
    let after = client.cluster.product("petstore:1.0.0").unwrap();
    assert_eq!(after.apis, before.apis);
    assert!(after.head.updated_at > before.head.updated_at);
    assert_eq!(client.cluster.apis[before.apis[0]].head.title, "Pets");
    assert_eq!(client.cluster.subscriptions(shop).len(), 1);
}

#[test]
fn a_new_id_takes_subscriptions_and_links_along() {
    let mut client = Client::with_shop();
    client.cluster.switches.republish_keeps_id = false;
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.subscribe(shop, "petstore:1.0.0", "gold");
    let old = client.cluster.product("petstore:1.0.0").unwrap().head.id;
    let weather = client.cluster.product("weather:2.1.0").unwrap().head.id;
    client.cluster.set_migration_target(weather, old, Vec::new()).unwrap();
    let (product, apis) = petstore();
    client.publish(PUBLISH, &product, &apis);
    let new = client.cluster.product("petstore:1.0.0").unwrap().head.id;
    assert_ne!(new, old);
    assert!(client.cluster.products.get(old).is_none());
    assert_eq!(client.cluster.subscriptions(shop)[0].product, new);
    let link = client.cluster.products[weather].migration_target.clone();
    assert_eq!(link.unwrap().product, new);
}

#[test]
fn metadata_stays_or_goes_as_the_switch_says() {
    let mut client = Client::bare();
    let (product, apis) = petstore();
    let row = client.cluster.product("petstore:1.0.0").unwrap();
    let (id, api) = (row.head.id, row.apis[0]);
    let other = client.cluster.home;
    client.cluster.mark::<Product>(id, id, other);
    client.cluster.mark::<Api>(api, api, other);
    client.publish(PUBLISH, &product, &apis);
    let dump = client.cluster.dump();
    for kind in ["products", "apis"] {
        let mark = &dump[kind]["petstore:1.0.0"]["metadata"]["source_id"];
        assert!(mark.is_string(), "{kind}");
    }
    client.cluster.switches.republish_keeps_metadata = false;
    client.publish(PUBLISH, &product, &apis);
    let dump = client.cluster.dump();
    for kind in ["products", "apis"] {
        assert_eq!(dump[kind]["petstore:1.0.0"]["metadata"], Value::Null, "{kind}");
    }
}

#[test]
fn a_deprecated_product_may_be_reopened() {
    let mut client = Client::bare();
    let (product, apis) = petstore();
    let id = client.cluster.product("petstore:1.0.0").unwrap().head.id;
    client.cluster.set_product_state(id, "deprecated");
    let state = |client: &mut Client| client.publish(PUBLISH, &product, &apis).1["state"].clone();
    assert_eq!(state(&mut client), "deprecated");
    client.cluster.switches.republish_reopens_deprecated = true;
    assert_eq!(state(&mut client), "published");
    client.cluster.set_product_state(id, "retired");
    assert_eq!(state(&mut client), "published");
}

#[test]
fn production_mode_keeps_what_is_there() {
    let mut client = Client::bare();
    client.cluster.set("production_mode", true);
    client.cluster.set("config_sync_target_catalog", false);
    let (product, mut apis) = petstore();
    let (status, error) = client.publish(PUBLISH, &product, &apis);
    assert_eq!(status, 409);
    for part in ["already exists", "production mode"] {
        assert!(message(&error).contains(part), "{part}");
    }
    client.cluster.switches.duplicate_status = 400;
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 400);
    let next = product_document("petstore", "2.0.0", &[], &["petstore:1.0.0"]);
    assert_eq!(client.publish(PUBLISH, &next, &apis).0, 201);
    apis[0]["info"]["title"] = json!("Changed");
    let last = product_document("petstore", "3.0.0", &[], &["petstore:1.0.0"]);
    assert_eq!(client.publish(PUBLISH, &last, &apis).0, 400);
    assert!(client.cluster.product("petstore:3.0.0").is_none());
    client.cluster.set("config_sync_target_catalog", true);
    client.cluster.switches.config_sync_lifts_production_mode = false;
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 400);
    client.cluster.switches.config_sync_lifts_production_mode = true;
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 201);
    assert_eq!(client.publish(PUBLISH, &last, &apis).0, 201);
}

#[test]
fn a_shared_api_is_overwritten_and_goes_with_its_last_product() {
    let mut client = Client::bare();
    let (_, mut apis) = petstore();
    apis[0]["info"]["title"] = json!("Changed");
    let other = product_document("zoo", "1.0.0", &[], &["petstore:1.0.0"]);
    assert_eq!(client.publish(PUBLISH, &other, &apis).0, 201);
    let api = client.cluster.api("petstore:1.0.0").unwrap();
    assert_eq!(api.head.title, "Changed");
    let (petstore, zoo) = ("petstore/1.0.0", "zoo/1.0.0");
    client.delete(&format!("{CATALOG}/products/{petstore}"));
    assert!(client.cluster.api("petstore:1.0.0").is_some());
    client.delete(&format!("{CATALOG}/products/{zoo}"));
    assert!(client.cluster.api("petstore:1.0.0").is_none());
    client.cluster.switches.unused_apis_removed = false;
    client.delete(&format!("{CATALOG}/products/weather/2.1.0"));
    assert!(client.cluster.api("weather:2.1.0").is_some());
}

#[test]
fn names_of_apis_are_unique_whatever_their_case() {
    let mut client = Client::bare();
    let product = product_document("shelter", "1.0.0", &[], &["PetStore:1.0.0"]);
    let apis = [api_document("PetStore", "1.0.0")];
    let (status, error) = client.publish(PUBLISH, &product, &apis);
    assert_eq!(status, 409);
    assert!(message(&error).contains("already exists"));
    let product = product_document("shelter", "1.0.0", &[], &["Cat:1.0.0", "cat:1.0.0"]);
    let apis = ["Cat", "cat"].map(|name| api_document(name, "1.0.0"));
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 409);
    assert!(client.cluster.api("Cat:1.0.0").is_none());
}

#[test]
fn with_spaces_products_go_into_spaces_only() {
    let mut client = Client::bare();
    let north = client.cluster.add_space("north");
    client.cluster.add_gateway_service_in(Some(north), "edge");
    let (product, apis) = petstore();
    let into_space = format!("{NORTH}/publish");
    assert_eq!(client.publish(&into_space, &product, &apis).0, 400);
    client.cluster.set("spaces_enabled", true);
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 400);
    let (status, answer) = client.publish(&into_space, &product, &apis);
    assert_eq!((status, &answer["scope"]), (201, &json!("space")));
    let services = answer["gateway_service_urls"].to_string();
    assert!(services.contains(&format!("{north}/configured-gateway-services/")));
    let (of_catalog, of_space) = ("petstore:1.0.0", "north/petstore:1.0.0");
    assert_ne!(client.cluster.product(of_catalog).unwrap().head.id, client.cluster.product(of_space).unwrap().head.id);
    assert_ne!(client.cluster.api(of_catalog).unwrap().head.id, client.cluster.api(of_space).unwrap().head.id);
    assert_eq!(names(&client.get(&format!("{NORTH}/products")).1), ["petstore"]);
    let staged = product_document("wolves", "1.0.0", &[], &[]);
    let (_, answer) = client.publish(&format!("{NORTH}/stage"), &staged, &[]);
    assert_eq!(answer["state"], "staged");
}

#[test]
fn a_catalog_lists_the_products_of_its_spaces_as_the_switch_says() {
    let mut client = Client::with_shop();
    let north = client.cluster.add_space("north");
    let wolves = product_document("wolves", "1.0.0", &[("gold", false)], &["wolves:1.0.0"]);
    let api = api_document("wolves", "1.0.0");
    let id = client.cluster.publish_in(Some(north), wolves, vec![(api, None)]);
    for kind in ["products", "apis"] {
        let path = format!("{CATALOG}/{kind}");
        client.cluster.switches.catalog_lists_space_products = true;
        assert_eq!(names(&client.get(&path).1).len(), 3, "{kind}");
        client.cluster.switches.catalog_lists_space_products = false;
        assert_eq!(names(&client.get(&path).1).len(), 2, "{kind}");
        assert_eq!(names(&client.get(&format!("{NORTH}/{kind}")).1), ["wolves"]);
    }
    assert_eq!(client.get(&format!("{CATALOG}/products/{id}")).0, 200);
    assert_eq!(client.get(&format!("{NORTH}/products/weather/2.1.0")).0, 404);
    let body = json!({"product_url": format!("{CATALOG}/products/wolves/1.0.0"), "plan": "gold"});
    let path = format!("{}/acme/shop/subscriptions", super::APPS);
    assert_eq!(client.post(&path, &body).0, 201);
}
