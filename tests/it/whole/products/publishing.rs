//! Products and APIs are published, published again when they change, and left alone when they do not.

use serde_json::json;

use super::{api, app, product, publish, publishes, stage, then};
use crate::stage::{assert_told, change, changes, counts, shown};

#[tokio::test]
async fn products_come_with_their_apis_and_before_their_subscriptions() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold", "silver"], &["pets:1.0.0", "orders:2.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    });
    let plan = stage.plan().await;
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
    assert_eq!(changes(&report, "products"), ["create petstore:1.0.0"]);
    assert_eq!(changes(&report, "apis"), ["create orders:2.0.0", "create pets:1.0.0"]);
    for kind in ["products", "apis", "subscriptions"] {
        assert_eq!(counts(&plan, kind).created, counts(&report, kind).created, "{kind}");
    }
    assert_eq!(publishes(&stage), 1);
    let copy = product(&stage.target(), "petstore:1.0.0");
    let mark = stage.target().products[copy].head.metadata.clone().unwrap_or_default();
    let original = product(&stage.source(), "petstore:1.0.0");
    assert_eq!(mark["source_id"], json!(original.to_string()));
}

#[tokio::test]
async fn without_them_nothing_of_products_is_read_or_written() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    })
    .with("SyncProductsAndAPIs", "false");
    let report = stage.settle().await;
    assert!(stage.target().product("petstore:1.0.0").is_none());
    assert!(changes(&report, "products").is_empty(), "{}", shown(&report));
    let asked = |path: &str| stage.source().requests().iter().any(|request| request.path.ends_with(path));
    assert!(!asked("/apis") && !asked("/configured-gateway-services"));
}

#[tokio::test]
async fn a_shared_api_is_carried_once_and_published_alike_everywhere() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
        publish(source, "zoo:1.0.0", &["day"], &["pets:1.0.0"]);
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(counts(&report, "apis").created, 2);
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| document["info"]["title"] = json!("Pets"));
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "apis"), ["update pets:1.0.0"]);
    assert_eq!(changes(&report, "products"), ["update petstore:1.0.0", "update zoo:1.0.0"]);
}

#[tokio::test]
async fn what_changed_in_a_document_is_told() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| {
            document["paths"]["/orders"] = json!({"get": {}});
            document["x-ibm-configuration"]["properties"] = json!({"p": {"value": "hush", "encoded": true}});
        });
        let petstore = product(source, "petstore:1.0.0");
        source.change_product_document(petstore, |document| {
            document["info"]["title"] = json!("Pet Store");
        });
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    let of_product = &change(&report, "products", "petstore:1.0.0").fields;
    assert!(of_product.iter().any(|field| field.path == "/document/info/title" && field.after == "Pet Store"));
    let of_api = &change(&report, "apis", "pets:1.0.0").fields;
    assert!(of_api.iter().any(|field| field.path == "/document/paths/~1orders"), "{of_api:?}");
    assert!(!shown(&report).contains("hush"), "{}", shown(&report));
}

#[tokio::test]
async fn versions_stand_beside_each_other_and_a_removed_one_goes() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    })
    .with("ALLOW_EMPTY_SOURCE", "subscriptions");
    stage.settle().await;
    then(&stage, |source| {
        publish(source, "petstore:2.0.0", &["gold"], &["pets:2.0.0"]);
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "products"), ["create petstore:2.0.0"]);
    then(&stage, |source| {
        let old = product(source, "petstore:1.0.0");
        source.remove_product(old);
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
    assert_eq!(changes(&report, "products"), ["delete petstore:1.0.0"]);
    assert_eq!(changes(&report, "apis"), ["delete pets:1.0.0"]);
    assert_eq!(changes(&report, "subscriptions"), ["delete acme/shop/petstore:1.0.0/gold"]);
}

#[tokio::test]
async fn a_changed_set_of_plans_takes_its_subscriptions_along() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold", "silver"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "silver");
    });
    stage.settle().await;
    then(&stage, |source| {
        let app = app(source);
        let old = source.subscriptions(app)[0].head.id;
        source.remove_subscription(old);
        let petstore = product(source, "petstore:1.0.0");
        source.change_product_document(petstore, |document| {
            let plans = document["plans"].as_object_mut().unwrap();
            let silver = plans.remove("silver").unwrap();
            plans.insert("platinum".into(), silver);
        });
        source.subscribe(app, "petstore:1.0.0", "platinum");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_reverse_sync_finds_nothing_and_a_forward_one_after_it_neither() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.source().set("hash_client_secret", true);
    stage.source().set("config_sync_target_catalog", true);
    stage.settle().await;
    stage.target().tick(10);
    stage.swapped().again().await;
    stage.again().await;
}

#[tokio::test]
async fn filters_leave_products_alone_on_both_sides_with_all_that_hangs_on_them() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "petstore:2.0.0", &["gold"], &["pets:2.0.0"]);
        publish(source, "internal-tools:1.0.0", &["gold"], &["tools:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:2.0.0", "gold");
        source.subscribe(app, "internal-tools:1.0.0", "gold");
    })
    .with("INCLUDE_PRODUCTS", "petstore, internal-*:1.0.0")
    .with("EXCLUDE_PRODUCTS", "petstore:2.*");
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["create internal-tools:1.0.0", "create petstore:1.0.0"]);
    assert_eq!(changes(&report, "apis"), ["create pets:1.0.0", "create tools:1.0.0"]);
    assert_eq!(changes(&report, "subscriptions"), ["create acme/shop/internal-tools:1.0.0/gold"]);
    assert_eq!(counts(&report, "products").source, 2);
}

#[tokio::test]
async fn a_product_of_the_operators_own_pipeline_is_paired_taken_over_at_its_first_change_and_never_deleted() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    publish(&mut stage.target(), "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    let report = stage.sync().await;
    assert!(changes(&report, "products").is_empty(), "{}", shown(&report));
    stage.again().await;
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.change_product_document(petstore, |document| {
            document["info"]["title"] = json!("Pet Store");
        });
    });
    let report = stage.settle().await;
    assert_told(&report, "products", "petstore:1.0.0", "taken over");
    let metadata = {
        let target = stage.target();
        target.products[product(&target, "petstore:1.0.0")].head.metadata.clone()
    };
    assert!(metadata.is_none_or(|map| !map.contains_key("source_id")));
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.remove_product(petstore);
    });
    let report = stage.settle().await;
    assert_eq!(counts(&report, "products").only_on_target, 1);
    assert!(stage.target().product("petstore:1.0.0").is_some());
}

#[tokio::test]
async fn a_product_may_lose_all_its_apis() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        publish(source, "petstore:1.0.0", &["gold"], &[]);
    });
    stage.settle().await;
    stage.assert_products_mirrored();
}
