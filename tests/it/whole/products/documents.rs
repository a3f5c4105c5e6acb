//! Documents of every kind go through unharmed.

use apic_configsync::sandbox::world::{Wsdl, build_products::product_document};
use serde_json::{Value, json};

use super::{api, publish, stage, then};
use crate::stage::{change, changes, counts};

fn soap(name: &str, file: &str) -> Value {
    json!({
        "swagger": "2.0",
        "info": {"x-ibm-name": name, "title": name, "version": "1.0.0"},
        "basePath": format!("/{name}"),
        "x-ibm-configuration": {
            "type": "wsdl", "enforced": true,
            "wsdl-definition": {"wsdl": file, "service": "S", "port": "P"},
        },
        "paths": {},
    })
}

fn wsdl(content: &[u8]) -> Wsdl {
    let zip = content.starts_with(b"PK");
    Wsdl { content_type: if zip { "application/zip" } else { "application/wsdl" }.into(), content: content.to_vec() }
}

/// The shapes of the reference's recorded documents, and others that only have to pass.
fn menagerie() -> Vec<(Value, Option<Wsdl>)> {
    let open_api_3 = json!({
        "openapi": "3.0.3",
        "info": {"x-ibm-name": "orders", "title": "Orders", "version": "1.0.0", "x-odd": [1, 2.5, null]},
        "servers": [{"url": "https://example.com/orders"}],
        "x-ibm-configuration": {
            "type": "rest", "enforced": true, "phase": "realized", "testable": true,
            "assembly": {"execute": [{"invoke": {"version": "2.0.0", "target-url": "$(target-url)$(request.path)"}}]},
        },
        "paths": {"/orders/{id}": {"get": {"responses": {"200": {"description": "größe ∞"}}}}},
    });
    let graph_ql = json!({
        "openapi": "3.0.0",
        "info": {"x-ibm-name": "graph", "title": "Graph", "version": "1.0.0"},
        "x-ibm-configuration": {"type": "graphql", "enforced": true, "schema": "type Query { a: Int }", "unknown": {"deep": {"er": true}}},
        "paths": {},
    });
    let event = json!({
        "asyncapi": "2.1.0",
        "info": {"x-ibm-name": "events", "title": "Events", "version": "1.0.0"},
        "x-ibm-configuration": {"type": "asyncapi", "enforced": false},
        "channels": {"c": {"subscribe": {}}},
    });
    vec![
        (open_api_3, None),
        (graph_ql, None),
        (event, None),
        (soap("calculator", "calculator.wsdl"), Some(wsdl(b"<definitions name=\"calc\"/>"))),
        (soap("bundle", "bundle.zip"), Some(wsdl(b"PK\x03\x04 zipped \x00\xff"))),
    ]
}

#[tokio::test]
async fn open_api_soap_graph_ql_and_others_go_through_whatever_the_server_wraps_a_wsdl_in() {
    for wrapped in [true, false] {
        let stage = stage(|source| {
            source.switches.wsdl_wrapped = wrapped;
            let apis = ["orders:1.0.0", "graph:1.0.0", "events:1.0.0", "calculator:1.0.0", "bundle:1.0.0"];
            let mut product = product_document("menagerie", "1.0.0", &[("all", false)], &apis);
            product["info"]["x-ibm-languages"] = json!({"title": {"de": "Tierpark"}});
            product["x-unknown"] = json!({"kept": [1, "two"]});
            source.publish_in(None, product, menagerie());
        });
        stage.target().switches.wsdl_wrapped = wrapped;
        let report = stage.settle().await;
        stage.assert_products_mirrored();
        assert_eq!(counts(&report, "apis").created, 5);
    }
}

#[tokio::test]
async fn a_changed_wsdl_alone_is_published() {
    let stage = stage(|source| {
        let product = product_document("soap", "1.0.0", &[("all", false)], &["calculator:1.0.0"]);
        source.publish_in(None, product, vec![(soap("calculator", "calculator.wsdl"), Some(wsdl(b"<one/>")))]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let calculator = api(source, "calculator:1.0.0");
        source.change::<apic_configsync::sandbox::world::Api>(calculator, |row| {
            row.wsdl = Some(wsdl(b"<two/>"));
        });
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "apis"), ["update calculator:1.0.0"]);
    let fields = &change(&report, "apis", "calculator:1.0.0").fields;
    assert!(fields.iter().any(|field| field.path.starts_with("/wsdl")), "{fields:?}");
}

#[tokio::test]
async fn a_change_on_the_target_is_found_by_a_deep_comparison_only() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    {
        let mut target = stage.target();
        let pets = api(&target, "pets:1.0.0");
        target.change_api_document(pets, |document| {
            document["info"]["title"] = json!("Vandalized");
        });
    }
    stage.again().await;
    stage.set("DEEP_COMPARE", "true");
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "apis"), ["update pets:1.0.0"]);
}

#[tokio::test]
async fn an_api_that_was_taken_offline_stays_so_on_the_other_side_even_when_its_product_is_published_again() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
        let pets = api(source, "pets:1.0.0");
        source.set_api_state(pets, "offline");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    then(&stage, |source| {
        let orders = api(source, "orders:1.0.0");
        source.change_api_document(orders, |document| {
            document["info"]["title"] = json!("Orders");
        });
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "apis"), ["update orders:1.0.0"]);
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.set_api_state(pets, "online");
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "apis"), ["update pets:1.0.0"]);
}
