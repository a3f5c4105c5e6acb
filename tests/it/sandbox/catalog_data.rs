//! Sections 1, 3, 4, 14, 15: lists, settings, registries, products, APIs; and the seeds.

use apic_configsync::sandbox::seed;
use apic_configsync::sandbox::switches::{ErrorBody, Metadata, TotalResults};
use serde_json::json;

use super::{APPS, CATALOG, Client, ORGS, keys, names};

#[test]
fn lists_page_newest_first() {
    let mut client = Client::bare();
    for name in ["a", "b", "c"] {
        client.cluster.add_user("ldap", name);
    }
    let users = "/api/user-registries/provider/ldap/users";
    let (_, page) = client.get(&format!("{users}?limit=2&offset=1"));
    assert_eq!((names(&page), &page["total_results"]), (vec!["b", "a"], &json!(3)));
    client.cluster.switches.newest_first = false;
    client.cluster.switches.page_cap = Some(1);
    client.cluster.switches.total_results = TotalResults::PageLength;
    let (_, page) = client.get(&format!("{users}?limit=2"));
    assert_eq!((names(&page), &page["total_results"]), (vec!["a"], &json!(1)));
    client.cluster.switches.total_results = TotalResults::Absent;
    assert_eq!(client.get(users).1.get("total_results"), None);
    client.cluster.switches.page_cap = None;
    client.cluster.switches.default_page_size = Some(2);
    assert_eq!(names(&client.get(users).1), ["a", "b"]);
}

#[test]
fn fields_are_exact_and_expanded_names_must_be_listed() {
    let mut client = Client::with_shop();
    let (_, list) = client.get(&format!("{CATALOG}/consumer-orgs?fields=name,owner&expand=owner"));
    let row = &list["results"][0];
    assert_eq!(
        (keys(row), keys(&row["owner"])),
        (vec!["name", "owner"], vec!["email", "first_name", "id", "last_name", "url", "username"])
    );
    let (_, list) =
        client.get(&format!("{CATALOG}/apps?fields=updated_at,credentials&expand=credentials,consumer_org"));
    assert_eq!(keys(&list["results"][0]), ["credentials", "updated_at"]);
    client.cluster.switches.fields_honoured = false;
    let (_, list) = client.get(&format!("{CATALOG}/apps?fields=name"));
    assert!(keys(&list["results"][0]).contains(&"url"));
}

#[test]
fn unset_fields_are_left_out_or_null() {
    let mut client = Client::with_shop();
    let path = format!("{CATALOG}/apps");
    assert_eq!(client.get(&path).1["results"][0].get("image_endpoint"), None);
    client.cluster.switches.null_fields = true;
    assert_eq!(client.get(&path).1["results"][0].get("image_endpoint"), Some(&json!(null)));
}

#[test]
fn settings_take_any_subset() {
    let mut client = Client::bare();
    let path = format!("{CATALOG}/settings");
    let (status, settings) = client.send("PUT", &path, json!({"spaces_enabled": true, "name": "ignored"}).to_string());
    assert_eq!(
        (status, &settings["spaces_enabled"], &settings["hash_client_secret"]),
        (200, &json!(true), &json!(true))
    );
    assert_eq!((&settings["name"], settings.get("id")), (&json!("catalog-setting"), None));
}

#[test]
fn configured_registries_point_at_their_originals() {
    let mut client = Client::bare();
    let (_, list) = client.get(&format!("{CATALOG}/configured-catalog-user-registries"));
    assert_eq!(names(&list), ["ldap", "sandbox-catalog"]);
    let row = &list["results"][1];
    assert_eq!((&row["registry_type"], &row["identity_providers"][0]["name"]), (&json!("lur"), &json!("sandbox-idp")));
    assert!(!row["user_registry_url"].as_str().unwrap().contains(row["id"].as_str().unwrap()));
}

#[test]
fn a_directory_search_makes_the_shadow_user() {
    let mut client = Client::bare();
    let ldap = client.cluster.registries.find(client.cluster.provider_org.head.id, "ldap").unwrap().head.id;
    client.cluster.change::<apic_configsync::sandbox::world::Registry>(ldap, |row| {
        row.directory.push("remote".to_owned());
    });
    let search = "/api/user-registries/provider/ldap/search";
    assert_eq!(client.post(search, &json!({"username": "remote"})).1["total_results"], 0);
    assert_eq!(client.post(search, &json!({"username": "remote", "remote": true})).1["total_results"], 1);
    assert!(client.cluster.user("ldap", "remote").is_some());
}

