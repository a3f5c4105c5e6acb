//! Lifecycle: by legal moves only, and what is not out in the open stays at home.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::world::{Link, PlanMove, Product},
};

use super::{app, product, publish, stage, then};
use crate::stage::{Stage, assert_told, change, changes, counts, exits, shown};

fn state(stage: &Stage, address: &str) -> String {
    let target = stage.target();
    target.product(address).map_or_else(|| "absent".into(), |product| product.state.clone())
}

#[tokio::test]
async fn a_deprecated_product_is_published_given_its_subscriptions_and_then_deprecated() {
    let stage = stage(|source| {
        let old = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
        source.set_product_state(old, "deprecated");
    });
    let report = stage.settle().await;
    assert_eq!(state(&stage, "petstore:1.0.0"), "deprecated");
    stage.assert_mirrored();
    stage.assert_products_mirrored();
    assert_eq!(changes(&report, "products"), ["create petstore:1.0.0"]);
    assert_eq!(counts(&report, "products").created, 1);
}

#[tokio::test]
async fn states_follow_in_both_directions() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    for next in ["deprecated", "published", "deprecated", "retired", "archived"] {
        then(&stage, |source| {
            let petstore = product(source, "petstore:1.0.0");
            source.set_product_state(petstore, next);
        });
        let report = stage.settle().await;
        assert_eq!(state(&stage, "petstore:1.0.0"), next, "{}", shown(&report));
    }
}

#[tokio::test]
async fn staged_retired_and_archived_products_are_not_made() {
    let stage = stage(|source| {
        for state in ["staged", "retired", "archived"] {
            let product = publish(source, &format!("{state}:1.0.0"), &["gold"], &[&format!("{state}-api:1.0.0")]);
            source.set_product_state(product, state);
        }
    });
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(counts(&report, "products").withheld, 3);
    assert_eq!(super::publishes(&stage), 0, "{}", shown(&report));
    stage.again().await;
}

#[tokio::test]
async fn from_published_to_archived_leads_through_retired_and_back_through_staged() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.set_product_state(petstore, "archived");
    });
    stage.settle().await;
    assert_eq!(state(&stage, "petstore:1.0.0"), "archived");
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.set_product_state(petstore, "published");
    });
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "no legal move leads back: {}", shown(&report));
    {
        let mut target = stage.target();
        let copy = product(&target, "petstore:1.0.0");
        target.set_product_state(copy, "retired");
    }
    stage.settle().await;
    assert_eq!(state(&stage, "petstore:1.0.0"), "published");
}

#[tokio::test]
async fn retiring_does_not_take_along_what_was_born_on_the_target() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    super::subscribe_own_app_on_target(&stage, "petstore:1.0.0");
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.set_product_state(petstore, "retired");
    });
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_told(&report, "products", "petstore:1.0.0", "own/app/petstore:1.0.0/gold");
    assert_eq!(state(&stage, "petstore:1.0.0"), "published");
    stage.again().await;
}

#[tokio::test]
async fn a_new_subscription_to_a_product_that_is_deprecated_on_the_target_is_tried_and_withheld() {
    for taken in [false, true] {
        let stage = stage(|source| {
            let old = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            source.set_product_state(old, "deprecated");
        });
        stage.target().switches.deprecated_takes_subscriptions = taken;
        stage.settle().await;
        then(&stage, |source| {
            source.switches.deprecated_takes_subscriptions = true;
            let app = app(source);
            source.subscribe(app, "petstore:1.0.0", "gold");
        });
        let report = stage.sync().await;
        let address = "acme/shop/petstore:1.0.0/gold";
        if taken {
            exits(&report, ExitStatus::Success);
        } else {
            assert_eq!(report.exit_status, ExitStatus::Incomplete);
            assert_eq!(counts(&report, "subscriptions").withheld, 1, "{}", shown(&report));
            assert!(
                change(&report, "subscriptions", address)
                    .reason
                    .as_deref()
                    .is_some_and(|reason| reason.contains("deprecated"))
            );
        }
    }
}

#[tokio::test]
async fn what_supersedes_is_carried_where_both_are_there() {
    let stage = stage(|source| {
        let old = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let new = publish(source, "petstore:2.0.0", &["gold"], &["pets:2.0.0"]);
        let link = Link { product: new, plans: Vec::new() };
        source.set_product_state(old, "deprecated");
        source.change::<Product>(old, |row| {
            row.superseded_by = Some(link.clone());
            row.migration_target = Some(link);
        });
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    let target = stage.target();
    let new = product(&target, "petstore:2.0.0");
    let old = target.product("petstore:1.0.0").unwrap();
    assert_eq!(old.superseded_by.as_ref().map(|link| link.product), Some(new));
}

#[tokio::test]
async fn what_supersedes_is_reported_where_the_other_is_missing() {
    let stage = stage(|source| {
        let old = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let new = publish(source, "petstore:2.0.0", &["gold"], &["pets:2.0.0"]);
        source.set_product_state(new, "staged");
        source.change::<Product>(old, |row| {
            row.migration_target = Some(Link { product: new, plans: Vec::new() });
        });
    });
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    assert!(shown(&report).contains("petstore:2.0.0 is not on the target"), "{}", shown(&report));
    stage.again().await;
}

#[tokio::test]
async fn a_replaced_product_moves_its_subscriptions_on_both_sides() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    });
    stage.settle().await;
    then(&stage, |source| {
        let new = publish(source, "petstore:2.0.0", &["platinum"], &["pets:2.0.0"]);
        let old = product(source, "petstore:1.0.0");
        let moved = PlanMove { source: "gold".into(), target: "platinum".into() };
        source.replace(new, old, vec![moved]).unwrap();
    });
    let report = stage.settle().await;
    let moved = ["delete acme/shop/petstore:1.0.0/gold", "create acme/shop/petstore:2.0.0/platinum"];
    assert_eq!(changes(&report, "subscriptions"), moved, "{}", shown(&report));
    assert_eq!(state(&stage, "petstore:1.0.0"), "retired");
}

#[tokio::test]
async fn a_publish_that_needs_approval_on_the_target_is_reported_and_not_repeated() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.target().set("product_lifecycle_approvals", serde_json::json!(["publish"]));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(super::publishes(&stage), 1);
    stage.sync().await;
    stage.sync().await;
    assert_eq!(super::publishes(&stage), 1);
    assert_eq!(state(&stage, "petstore:1.0.0"), "pending");
}
