//! Deleting Products: marked ones only, after what lives by them, with all that goes along shown.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{Effect, Fault, world::Product},
};

use super::{app, product, publish, stage, then};
use crate::stage::{Stage, assert_told, changes, counts, exits, shown};

/// Two Products that share an API, one of them subscribed.
fn shared() -> Stage {
    stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
        publish(source, "zoo:1.0.0", &["day"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    })
    .with("ALLOW_EMPTY_SOURCE", "subscriptions")
}

fn remove(stage: &Stage, address: &str) {
    then(stage, |source| {
        let id = product(source, address);
        source.remove_product(id);
    });
}

#[tokio::test]
async fn an_api_goes_with_the_last_product_that_uses_it() {
    for removed in [true, false] {
        let stage = shared();
        for mut cluster in [stage.source(), stage.target()] {
            cluster.switches.unused_apis_removed = removed;
        }
        stage.settle().await;
        remove(&stage, "petstore:1.0.0");
        let report = stage.sync().await;
        exits(&report, ExitStatus::Success);
        assert_eq!(changes(&report, "products"), ["delete petstore:1.0.0"]);
        if removed {
            assert_eq!(changes(&report, "apis"), ["delete orders:1.0.0"]);
            stage.assert_products_mirrored();
        }
        stage.assert_mirrored();
        stage.again().await;
    }
}

/// Nothing but the state stands in the way, so it is retired, archived and deleted in one step, from whichever state.
#[tokio::test]
async fn where_only_archived_products_can_be_deleted_it_is_archived_first() {
    for state in ["published", "deprecated", "retired", "archived"] {
        let stage = shared();
        stage.target().switches.only_archived_products_deleted = true;
        stage.settle().await;
        {
            let mut target = stage.target();
            let zoo = product(&target, "zoo:1.0.0");
            target.change::<Product>(zoo, |row| row.state = state.into());
        }
        remove(&stage, "zoo:1.0.0");
        let report = stage.sync().await;
        assert_eq!(changes(&report, "products"), ["delete zoo:1.0.0"]);
        assert_eq!(counts(&report, "products").deleted, 1, "{state}: {}", shown(&report));
        stage.assert_mirrored();
        stage.again().await;
    }
}

/// A refusal for whatever other reason retires nothing that consumers use.
#[tokio::test]
async fn a_product_with_subscriptions_is_not_retired_to_be_deleted() {
    let stage = shared();
    stage.target().switches.only_archived_products_deleted = true;
    stage.settle().await;
    remove(&stage, "petstore:1.0.0");
    let left = Fault::on("DELETE", "/subscriptions", Effect::status(403));
    stage.target().faults.add(left);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    {
        let target = stage.target();
        let petstore = product(&target, "petstore:1.0.0");
        assert_eq!(target.products[petstore].state, "published");
    }
    stage.target().faults.clear();
    stage.settle().await;
}

#[tokio::test]
async fn what_was_born_on_the_target_keeps_a_product() {
    let stage = shared();
    stage.settle().await;
    super::subscribe_own_app_on_target(&stage, "petstore:1.0.0");
    remove(&stage, "petstore:1.0.0");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_told(&report, "products", "petstore:1.0.0", "own/app");
    stage.again().await;
}

#[tokio::test]
async fn a_list_of_products_that_failed_deletes_nothing() {
    use apic_configsync::sandbox::{Effect, Fault};
    for path in ["/products", "/apis"] {
        let stage = shared();
        stage.settle().await;
        remove(&stage, "zoo:1.0.0");
        stage.source().faults.add(Fault::on("GET", path, Effect::status(403)));
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        assert_eq!(counts(&report, "products").deleted, 0, "{path}");
        assert!(stage.target().product("zoo:1.0.0").is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_new_version_that_takes_over_an_api_is_published_before_the_old_one_goes() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        publish(source, "petstore:2.0.0", &["gold"], &["pets:1.0.0"]);
        let old = product(source, "petstore:1.0.0");
        source.remove_product(old);
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert!(changes(&report, "apis").is_empty(), "{}", shown(&report));
}

#[tokio::test]
async fn a_limit_counts_products() {
    let stage = stage(|source| {
        for n in 0..10 {
            publish(source, &format!("product-{n}:1.0.0"), &["gold"], &[&format!("api-{n}:1.0.0")]);
        }
    });
    stage.settle().await;
    then(&stage, |source| {
        for n in 0..4 {
            let id = product(source, &format!("product-{n}:1.0.0"));
            source.remove_product(id);
        }
    });
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert!(shown(&report).contains("MAX_DELETE_PERCENT=40"), "{}", shown(&report));
    stage.set("MAX_DELETE_PERCENT", "40");
    stage.settle().await;
    stage.assert_products_mirrored();
}
