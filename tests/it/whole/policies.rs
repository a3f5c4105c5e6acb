//! The edges of what an operator may decide: kinds, acknowledgements, deadlines, withheld deletions.

use std::time::Duration;

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus},
    sandbox::{Effect, Fault, seed, switches::Metadata, world::ConsumerOrg},
};

use super::{
    limits::{many, remove_orgs},
    products,
    replication::one_app,
};
use crate::stage::{Stage, change, changes, counts, exits, shown};

#[tokio::test]
async fn dependants_of_an_excluded_kind_use_what_the_target_has_and_wait_for_what_it_lacks() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        let shop = source.app("acme", "shop").unwrap().head.id;
        source.add_credential(shop, "more-id", "more-secret");
        let new = source.add_app(acme, "new");
        source.subscribe(new, "petstore:1.0.0", "gold");
    }
    stage.set("EXCLUDE_KINDS", "applications");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(stage.target().verify("more-id", "more-secret"));
    assert!(stage.target().app("acme", "new").is_none());
    let waiting = change(&report, "subscriptions", "acme/new/petstore:1.0.0/gold");
    assert_eq!(waiting.result, ChangeResult::Withheld);
    assert!(waiting.reason.as_deref().is_some_and(|reason| reason.contains("acme/new")), "{}", shown(&report));
    stage.again().await;
    stage.set("EXCLUDE_KINDS", "");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn only_the_included_kinds_are_changed_and_deleted() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.retitle::<ConsumerOrg>(acme, "changed");
        let shop = source.app("acme", "shop").unwrap().head.id;
        source.remove_app(shop);
        source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    }
    stage.set("INCLUDE_KINDS", "users,consumer_orgs");
    let app = stage.target().app("acme", "shop").unwrap().head.id;
    stage.settle().await;
    assert_eq!(stage.target().org("acme").unwrap().head.title, "changed");
    assert_eq!(stage.target().app("acme", "shop").unwrap().head.id, app);
}

#[tokio::test]
async fn products_and_apis_stay_out_together_and_subscriptions_use_what_is_there() {
    for excluded in ["products", "apis"] {
        let stage = products::stage(|source| {
            products::publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        });
        stage.settle().await;
        {
            let mut source = stage.source();
            products::publish(&mut source, "weather:1.0.0", &["gold"], &["sky:1.0.0"]);
            let shop = products::app(&source);
            source.subscribe(shop, "petstore:1.0.0", "gold");
        }
        stage.set("EXCLUDE_KINDS", excluded);
        stage.target().set("config_sync_target_catalog", false);
        let report = stage.settle().await;
        assert_eq!(counts(&report, "subscriptions").created, 1);
        let told = report.findings.iter().find(|it| it.check == "INCLUDE_KINDS");
        let message = &told.unwrap().message;
        assert!(message.starts_with(&format!("{excluded} are out of scope")), "{message}");
        assert!(stage.target().product("weather:1.0.0").is_none());
        for kind in ["products", "apis"] {
            assert!(changes(&report, kind).is_empty(), "{}", shown(&report));
        }
    }
}

#[tokio::test]
async fn an_acknowledgement_covers_what_hangs_on_it_and_nothing_else() {
    let stage = one_app();
    {
        let mut source = stage.source();
        let alice = source.user("sandbox-catalog", "alice").unwrap().head.id;
        source.add_org("other", alice);
    }
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        target.add_org("acme", bob);
        target.add_org("other", bob);
    }
    stage.set("ACKNOWLEDGE", "acme");
    exits(&stage.sync().await, ExitStatus::Incomplete);
    stage.set("ACKNOWLEDGE", "other,acme/*");
    exits(&stage.sync().await, ExitStatus::Incomplete);
    stage.set("ACKNOWLEDGE", "acme,oth*");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(counts(&report, "consumer_orgs").withheld, 2);
}

