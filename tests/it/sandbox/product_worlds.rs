//! The verbs that build worlds with products, and the snapshot that compares them.

use apic_configsync::sandbox::world::build_products::{api_document, product_document};
use apic_configsync::sandbox::world::{Audience, Wsdl};
use apic_configsync::sandbox::{Cluster, seed};
use serde_json::{Value, json};

/// The product `wolves:1.0.0` and its API.
pub(super) fn wolves() -> (Value, Value) {
    let product = product_document("wolves", "1.0.0", &[("gold", false)], &["wolves:1.0.0"]);
    (product, api_document("wolves", "1.0.0"))
}

fn soap(content: &str) -> Wsdl {
    Wsdl { content_type: "application/wsdl".to_owned(), content: content.into() }
}

/// Both sides of a pair, each after the same deeds; their ids differ.
fn both(deed: impl Fn(&mut Cluster)) -> (Cluster, Cluster) {
    let (mut source, mut target) = seed::pair();
    deed(&mut source);
    deed(&mut target);
    (source, target)
}

/// A world in which every part of the snapshot holds something.
fn furnish(world: &mut Cluster) {
    let alice = world.add_user("sandbox-catalog", "alice");
    let acme = world.add_org("acme", alice);
    let partners = world.add_group("partners", &[acme]);
    let north = world.add_space("north");
    world.add_gateway_service_in(Some(north), "edge");
    let (product, api) = wolves();
    let wolves = world.publish_in(Some(north), product, vec![(api, Some(soap("<a/>")))]);
    let [petstore, weather] =
        ["petstore:1.0.0", "weather:2.1.0"].map(|address| world.product(address).unwrap().head.id);
    let custom = Audience { orgs: vec![acme], groups: vec![partners], ..Audience::of("custom") };
    world.set_visibility(petstore, Audience::of("authenticated"), custom);
    world.supersede(weather, petstore, Vec::new()).unwrap();
    world.set_migration_target(weather, wolves, Vec::new()).unwrap();
}

#[test]
fn equal_worlds_have_equal_snapshots_in_words() {
    let (source, mut target) = both(furnish);
    target.tick(100);
    let snapshot = source.products_snapshot();
    assert_eq!(snapshot, target.products_snapshot());
    let petstore = &snapshot["products"]["petstore:1.0.0"];
    assert_eq!(
        petstore["visibility"],
        json!({
            "view": {"type": "authenticated", "enabled": true, "orgs": [], "groups": []},
            "subscribe": {"type": "custom", "enabled": true, "orgs": ["acme"], "groups": ["partners"]},
        })
    );
    assert_eq!(
        (&petstore["state"], &petstore["superseded_by"], &petstore["gateway_services"]),
        (&json!("deprecated"), &json!("weather:2.1.0"), &json!(["gateway"]))
    );
    assert_eq!(petstore["document"].get("visibility"), None);
    let weather = &snapshot["products"]["weather:2.1.0"];
    assert_eq!(weather["migration_target"], "north/wolves:1.0.0");
    let wolves = &snapshot["products"]["north/wolves:1.0.0"];
    assert_eq!(wolves["apis"], json!(["north/wolves:1.0.0"]));
    assert_eq!(wolves["gateway_services"], json!(["edge"]));
    assert!(snapshot["apis"]["north/wolves:1.0.0"]["wsdl"].is_string());
    for id in [source.home, source.product("petstore:1.0.0").unwrap().head.id] {
        assert!(!snapshot.to_string().contains(&id.to_string()));
    }
}

/// Changes one thing on one side and holds the snapshots against each other.
#[track_caller]
fn assert_shows(deed: impl FnOnce(&mut Cluster)) {
    let (source, mut target) = both(furnish);
    deed(&mut target);
    assert_ne!(source.products_snapshot(), target.products_snapshot());
}

#[test]
fn every_difference_shows() {
    let product = |world: &Cluster| world.product("petstore:1.0.0").unwrap().head.id;
    let api = |world: &Cluster| world.api("petstore:1.0.0").unwrap().head.id;
    assert_shows(|world| world.set_product_state(product(world), "retired"));
    assert_shows(|world| {
        let everyone = Audience::of("public");
        world.set_visibility(product(world), everyone.clone(), everyone);
    });
    assert_shows(|world| {
        world.change_product_document(product(world), |it| it["info"]["title"] = json!("Pets"));
    });
    assert_shows(|world| {
        world.change_api_document(api(world), |it| it["basePath"] = json!("/pets"));
    });
    assert_shows(|world| world.set_api_state(api(world), "offline"));
    assert_shows(|world| {
        let north = world.spaces.named(world.home, "north").unwrap().head.id;
        let (product, api) = wolves();
        world.publish_in(Some(north), product, vec![(api, Some(soap("<b/>")))]);
    });
    assert_shows(|world| world.remove_product(product(world)));
}

#[test]
fn products_put_into_a_world_share_their_apis() {
    let (mut world, _) = seed::pair();
    let two = ["wolves:1.0.0", "petstore:1.0.0"];
    let product = product_document("forest", "1.0.0", &[("gold", true)], &two);
    let apis = ["wolves", "petstore"].map(|name| (api_document(name, "1.0.0"), None));
    let before = world.apis.len();
    let forest = world.publish_in(None, product, apis.into());
    assert_eq!(world.apis.len(), before + 1);
    let petstore = world.api("petstore:1.0.0").unwrap();
    assert!(world.products[forest].apis.contains(&petstore.head.id));
    assert_eq!(world.products[forest].state, "published");
    let again = world.products[forest].document.clone();
    let ids = world.products[forest].apis.clone();
    assert_eq!(world.add_product_document(again, ids), forest);
}

#[test]
fn the_verbs_ask_no_settings() {
    let (mut world, _) = seed::pair();
    world.set("spaces_enabled", true);
    world.set("production_mode", true);
    world.set("product_lifecycle_approvals", json!(["publish"]));
    let (product, api) = wolves();
    for _ in 0..2 {
        let id = world.publish_in(None, product.clone(), vec![(api.clone(), None)]);
        assert_eq!(world.products[id].state, "published");
    }
}
