//! Reading Products, APIs, their documents and what they need; and the check.

use apic_configsync::{
    engine::{
        catalog::{CatalogError, Listing},
        model::KindId,
        report::{Finding, Severity},
    },
    platform::{
        Catalogs,
        api_connect::{APIS, GATEWAY_SERVICES, PRODUCTS, SPACES, TLS_CLIENT_PROFILES},
    },
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{Edge, list};

/// An edge whose source has the spaces `dev` and `test`; both have a Product `shop:1.0.0`.
async fn with_spaces() -> Edge {
    let settings = json!({"spaces_enabled": true, "config_sync_target_catalog": true, "hash_client_secret": true});
    let edge = Edge::with_settings(settings.clone(), settings).await;
    let space = |name: &str| json!({"id": format!("{name}-id"), "name": name});
    edge.on("GET", "/catalogs/o/s/spaces", 200, list(&[space("test"), space("dev")])).await;
    edge.on("GET", "/catalogs/o/t/spaces", 200, list(&[space("dev")])).await;
    let (dev, test) = (product("p1"), product("p2"));
    edge.on("GET", "/spaces/o/s/dev-id/products", 200, list(std::slice::from_ref(&dev))).await;
    edge.on("GET", "/spaces/o/s/test-id/products", 200, list(&[test])).await;
    edge.on("GET", "/catalogs/o/s/products", 200, list(&[dev])).await;
    edge
}

fn product(id: &str) -> Value {
    json!({
        "id": id, "name": "shop", "version": "1.0.0", "state": "published", "scope": "space",
        "api_urls": ["/api/catalogs/o/s/apis/a2", "/api/catalogs/o/s/apis/a1", "/api/catalogs/o/s/apis/a1"],
        "gateway_service_urls": [],
        "visibility": {
            "view": {"type": "custom", "org_urls": [], "group_urls": ["/api/consumer-groups/o/s/r1"]},
            "subscribe": {"type": "authenticated", "enabled": false, "org_urls": []},
        },
        "updated_at": "2020-01-01T00:00:00.000Z",
    })
}

fn named(listing: &Listing) -> Vec<(&str, &str, &str)> {
    let row = |resource| {
        let resource: &apic_configsync::engine::model::Resource = resource;
        (resource.handle.as_str(), resource.name.text(), resource.key())
    };
    listing.resources.iter().map(row).collect()
}

#[tokio::test]
async fn products_of_spaces_are_told_apart_and_each_counts_once() {
    let edge = with_spaces().await;
    let source = edge.catalogs().await.source;
    let listing = source.list(PRODUCTS, None).await.unwrap();
    assert_eq!(
        named(&listing),
        [("p1", "shop:1.0.0", "dev/shop:1.0.0"), ("p2", "shop:1.0.0 (test)", "test/shop:1.0.0"),]
    );
    assert_eq!(listing.doubt, None);
    let first = &listing.resources[0];
    assert!(first.unread);
    assert_eq!(
        Value::Object(first.document.fields()),
        json!({
            "space": "dev-id", "state": "published", "apis": ["a1", "a2"],
            "view": {"type": "custom", "enabled": true}, "view_orgs": [], "view_groups": ["r1"],
            "subscribe": {"type": "authenticated", "enabled": false},
        })
    );
    let spaces = source.list(SPACES, None).await.unwrap();
    let spaces: Vec<&str> = named(&spaces).into_iter().map(|space| space.1).collect();
    assert_eq!(spaces, ["test", "dev"]);
}

#[tokio::test]
async fn a_product_in_a_space_that_is_not_seen_makes_the_list_doubtful() {
    let edge = with_spaces().await;
    edge.on("GET", "/spaces/o/t/dev-id/products", 200, list(&[])).await;
    edge.on("GET", "/catalogs/o/t/products", 200, list(&[product("p9")])).await;
    let target = edge.catalogs().await.target;
    let listing = target.list(PRODUCTS, None).await.unwrap();
    assert!(listing.resources.is_empty());
    assert!(listing.doubt.unwrap().contains("1 products are in spaces"));
}

#[tokio::test]
async fn a_product_is_gone_only_where_no_space_has_it() {
    let edge = with_spaces().await;
    for place in ["/catalogs/o/s", "/spaces/o/s/dev-id", "/spaces/o/s/test-id"] {
        let gone = json!({"status": 404});
        edge.on("GET", &format!("{place}/products/p0"), 404, gone).await;
    }
    let source = edge.catalogs().await.source;
    let handle = apic_configsync::engine::model::Handle::new("p0");
    assert!(source.read(PRODUCTS, &handle).await.unwrap().is_none());
    let place = "/spaces/o/s/test-id/products/p0";
    edge.once("GET", place, 200, product("p0")).await;
    assert!(source.read(PRODUCTS, &handle).await.unwrap().is_some());
}

#[tokio::test]
async fn a_hint_is_the_sources_alone_and_only_of_what_has_settled() {
    let edge = Edge::ready().await;
    let settled = json!({"id": "a1", "name": "Calc", "version": "1", "state": "online", "updated_at": "2020-01-01T00:00:00.000Z"});
    let mut fresh = settled.clone();
    fresh["id"] = "a2".into();
    fresh["name"] = "other".into();
    fresh["updated_at"] = "2999-01-01T00:00:00.000Z".into();
    for catalog in ["s", "t"] {
        let place = format!("/catalogs/o/{catalog}/apis");
        // The server's clock stands still, so that the outcome hangs on no other.
        let date = ("date", "Wed, 01 Jan 2020 00:00:02 GMT");
        let answer = ResponseTemplate::new(200)
            .set_body_json(list(&[settled.clone(), fresh.clone()]))
            .insert_header(date.0, date.1);
        edge.answer("GET", &place, answer).await;
    }
    let Catalogs { source, target, .. } = edge.catalogs().await;
    let ours = source.list(APIS, None).await.unwrap();
    let states: Vec<Option<&str>> = ours.resources.iter().map(|api| api.state.as_deref()).collect();
    assert_eq!(states, [Some("2020-01-01T00:00:00.000Z online"), None]);
    let folded = ours.resources[0].document.field("folded_name");
    assert_eq!(folded, "calc:1");
    let theirs = target.list(APIS, None).await.unwrap();
    assert!(theirs.resources.iter().all(|api| api.state.is_none() && api.unread));
}

/// The first API of a source that has one, and an edge that answers for its documents as `mounted` says.
async fn detail(edge: &Edge, kind: KindId) -> Result<apic_configsync::engine::model::Resource, CatalogError> {
    let collection = if kind == APIS { "apis" } else { "products" };
    let thing = json!({"id": "x1", "name": "calc", "version": "1.0.0", "state": "online"});
    edge.on("GET", &format!("/catalogs/o/s/{collection}"), 200, list(&[thing])).await;
    let source = edge.catalogs().await.source;
    let listed = source.list(kind, None).await.unwrap();
    source.detail(&listed.resources[0]).await
}

#[tokio::test]
async fn an_apis_documents_come_as_their_author_wrote_them() {
    let edge = Edge::ready().await;
    let text = "{ \"n\": 1.0, \"big\": 12345678901234567890123,\n \"x-ibm-configuration\": {\"wsdl-definition\": {\"wsdl\": \"calc.wsdl\"}},\n \"securityDefinitions\": {\"o\": {\"x-ibm-oauth-provider\": \"native\"}} }";
    let raw = ResponseTemplate::new(200).set_body_raw(text, "application/json");
    edge.answer("GET", "/catalogs/o/s/apis/x1/document", raw).await;
    let wsdl = json!({"content": "PGEvPg==", "content_type": "application/wsdl"});
    edge.on("GET", "/catalogs/o/s/apis/x1/wsdl", 200, wsdl).await;
    let read = detail(&edge, APIS).await.unwrap();
    assert!(!read.unread);
    assert_eq!(read.files.of_role("document").unwrap().bytes, text);
    let wsdl = read.files.of_role("wsdl").unwrap();
    assert_eq!((&*wsdl.name, &*wsdl.media_type), ("calc.wsdl", "application/wsdl"));
    assert_eq!(wsdl.bytes, "<a/>");
    assert_eq!(read.document.field("oauth_providers"), json!(["native"]));
}

#[tokio::test]
async fn a_products_document_may_be_inside_the_object() {
    let edge = Edge::ready().await;
    let gone = json!({"status": 404});
    edge.on("GET", "/catalogs/o/s/products/x1/document", 404, gone).await;
    let object = "{\"id\":\"x1\",\"catalog_product\":{\"b\": 1.0,  \"a\":[ ]}}";
    let raw = ResponseTemplate::new(200).set_body_raw(object, "application/json");
    edge.answer("GET", "/catalogs/o/s/products/x1", raw).await;
    let read = detail(&edge, PRODUCTS).await.unwrap();
    let file = read.files.of_role("document").unwrap();
    assert_eq!(file.bytes, "{\"b\": 1.0,  \"a\":[ ]}");
}

#[tokio::test]
async fn a_document_that_is_no_json_is_named() {
    let edge = Edge::ready().await;
    let yaml = ResponseTemplate::new(200).set_body_raw("product: 1.0.0\n", "application/yaml");
    edge.answer("GET", "/catalogs/o/s/products/x1/document", yaml).await;
    let error = detail(&edge, PRODUCTS).await.unwrap_err();
    assert!(matches!(error, CatalogError::Malformed(_)), "{error}");
    assert!(error.to_string().contains("calc:1.0.0 is no JSON"), "{error}");
}

#[tokio::test]
async fn prerequisites_go_by_name_and_gateway_services_by_the_mapped_one() {
    let mut edge = with_spaces().await;
    edge.variables = vec![("GATEWAY_SERVICE_NAME_MAPPING", "gw-a,gw-b")];
    for place in ["/catalogs/o/s", "/spaces/o/s/dev-id", "/spaces/o/s/test-id"] {
        let services = list(&[json!({"id": "g1", "name": "gw-a"})]);
        edge.on("GET", &format!("{place}/configured-gateway-services"), 200, services).await;
        let profiles = list(&[json!({"id": "t1", "name": "out", "version": "2.0.0"})]);
        let refused = json!({"status": 403, "message": ["no"]});
        let (status, answer) = if place.ends_with("test-id") { (403, refused) } else { (200, profiles) };
        let profiles = format!("{place}/configured-tls-client-profiles");
        edge.on("GET", &profiles, status, answer).await;
    }
    let source = edge.catalogs().await.source;
    let services = source.list(GATEWAY_SERVICES, None).await.unwrap();
    let addresses: Vec<_> = named(&services).into_iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(addresses, [("g1", "gw-b"), ("test-id/g1", "test/gw-b"), ("dev-id/g1", "dev/gw-b")]);
    let profiles = source.list(TLS_CLIENT_PROFILES, None).await.unwrap();
    let names: Vec<&str> = named(&profiles).into_iter().map(|it| it.1).collect();
    assert_eq!(names, ["out", "out:2.0.0"]);
}

fn worst<'a>(findings: &'a [Finding], check: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.check == check)
}

