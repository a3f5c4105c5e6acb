//! What hangs on a thing is looked at before it goes, and what cannot be carried keeps it.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, RunResult},
    sandbox::{Cluster, Effect, Fault, Id, seed},
};

use super::super::products::{app, product, publish, stage as with_products};
use super::ends;
use crate::stage::{Stage, assert_told, change, changes, counts, exits, shown};

/// What is told, and what somebody does.
type Deed = (&'static str, fn(&mut Cluster));

const BASE: &str = "/integration/apis/x/api";

/// An app that subscribes to one of two Products, in sync; the whole API is below another path where that is asked for.
async fn subscribed(base: &'static str) -> Stage {
    let stage = with_products(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        publish(source, "zoo:1.0.0", &["gold"], &["zoos:1.0.0"]);
        let acme = source.org("acme").unwrap().head.id;
        source.add_app(acme, "second");
        let app = app(source);
        source.subscribe(app, "zoo:1.0.0", "gold");
    })
    .with("TARGET_MGMT_SERVER", &format!("https://target.test{base}"));
    stage.target().switches.base_path = base;
    stage.settle().await;
    stage.set("ALLOW_EMPTY_SOURCE", "true");
    stage
}

/// Does something to the target just before the plan's deletion is asked for, when the object is looked at.
fn meddle(stage: &Stage, on: Id, deed: fn(&mut Cluster)) {
    let end = format!("/{on}");
    let fault = Fault::on("GET", &end, Effect::call(deed)).when(move |request| request.uri().path().ends_with(&end));
    stage.target().faults.add(fault.once());
}

fn somebody_subscribes(target: &mut Cluster) {
    let second = target.app("acme", "second").unwrap().head.id;
    target.subscribe(second, "petstore:1.0.0", "gold");
}

fn the_app_subscribes(target: &mut Cluster) {
    let app = app(target);
    target.subscribe(app, "petstore:1.0.0", "gold");
}

fn the_app_subscribes_to_an_mcp_server(target: &mut Cluster) {
    let app = app(target);
    target.subscribe_to_mcp_server(app, "weather:1.0.0", "free");
}

fn somebody_joins(target: &mut Cluster) {
    let bob = target.add_user("sandbox-catalog", "bob");
    let acme = target.org("acme").unwrap().head.id;
    target.add_member(acme, bob, &["developer"]);
}

/// Attacks: "Something new hangs on it".
#[tokio::test]
async fn what_somebody_hangs_on_a_product_meanwhile_keeps_it_whatever_the_base_path_and_the_filters() {
    for base in ["/api", BASE] {
        for filtered in [true, false] {
            let stage = subscribed(base).await;
            stage.target().switches.subscriptions_filtered = filtered;
            let gone = product(&stage.source(), "petstore:1.0.0");
            stage.source().remove_product(gone);
            let copy = product(&stage.target(), "petstore:1.0.0");
            meddle(&stage, copy, somebody_subscribes);
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Incomplete, "{base}\n{}", shown(&report));
            let step = change(&report, "products", "petstore:1.0.0");
            assert_eq!(step.result, ChangeResult::Skipped, "{}", shown(&report));
            assert_told(&report, "products", "petstore:1.0.0", "subscriptions 1");
            assert!(stage.target().product("petstore:1.0.0").is_some());
            let second = stage.target().app("acme", "second").unwrap().head.id;
            assert_eq!(stage.target().subscriptions(second).len(), 1);
        }
    }
}

#[tokio::test]
async fn what_somebody_hangs_on_an_app_or_an_organization_meanwhile_keeps_it() {
    let deeds: [Deed; 2] =
        [("subscriptions 1", the_app_subscribes), ("subscriptions 1", the_app_subscribes_to_an_mcp_server)];
    for (told, deed) in deeds {
        let stage = subscribed("/api").await;
        let gone = app(&stage.source());
        stage.source().remove_app(gone);
        let copy = app(&stage.target());
        meddle(&stage, copy, deed);
        let report = stage.sync().await;
        assert_told(&report, "applications", "acme/shop", told);
        assert!(stage.target().app("acme", "shop").is_some());
    }
    let deeds: [Deed; 3] = [
        ("members 1", somebody_joins),
        ("subscriptions 1", the_app_subscribes),
        ("subscriptions 1", the_app_subscribes_to_an_mcp_server),
    ];
    for (told, deed) in deeds {
        for filtered in [true, false] {
            let stage = subscribed("/api").await;
            stage.target().switches.subscriptions_filtered = filtered;
            let gone = stage.source().org("acme").unwrap().head.id;
            stage.source().remove_org(gone);
            let copy = stage.target().org("acme").unwrap().head.id;
            meddle(&stage, copy, deed);
            let report = stage.sync().await;
            assert_told(&report, "consumer_orgs", "acme", told);
            assert!(stage.target().org("acme").is_some());
        }
    }
}

