//! Approvals on the target in whole runs: left alone, given, and refused.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        seed,
        world::{App, Subscription},
    },
};
use serde_json::json;

use super::{products, replication::one_app};
use crate::stage::{Stage, change, changes, shown};

const SUBSCRIPTION: &str = "acme/shop/guarded:1.0.0/gold";

/// A subscription to a plan that needs approval, on a target whose tasks may be approved by who raised them.
fn subscription() -> Stage {
    let (mut source, mut target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app(acme, "shop");
    for cluster in [&mut source, &mut target] {
        cluster.add_product("guarded", "1.0.0", &[("gold", true)]);
    }
    source.subscribe(shop, "guarded:1.0.0", "gold");
    target.switches.approval_plan_pends = true;
    target.set("task_self_approval", true);
    Stage::of((source, target))
}

/// An app in production where that needs approval.
fn upgrade() -> Stage {
    let stage = one_app();
    for mut side in [stage.source(), stage.target()] {
        side.set("application_lifecycle", json!({"enabled": true}));
        side.set("task_self_approval", true);
    }
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(app, |row| row.lifecycle_state = "production".into());
    }
    stage
}

/// A Product whose publication needs approval, with a subscription.
fn publication() -> Stage {
    let stage = products::stage(|source| {
        products::publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let app = products::app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    });
    let approvals = json!(["publish"]);
    stage.target().set("product_lifecycle_approvals", approvals);
    stage.target().set("task_self_approval", true);
    stage
}

/// How often a task was approved, or tried to be.
fn approvals(stage: &Stage) -> usize {
    let target = stage.target();
    let requests = target.requests().iter();
    requests.filter(|request| request.method == "PATCH" && request.path.contains("/tasks/")).count()
}

#[tokio::test]
async fn nothing_is_approved_without_the_setting() {
    for stage in [subscription(), upgrade(), publication()] {
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete);
        assert!(shown(&report).contains("approve its task there"));
        assert_eq!(approvals(&stage), 0);
    }
}

#[tokio::test]
async fn what_a_run_makes_is_approved_by_it() {
    for named in [true, false] {
        for stage in [subscription(), upgrade(), publication()] {
            stage.target().switches.task_urls = named;
            stage.set("APPROVE_ON_TARGET", "true");
            stage.settle().await;
            assert_eq!(approvals(&stage), 1);
        }
    }
}

#[tokio::test]
async fn what_an_earlier_run_left_pending_is_approved() {
    for (stage, kind, address) in [
        (subscription(), "subscriptions", SUBSCRIPTION),
        (upgrade(), "applications", "acme/shop"),
        (publication(), "products", "petstore:1.0.0"),
    ] {
        stage.sync().await;
        stage.set("APPROVE_ON_TARGET", "true");
        let report = stage.settle().await;
        let approved = format!("update {address}");
        assert_eq!(changes(&report, kind), [approved], "{}", shown(&report));
    }
}

#[tokio::test]
async fn an_upgrade_that_comes_with_a_change_is_approved() {
    let stage = upgrade().with("APPROVE_ON_TARGET", "true");
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(app, |row| row.lifecycle_state = "development".into());
    }
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(app, |row| row.lifecycle_state = "production".into());
    }
    stage.settle().await;
    assert_eq!(approvals(&stage), 1);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words_and_tried_once_a_run() {
    for (stage, kind, address) in [
        (subscription(), "subscriptions", SUBSCRIPTION),
        (upgrade(), "applications", "acme/shop"),
        (publication(), "products", "petstore:1.0.0"),
    ] {
        stage.target().set("task_self_approval", false);
        stage.set("APPROVE_ON_TARGET", "true");
        for run in 1..4 {
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Incomplete);
            let reason = change(&report, kind, address).reason.clone().unwrap();
            assert!(reason.contains("waits for approval") && reason.contains("task_self_approval"), "{reason}");
            assert_eq!(approvals(&stage), run, "{}", shown(&report));
        }
        stage.target().set("task_self_approval", true);
        stage.settle().await;
    }
}

#[tokio::test]
async fn a_suspended_subscription_is_suspended_again_once_it_is_approved() {
    let stage = subscription().with("APPROVE_ON_TARGET", "true");
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let suspended = source.subscriptions(app)[0].head.id;
        source.change::<Subscription>(suspended, |row| row.state = "disabled".into());
    }
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_others_asked_for_on_the_target_is_not_approved() {
    let stage = upgrade().with("APPROVE_ON_TARGET", "true");
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(app, |row| row.lifecycle_state = "development".into());
    }
    stage.settle().await;
    {
        let mut target = stage.target();
        let app = target.app("acme", "shop").unwrap().head.id;
        target.change::<App>(app, |row| {
            row.lifecycle_state_pending = Some("production".into());
        });
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(approvals(&stage), 0);
    stage.again().await;
}
