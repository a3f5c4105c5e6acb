//! What strays from the plain case: half of the kinds, states and lists that do not fit, secrets in documents.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Effect, Fault,
        world::{
            Audience,
            build_products::{api_document, product_document},
        },
    },
};
use serde_json::json;

use super::{api, app, bare, edit, product, publish, publishes, rest, stage, then};
use crate::stage::{Stage, changes, counts, exits, shown};

#[tokio::test]
async fn subscriptions_alone_use_the_products_that_are_there() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold", "silver"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    edit(&stage, "petstore:1.0.0", |document| {
        document["info"]["title"] = json!("T");
    });
    then(&stage, |source| {
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "silver");
    });
    stage.set("INCLUDE_KINDS", "subscriptions");
    let before = publishes(&stage);
    let report = stage.settle().await;
    assert_eq!(publishes(&stage), before);
    assert_eq!(changes(&report, "subscriptions"), ["create acme/shop/petstore:1.0.0/silver"]);
    stage.assert_mirrored();
    stage.set("INCLUDE_KINDS", "");
    stage.settle().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn leaving_out_one_of_products_and_apis_finds_nothing_twice() {
    for kind in ["apis", "products"] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        })
        .with("EXCLUDE_KINDS", kind);
        stage.sync().await;
        stage.again().await;
        then(&stage, |source| {
            let pets = api(source, "pets:1.0.0");
            source.change_api_document(pets, |document| document["info"]["title"] = json!("P"));
        });
        stage.sync().await;
        stage.again().await;
        stage.set("EXCLUDE_KINDS", "");
        stage.settle().await;
        stage.assert_products_mirrored();
        rest(&stage).await;
    }
}

#[tokio::test]
async fn an_audience_of_organizations_and_groups_is_carried_whole() {
    let stage = stage(|source| {
        let acme = source.org("acme").unwrap().head.id;
        let group = source.add_group("partners", &[acme]);
        let petstore = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let custom = || Audience { kind: "custom".into(), enabled: true, orgs: vec![acme], groups: vec![group] };
        source.set_visibility(petstore, custom(), Audience { enabled: false, ..custom() });
    });
    stage.target().add_group("partners", &[]);
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
    edit(&stage, "petstore:1.0.0", |document| {
        document["info"]["title"] = json!("T");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn key_order_and_forms_of_numbers_are_no_change() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| {
            document["x"] = json!({"a": 1, "b": [10, 1e300, 18_446_744_073_709_551_615_u64]});
        });
    });
    stage.settle().await;
    let before = publishes(&stage);
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| {
            document["x"] = json!({"b": [10.0, 1e300, 18_446_744_073_709_551_615_u64], "a": 1.0});
        });
    });
    let report = stage.sync().await;
    assert!(changes(&report, "apis").is_empty(), "{}", shown(&report));
    assert_eq!(publishes(&stage), before);
    rest(&stage).await;
}

#[tokio::test]
async fn an_api_without_a_product_stays_at_home_whatever_it_is() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "internal:1.0.0", &["gold"], &["tools:1.0.0"]);
        source.add_api("alone", "1.0.0");
    })
    .with("EXCLUDE_PRODUCTS", "internal");
    let report = stage.settle().await;
    assert_eq!(changes(&report, "apis"), ["create pets:1.0.0"]);
    assert_eq!(counts(&report, "apis").withheld, 0, "{}", shown(&report));
    rest(&stage).await;
}

#[tokio::test]
async fn secrets_in_documents_are_not_shown() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| {
            document["x-ibm-configuration"]["assembly"] = json!({"execute": [
                {"invoke": {"username": "u", "password": "hush-1", "client-secret": "hush-2"}},
                {"set-variable": {"actions": [{"set": "message.headers.Authorization", "value": "Basic hush-3"}]}},
                {"invoke": {"target-url": "https://user:hush-4@example.com/?apikey=hush-5"}},
            ]});
            document["x-ibm-configuration"]["catalogs"] = json!({"sandbox": {"properties": {"token": "hush-6"}}});
            document["x-ibm-configuration"]["properties"] = json!({"api_key": {"value": "hush-7"}});
        });
    });
    let report = stage.settle().await;
    let json = serde_json::to_string(&report.changes.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>()).unwrap();
    for text in [shown(&report), json] {
        let found: Vec<_> = (1..=7).filter(|n| text.contains(&format!("hush-{n}"))).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
}

#[tokio::test]
async fn nothing_is_tried_on_a_product_that_is_archived_on_the_target() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    });
    stage.settle().await;
    {
        let mut target = stage.target();
        let id = product(&target, "petstore:1.0.0");
        target.set_product_state(id, "archived");
        target.tick(10);
    }
    for _ in 0..2 {
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete);
        assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
        let subscriptions = counts(&report, "subscriptions");
        assert_eq!((subscriptions.failed, subscriptions.skipped), (0, 1), "{}", shown(&report));
        assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    }
}

#[tokio::test]
async fn a_billing_that_is_there_and_apis_without_a_gateway_are_carried() {
    let [mut source, mut target] = [bare().0, bare().1];
    source.add_billing("stripe");
    target.add_billing("stripe");
    let mut document = product_document("petstore", "1.0.0", &[("gold", false)], &["pets:1.0.0"]);
    document["plans"]["gold"]["billing"] = json!({
        "billing": "stripe", "currency": "EUR", "amount": 9.90, "period": 1, "period-unit": "month", "trial-period": 0,
    });
    let mut pets = api_document("pets", "1.0.0");
    pets["x-ibm-configuration"]["enforced"] = json!(false);
    source.publish_in(None, document, vec![(pets, None)]);
    source.tick(10);
    let stage = Stage::with_products((source, target));
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
}

#[tokio::test]
async fn a_mark_that_could_not_be_written_is_reported_and_no_second_product_made() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.target().faults.add(Fault::on("PATCH", "/products/", Effect::status(500)));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    stage.target().faults.clear();
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(publishes(&stage), 1);
    rest(&stage).await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn an_api_list_that_fails_on_either_side_deletes_and_publishes_nothing_wrong() {
    for (of_target, paths) in [(true, &["/apis?"][..]), (false, &["/apis?", "/products?"])] {
        for path in paths {
            for effect in [Effect::EmptyList, Effect::status(500)] {
                let stage = stage(|source| {
                    publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
                    let app = app(source);
                    source.subscribe(app, "petstore:1.0.0", "gold");
                });
                stage.settle().await;
                let before = stage.target().products_snapshot();
                let published = publishes(&stage);
                let fault = Fault::on("GET", path, effect.clone());
                if of_target {
                    stage.target().faults.add(fault);
                } else {
                    stage.source().faults.add(fault);
                }
                let report = stage.sync().await;
                assert_ne!(report.exit_status, ExitStatus::Success, "{of_target} {path} {}", shown(&report));
                assert_eq!(before, stage.target().products_snapshot());
                assert_eq!(publishes(&stage), published, "{of_target} {path} {}", shown(&report));
                stage.target().faults.clear();
                stage.source().faults.clear();
                stage.settle().await;
                stage.assert_mirrored();
            }
        }
    }
}
