//! What the server tells apart by file name: each API gets its own, or the Product is withheld.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::world::{Wsdl, build_products::product_document},
};
use serde_json::{Value, json};

use super::{publishes, rest, stage};
use crate::stage::{Stage, change, exits};

fn soap(name: &str, version: &str, file: Option<&str>) -> Value {
    let mut document = json!({
        "swagger": "2.0", "info": {"x-ibm-name": name, "title": name, "version": version}, "basePath": format!("/{name}"),
        "paths": {}, "x-ibm-configuration": {"type": "wsdl"},
    });
    if let Some(file) = file {
        document["x-ibm-configuration"]["wsdl-definition"] = json!({"wsdl": file});
    }
    document
}

fn wsdl(content: &str) -> Wsdl {
    let zip = content.starts_with("PK");
    Wsdl {
        content_type: if zip { "application/zip" } else { "application/wsdl" }.into(),
        content: content.as_bytes().to_vec(),
    }
}

/// A Product with two SOAP APIs, each with the name of its file and what that holds.
fn two(files: [(&str, &str); 2]) -> Stage {
    stage(|source| {
        let apis = ["calc:1.0.0", "convert:1.0.0"];
        let documents = apis.iter().zip(files).map(|(api, (file, content))| {
            let name = api.split(':').next().unwrap();
            (soap(name, "1.0.0", Some(file)), Some(wsdl(content)))
        });
        let product = product_document("soap", "1.0.0", &[("gold", false)], &apis);
        source.publish_in(None, product, documents.collect());
    })
}

#[tokio::test]
async fn one_name_for_two_files_withholds_the_product() {
    for [one, other] in
        [["service.wsdl", "service.wsdl"], ["service.wsdl", "Service.WSDL"], ["a\"b.wsdl", "a%22b.wsdl"]]
    {
        let stage = two([(one, "<definitions name=\"calc\"/>"), (other, "PK zipped")]);
        for _ in 0..2 {
            let report = stage.sync().await;
            exits(&report, ExitStatus::Incomplete);
            let told = change(&report, "products", "soap:1.0.0");
            let reason = told.reason.as_deref().unwrap();
            assert!(reason.contains(one) && reason.contains(other), "{reason}");
            assert_eq!(publishes(&stage), 0);
            assert!(stage.target().api("calc:1.0.0").is_none());
        }
        let plan = stage.plan().await;
        exits(&plan, ExitStatus::Incomplete);
    }
}

#[tokio::test]
async fn equal_files_under_one_name_are_no_clash() {
    let stage = two([("service.wsdl", "<a/>"), ("service.wsdl", "<a/>")]);
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
}

/// Versions that are made equal by what file names may not have.
#[tokio::test]
async fn names_that_nothing_fixes_make_room() {
    let versions = ["1/0", "1_0", "1:0"];
    let stage = stage(|source| {
        let apis = versions.map(|version| format!("calc:{version}"));
        let names: Vec<&str> = apis.iter().map(String::as_str).collect();
        let documents = versions.iter().enumerate().map(|(number, version)| {
            let file = (number > 0).then(|| ["calc_1_0.json", "Product.json"][number - 1]);
            let content = file.map(|_| wsdl(&format!("<definitions n=\"{number}\"/>")));
            (soap("calc", version, file), content)
        });
        let product = product_document("soap", "1.0.0", &[("gold", false)], &names);
        source.publish_in(None, product, documents.collect());
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
}