#[tokio::test]
async fn an_acknowledgement_excuses_no_gap() {
    let stage = one_app().with("ACKNOWLEDGE", "*");
    stage.settle().await;
    let broken = Fault::on("GET", "/apps", Effect::status(500));
    stage.source().faults.add(broken);
    exits(&stage.sync().await, ExitStatus::Incomplete);
}

#[tokio::test]
async fn withheld_deletions_are_made_up_for_once_the_limit_allows_them() {
    let stage = many(10).await.with("ON_LIMIT", "withhold-deletes");
    remove_orgs(&stage, 4);
    exits(&stage.plan().await, ExitStatus::Refused);
    for _ in 0..2 {
        let report = stage.sync().await;
        exits(&report, ExitStatus::Refused);
        assert_eq!(report.target.requests.writes, 0);
    }
    assert!(stage.target().org("org-0").is_some());
    stage.set("MAX_DELETE_PERCENT", "40");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn deletions_of_a_source_that_seems_empty_are_withheld_too() {
    let stage = one_app().with("ON_LIMIT", "withhold-deletes");
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.retitle::<ConsumerOrg>(acme, "changed");
        let shop = source.app("acme", "shop").unwrap().head.id;
        source.remove_app(shop);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert_eq!(stage.target().org("acme").unwrap().head.title, "changed");
    assert!(stage.target().verify("shop-id", "shop-secret"));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_stops_between_two_steps_and_the_next_run_goes_on() {
    let stage = Stage::of(seed::small()).with("RUN_DEADLINE", "10s").with("MAX_CONCURRENT_WRITES", "1");
    let slow = Effect::Delay(Duration::from_secs(4));
    stage.target().faults.add(Fault::on("POST", "", slow));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let having = |result| {
        let changes = report.changes.iter();
        changes.filter(|change| change.result == result).collect::<Vec<_>>()
    };
    assert!(!having(ChangeResult::Applied).is_empty(), "{}", shown(&report));
    assert!(having(ChangeResult::Failed).is_empty());
    let skipped = having(ChangeResult::Skipped);
    assert!(
        skipped.iter().any(|change| {
            let reason = change.reason.as_deref();
            reason.is_some_and(|reason| reason.contains("RUN_DEADLINE"))
        }),
        "{}",
        shown(&report)
    );
    stage.target().faults.clear();
    stage.settle().await;
    stage.assert_no_source_left();
}

#[tokio::test]
async fn unmarked_children_of_what_was_born_on_the_target_stay() {
    let stage = one_app().with("DELETE_UNMARKED_CHILDREN", "true");
    stage.target().switches.metadata.subscriptions = Metadata::Ignored;
    stage.settle().await;
    {
        let mut target = stage.target();
        let copy = target.app("acme", "shop").unwrap().head.id;
        target.subscribe(copy, "weather:2.1.0", "default");
        let acme = target.org("acme").unwrap().head.id;
        let own = target.add_app(acme, "own");
        target.subscribe(own, "weather:2.1.0", "default");
    }
    let plan = stage.plan().await;
    assert_eq!(changes(&plan, "subscriptions"), ["delete acme/shop/weather:2.1.0/default"], "{}", shown(&plan));
    stage.settle().await;
    let own = stage.target().app("acme", "own").unwrap().head.id;
    assert_eq!(stage.target().subscriptions(own).len(), 1);
}

#[tokio::test]
async fn an_app_that_is_made_while_keys_are_left_out_has_none_and_goes_with_its_original() {
    let stage = one_app().with("EXCLUDE_KINDS", "credentials");
    stage.settle().await;
    let shop = stage.target().app("acme", "shop").unwrap().head.id;
    assert!(stage.target().credentials(shop).is_empty());

    stage.set("EXCLUDE_KINDS", "");
    let report = stage.settle().await;
    assert_eq!(counts(&report, "credentials").only_on_target, 0);
    stage.assert_mirrored();
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    stage.set("ALLOW_EMPTY_SOURCE", "true");
    stage.settle().await;
    assert!(stage.target().app("acme", "shop").is_none());
}