#[tokio::test]
async fn the_target_must_be_set_up_for_products_unless_they_are_left_out() {
    let settings = json!({"hash_client_secret": true});
    let mut edge = Edge::with_settings(settings.clone(), settings).await;
    let findings = edge.access().await.findings;
    let finding = worst(&findings, "config_sync_target_catalog").unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.mend.contains("SyncProductsAndAPIs=false"));
    edge.variables = vec![("SyncProductsAndAPIs", "false")];
    assert!(edge.access().await.findings.is_empty());
}

#[tokio::test]
async fn spaces_on_one_side_and_hidden_spaces_are_told() {
    let ready = json!({"hash_client_secret": true, "config_sync_target_catalog": true});
    let mut spaced = ready.clone();
    spaced["spaces_enabled"] = true.into();
    let edge = Edge::with_settings(ready, spaced).await;
    edge.on("GET", "/catalogs/o/t/spaces", 200, list(&[])).await;
    let findings = edge.access().await.findings;
    let finding = worst(&findings, "spaces_enabled").unwrap();
    assert!(finding.message.contains("only the target"), "{}", finding.message);
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(findings.len(), 1);
    let refusal = json!({"status": 403, "message": ["no"]});
    edge.once("GET", "/catalogs/o/t/spaces", 403, refusal).await;
    let access = edge.access().await;
    assert!(access.catalogs.is_none());
    assert!(access.findings[0].mend.contains("may view the catalog's spaces"));
}