/// A look that fails keeps the thing.
#[tokio::test]
async fn what_cannot_be_looked_at_stays() {
    for status in [400, 403, 404, 405] {
        let stage = subscribed("/api").await;
        let gone = product(&stage.source(), "petstore:1.0.0");
        stage.source().remove_product(gone);
        let copy = product(&stage.target(), "petstore:1.0.0").to_string();
        // The list that the run begins with is read; those before the deletion are not.
        let list = Fault::on("GET", "/subscriptions?", Effect::status(status)).after(1);
        stage.target().faults.add(list);
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Incomplete, "{status}\n{}", shown(&report));
        let deletions =
            stage.target().requests().iter().filter(|it| it.method == "DELETE" && it.path.ends_with(&copy)).count();
        assert_eq!(deletions, 0, "{status}");
        stage.target().faults.clear();
        stage.settle().await;
    }
}

/// One app with a subscription to an MCP server and one to a Product.
fn with_mcp_server() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app(acme, "shop");
    source.subscribe(shop, "petstore:1.0.0", "gold");
    source.subscribe_to_mcp_server(shop, "weather:1.0.0", "free");
    Stage::of((source, target))
}

/// Attacks: "Subscriptions to MCP servers".
#[tokio::test]
async fn a_subscription_to_an_mcp_server_is_counted_and_withheld() {
    let stage = with_mcp_server();
    stage.sync().await;
    for _ in 0..2 {
        let report = stage.sync().await;
        ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
        assert_eq!(counts(&report, "subscriptions").source, 2);
        assert_eq!(counts(&report, "subscriptions").withheld, 1);
        assert_eq!(changes(&report, "subscriptions"), ["create acme/shop/mcp:weather:1.0.0/free"]);
        assert_told(&report, "subscriptions", "acme/shop/mcp:weather:1.0.0/free", "MCP server");
        assert_eq!(report.target.requests.writes, 0);
    }
    // Made on the target by hand, it is what the source has.
    {
        let mut target = stage.target();
        let shop = target.app("acme", "shop").unwrap().head.id;
        target.subscribe_to_mcp_server(shop, "weather:1.0.0", "free");
    }
    ends(&stage.sync().await, ExitStatus::Success, RunResult::InSync);
}

#[tokio::test]
async fn what_others_subscribe_to_an_mcp_server_on_the_target_keeps_the_app() {
    for setting in ["false", "true"] {
        let stage = with_mcp_server().with("DELETE_UNMARKED_CHILDREN", setting);
        {
            let mut source = stage.source();
            let shop = source.app("acme", "shop").unwrap().head.id;
            let mcp = source.subscriptions(shop).into_iter().find(|it| it.mcp_server.is_some());
            let mcp = mcp.unwrap().head.id;
            source.remove_subscription(mcp);
        }
        stage.settle().await;
        {
            let mut target = stage.target();
            let shop = target.app("acme", "shop").unwrap().head.id;
            target.subscribe_to_mcp_server(shop, "weather:1.0.0", "free");
        }
        let report = stage.sync().await;
        assert_eq!(counts(&report, "subscriptions").only_on_target, 1, "{}", shown(&report));
        {
            let mut source = stage.source();
            let shop = source.app("acme", "shop").unwrap().head.id;
            source.remove_app(shop);
        }
        stage.set("ALLOW_EMPTY_SOURCE", "true");
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        assert_told(&report, "applications", "acme/shop", "mcp:weather:1.0.0");
        assert!(stage.target().app("acme", "shop").is_some());
    }
}
