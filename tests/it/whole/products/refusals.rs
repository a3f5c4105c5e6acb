//! What servers refuse, said so that somebody can do something about it.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{Effect, Fault, world::build_products::api_document},
};
use serde_json::json;

use super::{api, product, publish, publishes, stage, then};
use crate::stage::{change, changes, counts, exits, shown};

#[tokio::test]
async fn production_mode_takes_a_changed_version_only_where_the_server_lifts_the_ban() {
    for lifts in [true, false] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        });
        stage.target().set("production_mode", true);
        stage.target().switches.config_sync_lifts_production_mode = lifts;
        stage.settle().await;
        then(&stage, |source| {
            let pets = api(source, "pets:1.0.0");
            source.change_api_document(pets, |document| document["info"]["title"] = json!("Pets"));
        });
        if lifts {
            stage.settle().await;
            stage.assert_products_mirrored();
            continue;
        }
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        let reason = change(&report, "products", "petstore:1.0.0").reason.clone().unwrap_or_default();
        assert!(reason.contains("production mode"), "{reason}");
        stage.target().set("production_mode", false);
        stage.settle().await;
        stage.assert_products_mirrored();
    }
}

#[tokio::test]
async fn a_body_that_the_ingress_refuses_is_explained() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "zoo:1.0.0", &["gold"], &["animals:1.0.0"]);
        let animals = api(source, "animals:1.0.0");
        source.change_api_document(animals, |document| {
            document["info"]["description"] = json!("x".repeat(20_000));
        });
    });
    stage.target().switches.publish_body_limit = Some(10_000);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = change(&report, "products", "zoo:1.0.0").reason.clone().unwrap_or_default();
    assert!(reason.contains("413") && reason.contains("proxy-body-size"), "{reason}");
    assert_eq!(counts(&report, "products").created, 1, "{}", shown(&report));
    stage.target().switches.publish_body_limit = None;
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["create zoo:1.0.0"]);
}

#[tokio::test]
async fn names_that_differ_in_capital_letters_only_are_reported() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    {
        let mut target = stage.target();
        let document = apic_configsync::sandbox::world::build_products::product_document(
            "own",
            "1.0.0",
            &[("a", false)],
            &["Pets:1.0.0"],
        );
        target.publish_in(None, document, vec![(api_document("Pets", "1.0.0"), None)]);
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = change(&report, "apis", "pets:1.0.0").reason.clone().unwrap_or_default();
    assert!(reason.contains("Pets:1.0.0"), "{reason}");
    assert_eq!(publishes(&stage), 0);
    stage.again().await;
}

#[tokio::test]
async fn a_lost_answer_to_a_publish_makes_no_second_product() {
    for production in [true, false] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        });
        stage.target().set("production_mode", production);
        stage.target().switches.config_sync_lifts_production_mode = false;
        stage.target().faults.add(Fault::on("POST", "/publish", Effect::LoseAnswer).times(1));
        stage.settle().await;
        stage.assert_products_mirrored();
    }
}

#[tokio::test]
async fn a_product_that_a_crash_left_without_its_mark_counts_as_the_operators() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.target().faults.add(Fault::on("PATCH", "/products/", Effect::status(500)));
    let report = stage.sync().await;
    assert_ne!(report.exit_status, ExitStatus::Success);
    stage.target().faults.clear();
    stage.sync().await;
    stage.again().await;
    stage.assert_products_mirrored();
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.remove_product(petstore);
    });
    let report = stage.settle().await;
    assert_eq!(counts(&report, "products").only_on_target, 1, "{}", shown(&report));
}

/// A proxy's page in the place of an answer proves nothing of a Product that was there before.
#[tokio::test]
async fn a_page_instead_of_an_answer_is_not_taken_for_a_publish() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| document["info"]["title"] = json!("Pets"));
    });
    stage.target().faults.add(Fault::on("POST", "/publish", Effect::HtmlPage));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    stage.target().faults.clear();
    let report = stage.settle().await;
    assert_eq!(changes(&report, "apis"), ["update pets:1.0.0"]);
    stage.assert_products_mirrored();
}