#[tokio::test]
async fn the_check_names_what_the_target_lacks() {
    let mut edge = Edge::ready().await;
    edge.variables = vec![("GATEWAY_SERVICE_NAME_MAPPING", "gw,gateway;typo,other")];
    let services = list(&[json!({"id": "g1", "name": "gw"})]);
    edge.on("GET", "/catalogs/o/s/configured-gateway-services", 200, services).await;
    edge.on("GET", "/catalogs/o/t/configured-gateway-services", 200, list(&[])).await;
    let provider = list(&[json!({"id": "o1", "name": "native"})]);
    edge.on("GET", "/catalogs/o/s/configured-oauth-providers", 200, provider).await;
    let findings = edge.catalogs().await.inspection.inspect().await.forward;
    let gateway = worst(&findings, "gateway_services").unwrap();
    assert!(gateway.message.contains("no gateway service gateway"), "{}", gateway.message);
    let provider = worst(&findings, "oauth_providers").unwrap();
    assert!(provider.mend.contains("configured-oauth-providers"), "{}", provider.mend);
    let mapping = findings.iter().filter(|it| it.check == "GATEWAY_SERVICE_NAME_MAPPING");
    let named: Vec<&str> = mapping.map(|it| it.message.split([' ', ',']).nth(2).unwrap()).collect();
    assert_eq!(named, ["typo", "gateway", "other"]);
}