#[test]
fn products_and_apis_are_read_by_name_and_version() {
    let mut client = Client::bare();
    let (_, product) = client.get(&format!("{CATALOG}/products/petstore/1.0.0"));
    assert_eq!((&product["state"], &product["scope"]), (&json!("published"), &json!("catalog")));
    assert_eq!(
        client.get(&format!("{CATALOG}/products/{}/document", product["id"].as_str().unwrap())).1["info"]["name"],
        "petstore"
    );
    assert_eq!(client.get(&format!("{CATALOG}/products/petstore")).1["total_results"], 1);
    assert_eq!(client.get(&format!("{CATALOG}/products?states=staged")).1["total_results"], 0);
    assert!(
        client
            .get(&format!("{CATALOG}/products?fields=add(catalog_product)"))
            .1["results"][0]["catalog_product"]["plans"]
            .is_object()
    );
    assert_eq!(client.get(&format!("{CATALOG}/apis/weather/2.1.0/document")).1["info"]["version"], "2.1.0");
    assert_eq!(client.get(&format!("{CATALOG}/apis/weather/9.9.9")).0, 404);
}

#[test]
fn a_product_moves_through_its_life_and_takes_its_subscriptions_along() {
    let mut client = Client::with_shop();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.subscribe(shop, "petstore:1.0.0", "gold");
    let path = format!("{CATALOG}/products/petstore/1.0.0");
    assert_eq!(client.patch(&path, &json!({"state": "archived"})).0, 400);
    assert_eq!(client.patch(&path, &json!({"state": "deprecated"})).0, 200);
    assert_eq!(client.cluster.subscriptions(shop).len(), 1);
    assert_eq!(client.delete(&path).0, 200);
    assert!(client.cluster.subscriptions(shop).is_empty());
    assert_eq!(client.get(&format!("{CATALOG}/apis/petstore/1.0.0")).0, 404);
}

#[test]
fn errors_have_the_form_that_the_switch_says() {
    let mut client = Client::bare();
    let (status, error) = client.get("/api/nowhere");
    assert_eq!((status, keys(&error)), (404, vec!["message", "status"]));
    client.cluster.switches.error_body = ErrorBody::WithErrors;
    assert!(client.get("/api/nowhere").1["errors"].is_array());
    client.cluster.switches.error_body = ErrorBody::MessageText;
    assert!(client.get("/api/nowhere").1["message"].is_string());
    assert_eq!(client.send("POST", &format!("{CATALOG}/consumer-orgs"), "{".to_owned()).0, 400);
}

#[test]
fn a_copy_has_the_snapshot_of_its_source() {
    let (source, target) = seed::large_synced(seed::Size { orgs: 3, credentials: 20, ..seed::Size::default() });
    assert_eq!(source.snapshot(), target.snapshot());
    assert!(target.dump()["consumer_orgs"]["org-0"]["metadata"]["source_id"].is_string());
}

#[test]
fn the_small_pair_differs_in_every_kind() {
    let (source, target) = seed::small();
    let (source, target) = (source.snapshot(), target.snapshot());
    for kind in ["users", "consumer_orgs", "members", "applications", "credentials", "subscriptions"] {
        assert_ne!(source[kind], target[kind], "{kind}");
    }
    assert!(source["consumer_orgs"].get("sandbox-test-org").is_none());
}

#[test]
fn a_page_of_a_large_world_costs_a_page() {
    let mut client = Client::new(seed::large(seed::Size::default()).0);
    assert_eq!((client.cluster.credentials.len(), client.cluster.subscriptions.len()), (7500, 25_000));
    let (_, page) = client.get(&format!("{CATALOG}/subscriptions?limit=100&offset=24950"));
    assert_eq!((names(&page).len(), &page["total_results"]), (50, &json!(25_000)));
}

#[test]
fn metadata_is_merged_replaced_ignored_or_refused() {
    let mut client = Client::with_shop();
    let path = format!("{APPS}/acme/shop");
    let set = |client: &mut Client, key: &str| client.patch(&path, &json!({"metadata": {key: "1"}}));
    set(&mut client, "a");
    assert_eq!(set(&mut client, "b").1["metadata"], json!({"b": "1"}));
    client.cluster.switches.metadata_merged = true;
    assert_eq!(set(&mut client, "c").1["metadata"], json!({"b": "1", "c": "1"}));
    client.cluster.switches.metadata.applications = Metadata::Ignored;
    assert_eq!(set(&mut client, "d").1["metadata"], json!({"b": "1", "c": "1"}));
    client.cluster.switches.metadata.applications = Metadata::Refused;
    assert_eq!(set(&mut client, "e").0, 400);
}

#[test]
fn names_with_spaces_slashes_and_umlauts_are_addressed() {
    let mut client = Client::with_shop();
    let acme = client.cluster.org("acme").unwrap().head.id;
    client.cluster.add_app(acme, "a/b ü");
    assert_eq!(client.get(&format!("{APPS}/acme/a%2Fb%20%C3%BC")).1["name"], "a/b ü");
    client.cluster.add_space("north");
    assert_eq!(names(&client.get(&format!("{ORGS}/north/acme/apps")).1), ["a/b ü", "shop"]);
    assert_eq!(client.get(&format!("{APPS}/north/acme/shop/credentials")).0, 200);
}
