//! A publish: its body, and what follows from its answer.

use apic_configsync::{
    engine::{catalog::CatalogError, change::NewObject, model::Files},
    platform::api_connect::{CONSUMER_ORGS, GATEWAY_SERVICES, GROUPS, SPACES},
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{API, Edge, Known, PRODUCT, change, creation, file, package, places, shop, shown, wanted};

const PUBLISH: &str = "/catalogs/o/t/publish";
const BY_NAME: &str = "/catalogs/o/t/products/shop/1.0.0";
const BY_ID: &str = "/catalogs/o/t/products/p1";

/// The parts of a form: the header lines of each, and its content.
fn parts(request: &wiremock::Request) -> Vec<(String, String)> {
    let declared = request.headers["content-type"].to_str().unwrap();
    let boundary = declared.split_once("boundary=").unwrap().1;
    let body = String::from_utf8(request.body.clone()).unwrap();
    let whole = body.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap();
    let parts = whole.strip_prefix(&format!("--{boundary}\r\n")).unwrap();
    parts
        .split(&format!("\r\n--{boundary}\r\n"))
        .map(|part| part.split_once("\r\n\r\n").unwrap())
        .map(|(head, content)| (head.to_owned(), content.to_owned()))
        .collect()
}

fn head(name: &str, file: &str, media_type: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {media_type}")
}

#[tokio::test]
async fn documents_are_sent_in_order_and_byte_by_byte() {
    let edge = Edge::ready().await;
    edge.on("POST", PUBLISH, 201, shown(&edge, "published")).await;
    edge.on("PATCH", BY_ID, 200, shown(&edge, "published")).await;
    let target = edge.target().await;
    let made = target.create(&shop(), &creation(wanted()), &places()).await.unwrap();
    assert_eq!((made.handle.as_str(), made.pending), ("p1", false));
    let publish = &edge.writes().await[0];
    assert!(!publish.headers.contains_key("transfer-encoding"));
    let length = publish.headers["content-length"].to_str().unwrap();
    assert_eq!(length, publish.body.len().to_string());
    let halves = r#"{"subscribe":{"enabled":true,"type":"authenticated"},"view":{"enabled":true,"type":"public"}}"#;
    let product = PRODUCT.replace("\"visibility\": {}", &format!("\"visibility\": {halves}"));
    let gateways = json!([edge.url("/catalogs/o/t/configured-gateway-services/g1")]);
    let urls = "gateway_service_urls";
    assert_eq!(
        parts(publish),
        [
            (head("product", "product.json", "application/json"), product),
            (head("openapi", "calc_1.0.0.json", "application/json"), API.to_owned()),
            (head("wsdl", "calc.zip", "application/zip"), "PK\u{3}\u{4}".to_owned()),
            (head(urls, &format!("{urls}.json"), "application/json"), gateways.to_string()),
        ]
    );
    // The answer shows what is wanted: only the metadata is left.
    let patch: Value = serde_json::from_slice(&edge.writes().await[1].body).unwrap();
    let metadata = json!({"source_id": "p0", "source_catalog": "s-id", "source_hint": "hint"});
    assert_eq!(patch, json!({"metadata": metadata}));
}

#[tokio::test]
async fn what_the_publish_did_not_do_follows_in_one_change() {
    let edge = Edge::ready().await;
    edge.on("POST", "/spaces/o/t/sp/publish", 201, shown(&edge, "published")).await;
    edge.on("PATCH", "/spaces/o/t/sp/products/p1", 200, shown(&edge, "published")).await;
    let fields = json!({
        "space": "dev",
        "view": {"type": "custom", "enabled": true},
        "view_orgs": ["acme", "gone"],
        "view_groups": ["gold"],
        "gateway_services": ["dev/gw"],
    });
    let known = Known(vec![
        (SPACES, "dev", "sp"),
        (CONSUMER_ORGS, "acme", "c1"),
        (GROUPS, "gold", "r1"),
        (GATEWAY_SERVICES, "dev/gw", "sp/g2"),
    ]);
    let target = edge.target().await;
    target.create(&shop(), &creation(fields), &known).await.unwrap();
    let gateway = edge.url("/spaces/o/t/sp/configured-gateway-services/g2");
    let body: Value = serde_json::from_slice(&edge.writes().await[1].body).unwrap();
    assert_eq!(body["gateway_service_urls"], json!([gateway]));
    assert_eq!(
        body["visibility"],
        json!({"view": {
            "type": "custom", "enabled": true,
            "org_urls": [edge.url("/consumer-orgs/o/t/c1")],
            "group_urls": [edge.url("/consumer-groups/o/t/r1")],
        }})
    );
    assert_eq!(body["metadata"]["source_id"], "p0");
    assert_eq!(edge.writes().await.len(), 2);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_before_anything_is_sent_again() {
    let edge = lost_with(API).await;
    edge.on("PATCH", BY_ID, 200, shown(&edge, "published")).await;
    let target = edge.target().await;
    let made = target.create(&shop(), &in_normal_form(), &places()).await;
    assert_eq!(made.unwrap().handle.as_str(), "p1");
    let sent: Vec<String> = edge.changes().await.into_iter().map(|it| it.0).collect();
    assert_eq!(sent, ["POST publish", "PATCH products/p1"]);
}

#[tokio::test]
async fn what_is_found_after_a_lost_answer_may_be_somebody_elses() {
    let edge = lost_with(&API.replace("1e2", "2e2")).await;
    let target = edge.target().await;
    let error = target.create(&shop(), &in_normal_form(), &places()).await;
    assert!(matches!(error, Err(CatalogError::Changed(_))), "{error:?}");
    assert_eq!(edge.changes().await.len(), 1);
}

/// The Product with the documents that those of `PRODUCT` and `API` are compared by.
fn in_normal_form() -> NewObject {
    let product = r#"{"info":{"name":"shop","version":"1.0.0"},"n":1}"#;
    let api = r#"{"info":{"version":"1.0.0","x-ibm-name":"calc"},"x":100}"#;
    let mut creation = creation(wanted());
    let package = creation.package.as_mut().unwrap();
    let json = |name, content| Files::new(vec![file("document", name, "application/json", content)]);
    package.own = json("product.json", product);
    package.carried[0].1 = json("calc_1.0.0.json", api);
    creation
}

/// An edge that publishes without an answer, and then has the Product with this API.
async fn lost_with(api: &str) -> Edge {
    let edge = Edge::ready().await;
    edge.on("POST", PUBLISH, 502, json!({})).await;
    edge.on("GET", BY_NAME, 200, shown(&edge, "published")).await;
    let calc = json!({"type": "api", "id": "x1", "name": "calc", "version": "1.0.0"});
    edge.on("GET", "/catalogs/o/t/apis/calc/1.0.0", 200, calc).await;
    for (place, document) in [("products/p1", PRODUCT), ("apis/x1", api)] {
        let raw = ResponseTemplate::new(200).set_body_raw(document, "application/json");
        edge.answer("GET", &format!("/catalogs/o/t/{place}/document"), raw).await;
    }
    edge
}

#[tokio::test]
async fn a_publish_without_effect_is_sent_again_and_one_that_waits_is_left_waiting() {
    let edge = Edge::ready().await;
    edge.on("POST", PUBLISH, 201, shown(&edge, "pending")).await;
    edge.once("POST", PUBLISH, 504, json!({})).await;
    edge.on("GET", BY_NAME, 404, json!({"status": 404})).await;
    edge.on("PATCH", BY_ID, 200, shown(&edge, "pending")).await;
    let target = edge.target().await;
    let mut fields = wanted();
    fields["view"]["enabled"] = false.into();
    let made = target.create(&shop(), &creation(fields), &places()).await;
    assert!(made.unwrap().pending);
    let changes = edge.changes().await;
    assert_eq!(changes.len(), 3);
    assert!(changes[2].1.get("visibility").is_none(), "{}", changes[2].1);
}

#[tokio::test]
async fn a_product_that_appeared_meanwhile_is_not_taken_over() {
    let edge = Edge::ready().await;
    let taken = json!({"status": 409, "message": ["The product shop:1.0.0 already exists."]});
    edge.on("POST", PUBLISH, 409, taken).await;
    edge.on("GET", BY_NAME, 200, shown(&edge, "published")).await;
    let target = edge.target().await;
    let error = target.create(&shop(), &creation(wanted()), &places()).await;
    assert!(matches!(error, Err(CatalogError::Changed(_))), "{error:?}");
    assert_eq!(edge.writes().await.len(), 1);
}

#[tokio::test]
async fn too_large_a_body_is_told_with_its_size_and_what_to_raise() {
    let edge = Edge::ready().await;
    let page = "<html><h1>413 Request Entity Too Large</h1></html>";
    let answer = ResponseTemplate::new(413).set_body_raw(page, "text/html");
    edge.answer("POST", PUBLISH, answer).await;
    let target = edge.target().await;
    let error = target.create(&shop(), &creation(wanted()), &places()).await;
    let error = error.unwrap_err().to_string();
    let size = edge.writes().await[0].body.len();
    assert!(error.contains(&format!("{size} bytes")), "{error}");
    assert!(error.contains("proxy-body-size"), "{error}");
}

/// What is made of a refusal, and the words that it must have.
async fn refused(again: bool, status: u16, message: &str) -> (bool, String) {
    let edge = Edge::ready().await;
    let body = json!({"status": status, "message": [message]});
    edge.on("POST", PUBLISH, status, body).await;
    edge.on("GET", BY_NAME, 404, json!({"status": 404})).await;
    let target = edge.target().await;
    let error = if again {
        let update = change(wanted(), &[], Some(package()));
        let product = apic_configsync::engine::model::Handle::new("p1");
        let changed = target.update(&shop(), &product, &update, &places()).await;
        changed.map(drop)
    } else {
        let made = target.create(&shop(), &creation(wanted()), &places()).await;
        made.map(drop)
    };
    let error = error.unwrap_err();
    (matches!(error, CatalogError::MissingOnTarget(_)), error.to_string())
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let exists = "The product shop:1.0.0 already exists and the catalog is in production mode.";
    let clash = "An api with the name Calc:1.0.0 already exists.";
    let oauth = "The OAuth provider 'native' is not configured in the catalog.";
    for (again, status, message, withheld, advice) in [
        (true, 409, exists, true, "config_sync_target_catalog"),
        (true, 400, exists, true, "production_mode"),
        (false, 409, clash, true, "whatever their case"),
        (false, 400, oauth, true, "'native' is not configured"),
        (false, 400, "The document is invalid.", false, "is invalid"),
        (false, 403, oauth, false, "answered 403"),
        (true, 409, clash, true, "whatever their case"),
        (false, 500, oauth, false, "answered 500"),
    ] {
        let (is_withheld, error) = refused(again, status, message).await;
        assert!(error.contains(advice), "{error}");
        assert!(error.contains(message) || status == 500, "{error}");
        assert_eq!(is_withheld, withheld, "{error}");
    }
}
