//! Section 16: what is put to use for APIs in a catalog or a space.

use serde_json::json;

use super::{CATALOG, Client, names};

const NORTH: &str = "/api/spaces/provider/sandbox/north";

#[test]
fn a_catalog_and_a_space_list_their_own() {
    let mut client = Client::bare();
    let north = client.cluster.add_space("north");
    for (home, suffix) in [(None, "c"), (Some(north), "s")] {
        let world = &mut client.cluster;
        world.add_oauth_provider(home, &format!("oauth-{suffix}"));
        world.add_tls_client_profile(home, &format!("tls-{suffix}"), "1.0.0");
        world.add_api_user_registry(home, &format!("people-{suffix}"));
        world.add_gateway_service_in(home, &format!("edge-{suffix}"));
    }
    for (collection, of_catalog, of_space) in [
        ("configured-oauth-providers", vec!["oauth-c"], vec!["oauth-s"]),
        ("configured-tls-client-profiles", vec!["tls-c"], vec!["tls-s"]),
        ("configured-api-user-registries", vec!["people-c"], vec!["people-s"]),
        ("configured-gateway-services", vec!["edge-c", "gateway"], vec!["edge-s"]),
    ] {
        for (home, listed) in [(CATALOG, of_catalog), (NORTH, of_space)] {
            let (_, list) = client.get(&format!("{home}/{collection}"));
            assert_eq!(names(&list), listed, "{collection}");
            let url = list["results"][0]["url"].as_str().unwrap();
            let area = if home == NORTH { "/api/spaces/" } else { "/api/catalogs/" };
            assert!(url.contains(area) && url.contains(collection), "{url}");
            let path = url.strip_prefix("http://mgmt.example.com").unwrap();
            assert_eq!(client.get(path).1["name"], listed[0]);
        }
    }
}

#[test]
fn tls_client_profiles_have_versions() {
    let mut client = Client::bare();
    for version in ["1.0.0", "2.0.0"] {
        client.cluster.add_tls_client_profile(None, "outbound", version);
    }
    let path = format!("{CATALOG}/configured-tls-client-profiles");
    assert_eq!(client.get(&format!("{path}/outbound/2.0.0")).1["version"], "2.0.0");
    assert_eq!(client.get(&format!("{path}/outbound/3.0.0")).0, 404);
    assert_eq!(client.get(&path).1["total_results"], json!(2));
    assert_eq!(client.post(&path, &json!({})).0, 404);
}

#[test]
fn references_are_looked_up_where_the_api_lives() {
    let mut client = Client::bare();
    let north = client.cluster.add_space("north");
    client.cluster.set("spaces_enabled", true);
    client.cluster.add_oauth_provider(None, "native");
    let (product, mut api) = super::product_worlds::wolves();
    api["securityDefinitions"] = json!({"oauth": {"x-ibm-oauth-provider": "native"}});
    let path = format!("{NORTH}/publish");
    assert_eq!(client.publish(&path, &product, &[api.clone()]).0, 400);
    client.cluster.add_oauth_provider(Some(north), "native");
    assert_eq!(client.publish(&path, &product, &[api]).0, 201);
    let (_, shown) = client.get(&format!("{NORTH}/apis/wolves/1.0.0"));
    let url = shown["oauth_provider_urls"][0].as_str().unwrap();
    assert!(url.contains("/api/spaces/"), "{url}");
}
