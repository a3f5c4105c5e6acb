//! What is rare but legal: entries of every form, moves between Products, namesakes in two spaces, odd names.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster,
        world::build_products::{api_document, product_document},
    },
};
use serde_json::json;

use super::{api, app, bare, edit, empty_target, product, publish, publishes, rest, stage, then};
use crate::stage::{Stage, counts, exits, shown};

#[tokio::test]
async fn an_entry_that_names_a_file_or_an_id_is_the_same_as_one_that_names_the_api() {
    for entry in [
        json!({"$ref": "pets_1.0.0.yaml"}),
        json!({"name": "pets", "version": "1.0.0", "id": "1", "url": "https://x/1"}),
        json!({"name": "pets:1.0.0", "id": "1", "url": "https://x/1"}),
    ] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            let petstore = product(source, "petstore:1.0.0");
            source.change_product_document(petstore, |document| {
                document["apis"] = json!({"pets": entry});
            });
        });
        let report = stage.sync().await;
        exits(&report, ExitStatus::Success);
        rest(&stage).await;
    }
}

#[tokio::test]
async fn an_api_may_move_from_one_product_to_another() {
    for removed in [true, false] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
            publish(source, "zoo:1.0.0", &["day"], &["animals:1.0.0"]);
        });
        for mut cluster in [stage.source(), stage.target()] {
            cluster.switches.unused_apis_removed = removed;
        }
        stage.settle().await;
        then(&stage, |source| {
            publish(source, "zoo:1.0.0", &["day"], &["animals:1.0.0", "pets:1.0.0"]);
            publish(source, "petstore:1.0.0", &["gold"], &["orders:1.0.0"]);
        });
        stage.settle().await;
        stage.assert_products_mirrored();
        rest(&stage).await;
    }
}

#[tokio::test]
async fn namesakes_in_two_spaces_keep_their_own_subscriptions() {
    for together in [true, false] {
        let (mut source, mut target) = bare();
        for cluster in [&mut source, &mut target] {
            cluster.set("spaces_enabled", true);
            cluster.switches.catalog_lists_space_products = together;
            for name in ["retail", "wholesale"] {
                let space = cluster.add_space(name);
                cluster.add_gateway_service_in(Some(space), "gateway");
            }
        }
        for space in ["retail", "wholesale"] {
            let home = source.home;
            let space = source.spaces.named(home, space).unwrap().head.id;
            let document = product_document("petstore", "1.0.0", &[("gold", false)], &["pets:1.0.0"]);
            source.publish_in(Some(space), document, vec![(api_document("pets", "1.0.0"), None)]);
        }
        let app = app(&source);
        source.subscribe(app, "retail/petstore:1.0.0", "gold");
        let acme = source.org("acme").unwrap().head.id;
        let depot = source.add_app(acme, "depot");
        let second = source.subscribe(depot, "wholesale/petstore:1.0.0", "gold");
        source.tick(10);
        let stage = Stage::with_products((source, target));
        let report = stage.settle().await;
        stage.assert_products_mirrored();
        stage.assert_mirrored();
        assert_eq!(counts(&report, "subscriptions").created, 2, "{}", shown(&report));
        rest(&stage).await;
        then(&stage, |source| source.remove_subscription(second));
        let report = stage.settle().await;
        stage.assert_mirrored();
        assert_eq!(counts(&report, "subscriptions").deleted, 1, "{}", shown(&report));
    }
}

