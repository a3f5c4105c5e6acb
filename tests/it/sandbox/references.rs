//! Section 14.2: what a published product refers to, and whether the catalog has it.

use serde_json::json;

use super::publishing::{PUBLISH, books};
use super::{CATALOG, Client, JSON, keys};

#[test]
fn what_documents_refer_to_must_be_there() {
    let mut client = Client::bare();
    let (mut product, mut api) = books();
    product["plans"]["gold"]["billing"] = json!({"billing": "stripe"});
    api["securityDefinitions"] = json!({
        "oauth": {"type": "oauth2", "x-ibm-oauth-provider": "native"},
        "basic": {"type": "basic", "x-ibm-authentication-registry": "people"},
    });
    api["x-ibm-configuration"]["assembly"] = json!({"execute": [
        {"invoke": {"tls-profile": "outbound:2.0.0"}},
        {"if": {"execute": [{"invoke": {"tls-profile": "other"}}, {"invoke": {"tls-profile": "$(profile)"}}]}},
    ]});
    let apis = [api];
    let (status, error) = client.publish(PUBLISH, &product, &apis);
    let errors = error["errors"].as_array().unwrap();
    assert_eq!((status, errors.len()), (400, 5));
    for name in ["stripe", "native", "people", "outbound:2.0.0", "other"] {
        assert!(error["errors"].to_string().contains(&format!("'{name}'")), "{name}");
    }
    let world = &mut client.cluster;
    world.add_billing("stripe");
    world.add_oauth_provider(None, "native");
    world.add_api_user_registry(None, "people");
    world.add_tls_client_profile(None, "outbound", "1.0.0");
    world.add_tls_client_profile(None, "other", "1.0.0");
    let (_, error) = client.publish(PUBLISH, &product, &apis);
    assert_eq!(error["errors"].as_array().unwrap().len(), 1);
    client.cluster.add_tls_client_profile(None, "outbound", "2.0.0");
    let (status, answer) = client.publish(PUBLISH, &product, &apis);
    assert_eq!((status, answer["oauth_provider_urls"].as_array().unwrap().len()), (201, 1));
    let (_, shown) = client.get(&format!("{CATALOG}/apis/books/1.0.0"));
    for (field, count) in [("oauth_provider_urls", 1), ("user_registry_urls", 1), ("tls_client_profile_urls", 2)] {
        assert_eq!(shown[field].as_array().unwrap().len(), count, "{field}");
    }
}

#[test]
fn security_schemes_of_openapi_3_are_read_too() {
    let mut client = Client::bare();
    let (product, mut api) = books();
    api["components"] = json!({"securitySchemes": {"oauth": {"x-ibm-oauth-provider": "native"}}});
    assert_eq!(client.publish(PUBLISH, &product, &[api.clone()]).0, 400);
    client.cluster.add_oauth_provider(None, "native");
    assert_eq!(client.publish(PUBLISH, &product, &[api]).0, 201);
}

#[test]
fn gateway_services_can_be_chosen() {
    let mut client = Client::bare();
    let other = client.cluster.add_gateway_service("other");
    let (product, api) = books();
    let mut send = |url: &str| {
        let parts = [
            ("product", "product.json", JSON, product.to_string()),
            ("openapi", "api.json", JSON, api.to_string()),
            ("gateway_service_urls", "urls.json", JSON, json!([url]).to_string()),
        ];
        client.form(PUBLISH, &parts)
    };
    let (status, error) = send(&format!("{CATALOG}/configured-gateway-services/nowhere"));
    assert_eq!((status, error["errors"].as_array().unwrap().len()), (400, 1));
    let (_, answer) = send(&format!("https://x{CATALOG}/configured-gateway-services/other"));
    let urls = answer["gateway_service_urls"].as_array().unwrap();
    assert_eq!(urls.len(), 1);
    assert!(urls[0].as_str().unwrap().ends_with(&other.to_string()));
}

#[test]
fn a_document_says_who_sees_the_product() {
    let mut client = Client::with_shop();
    let acme = client.cluster.org("acme").unwrap().head.id;
    client.cluster.add_group("partners", &[acme]);
    let (mut product, api) = books();
    let org = format!("https://x/api/consumer-orgs/provider/sandbox/{acme}");
    product["visibility"] = json!({
        "view": {"type": "custom", "enabled": true, "orgs": ["acme"], "tags": ["partners"]},
        "subscribe": {"type": "custom", "enabled": false, "orgs": [org], "groups": []},
    });
    let apis = [api];
    let (_, answer) = client.publish(PUBLISH, &product, &apis);
    let (view, subscribe) = (&answer["visibility"]["view"], &answer["visibility"]["subscribe"]);
    assert_eq!(keys(view), ["enabled", "group_urls", "org_urls", "type"]);
    assert_eq!(view["org_urls"], subscribe["org_urls"]);
    assert_eq!((keys(subscribe), &subscribe["enabled"]), (vec!["enabled", "org_urls", "type"], &json!(false)));
    for list in ["orgs", "groups"] {
        let mut wrong = product.clone();
        wrong["visibility"]["view"][list] = json!(["nobody"]);
        assert_eq!(client.publish(PUBLISH, &wrong, &apis).0, 400, "{list}");
    }
    client.cluster.switches.publish_reads_orgs = false;
    let (_, answer) = client.publish(PUBLISH, &product, &apis);
    assert_eq!(answer["visibility"]["view"], json!({"type": "custom", "enabled": true}));
}