#[tokio::test]
async fn a_product_without_apis_is_carried() {
    let stage = stage(|source| {
        publish(source, "empty:1.0.0", &["gold"], &[]);
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
}

#[tokio::test]
async fn products_and_plans_may_have_names_that_paths_must_encode() {
    let stage = stage(|source| {
        publish(source, "pet-store:1.0.0+b 1", &["gold"], &["pets:1.0.0+b/2"]);
        let app = app(source);
        source.subscribe(app, "pet-store:1.0.0+b 1", "gold");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
    rest(&stage).await;
    edit(&stage, "pet-store:1.0.0+b 1", |document| {
        document["info"]["title"] = json!("T");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn catalogs_may_have_names_that_paths_must_encode() {
    let [mut source, mut target] = [1, 2].map(|seed| {
        let mut cluster = Cluster::new(seed, "pro vider", "50% größe?#+");
        cluster.add_gateway_service("gate way");
        cluster
    });
    target.set("hash_client_secret", true);
    target.set("config_sync_target_catalog", true);
    publish(&mut source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    source.tick(10);
    let stage = Stage::with_products((source, target));
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&stage).await;
}

#[tokio::test]
async fn a_change_made_during_a_fail_over_comes_back_and_goes_nowhere_else() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.source().set("hash_client_secret", true);
    stage.source().set("config_sync_target_catalog", true);
    stage.settle().await;
    let back = stage.swapped();
    then(&back, |target| {
        let pets = api(target, "pets:1.0.0");
        target.change_api_document(pets, |document| document["info"]["title"] = json!("Pets"));
        publish(target, "born-here:1.0.0", &["gold"], &["new:1.0.0"]);
    });
    back.settle().await;
    back.assert_products_mirrored();
    stage.again().await;
    rest(&stage).await;
    rest(&back).await;
    then(&stage, |source| {
        let born = product(source, "born-here:1.0.0");
        source.change_product_document(born, |document| document["info"]["title"] = json!("B"));
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    rest(&back).await;
    then(&stage, |source| {
        let born = product(source, "born-here:1.0.0");
        source.remove_product(born);
    });
    stage.sync().await;
    assert!(stage.target().product("born-here:1.0.0").is_some());
}

#[tokio::test]
async fn a_chain_carries_products_and_their_end() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "zoo:1.0.0", &["day"], &["animals:1.0.0"]);
    });
    stage.settle().await;
    stage.target().tick(10);
    let onward = stage.onward(empty_target(3));
    onward.settle().await;
    onward.assert_products_mirrored();
    edit(&stage, "petstore:1.0.0", |document| {
        document["info"]["title"] = json!("T");
    });
    then(&stage, |source| {
        let zoo = product(source, "zoo:1.0.0");
        source.remove_product(zoo);
    });
    stage.settle().await;
    stage.target().tick(10);
    onward.settle().await;
    onward.assert_products_mirrored();
    assert!(onward.target().product("zoo:1.0.0").is_none());
    stage.again().await;
}

#[tokio::test]
async fn a_product_that_the_target_put_into_another_state_comes_back_with_its_change() {
    for state in ["staged", "deprecated", "retired"] {
        for changed in [false, true] {
            let stage = stage(|source| {
                publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
                let app = app(source);
                source.subscribe(app, "petstore:1.0.0", "gold");
            });
            stage.settle().await;
            {
                let mut target = stage.target();
                let id = product(&target, "petstore:1.0.0");
                target.set_product_state(id, state);
                target.tick(10);
            }
            if changed {
                edit(&stage, "petstore:1.0.0", |document| {
                    document["info"]["title"] = json!("T");
                });
            }
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Success, "{state} {changed} {}", shown(&report));
            stage.assert_products_mirrored();
            stage.assert_mirrored();
            rest(&stage).await;
        }
    }
}

#[tokio::test]
async fn a_deep_comparison_leaves_retired_products_alone() {
    for state in ["retired", "archived", "staged"] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        });
        stage.settle().await;
        then(&stage, |source| {
            let id = product(source, "petstore:1.0.0");
            source.change_product_document(id, |document| document["info"]["title"] = json!("T"));
            source.set_product_state(id, state);
        });
        let before = publishes(&stage);
        let report = stage.sync().await;
        exits(&report, ExitStatus::Success);
        rest(&stage).await;
        assert_eq!(publishes(&stage), before, "{state}");
    }
}
