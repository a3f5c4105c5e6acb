//! What a list hides is there all the same: apps with credentials in use, and things that have changed since.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Effect, Fault, Id, seed,
        switches::CreatedBy,
        world::{App, ConsumerOrg, User},
    },
};

use serde_json::json;

use crate::stage::{Stage, exits, shown};

/// Both lists lie at once: the target's hides the app, the source's hides its key. The creation finds the app in place;
/// what it has must not be taken for what the server makes along with a new one.
#[tokio::test(start_paused = true)]
async fn a_key_in_use_is_not_taken_for_the_one_that_came_with_a_new_app() {
    let stage = with_shop();
    stage.settle().await;
    let hide = |list: &str| Fault::on("GET", &format!("/{list}?"), Effect::EmptyList);
    stage.source().faults.add(hide("credentials"));
    stage.target().faults.add(hide("apps"));
    stage.target().faults.add(hide("credentials"));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(stage.target().verify("shop-id", "shop-secret"), "{}", shown(&report));
    for mut cluster in [stage.source(), stage.target()] {
        cluster.faults.clear();
    }
    stage.settle().await;
    stage.assert_mirrored();
}

/// Where lists hide what they should show, a creation finds it: what it reports as done must be so.
#[tokio::test(start_paused = true)]
async fn what_is_found_in_place_is_made_what_it_should_be() {
    for list in ["/consumer-orgs?", "/apps?"] {
        let stage = with_shop();
        stage.settle().await;
        let (org, app) = org_and_app(&stage.source());
        stage.source().retitle::<ConsumerOrg>(org, "ACME");
        stage.source().retitle::<App>(app, "The Shop");
        let hide = Fault::on("GET", list, Effect::EmptyList);
        stage.target().faults.add(hide);
        let report = stage.sync().await;
        stage.target().faults.clear();
        assert_eq!(titles(&stage.target()), ["ACME", "The Shop"], "{}", shown(&report));
        stage.settle().await;
        stage.assert_mirrored();
    }
}

/// Where users may not be listed, and nothing names one yet, only his creation finds him. Others have made him, so he is
/// left as he is.
#[tokio::test(start_paused = true)]
async fn a_user_who_is_found_in_place_is_left_as_he_is() {
    let stage = with_shop();
    stage.target().switches.registry_listing_refused = true;
    stage.target().add_user("sandbox-catalog", "alice");
    let alice = stage.source().user("sandbox-catalog", "alice").unwrap().head.id;
    let address = Some("alice@new.example.com".to_owned());
    stage.source().change::<User>(alice, |row| row.email = address.clone());
    stage.settle().await;
    let target = stage.target();
    let there = target.user("sandbox-catalog", "alice").unwrap();
    assert_eq!(there.email.as_deref(), Some("alice@example.com"));
    assert!(there.head.metadata.is_none());
}

/// Somebody was faster and has written the mark of what was to be made. What speaks against such a mark counts here as it
/// does where a list shows it.
#[tokio::test(start_paused = true)]
async fn a_stranger_who_was_faster_is_not_taken_for_the_copy() {
    for against in ["catalog", "seal", "no seal", "maker"] {
        let stage = with_shop();
        let stranger = faster(&stage);
        let (source_id, catalog) = {
            let source = stage.source();
            (source.org("acme").unwrap().head.id, source.home.to_string())
        };
        let mut mark = json!({"source_id": source_id.to_string(), "source_catalog": catalog});
        match against {
            "catalog" => mark["source_catalog"] = "5f5b1d6e-0000-4000-8000-000000000000".into(),
            "seal" => mark["source_seal"] = "no seal!".into(),
            "maker" => stage.target().switches.created_by = CreatedBy::Everywhere,
            _ => stage.set("REQUIRE_SEAL", "true"),
        }
        if against.ends_with("seal") {
            stage.set("MARK_KEY", &"k".repeat(32));
        }
        stage.target().consumer_writes::<ConsumerOrg>(stranger, &mark);
        let before = stage.target().consumer_orgs.get(stranger).unwrap().clone();
        stage.target().faults.add(Fault::on("GET", "/consumer-orgs?", Effect::EmptyList));
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        let target = stage.target();
        assert_eq!(format!("{:?}", target.consumer_orgs.get(stranger).unwrap()), format!("{before:?}"), "{against}");
        assert!(target.apps.under(stranger).is_empty() && !target.verify("shop-id", "shop-secret"), "{against}");
    }
}

/// A consumer makes on the target what the source has: an organization of the same name.
fn faster(stage: &Stage) -> Id {
    let mut target = stage.target();
    let mallory = target.add_user("sandbox-catalog", "mallory");
    let org = target.add_org("acme", mallory);
    target.made_by::<ConsumerOrg>(org, mallory);
    org
}

fn with_shop() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "shop", "shop-id", "shop-secret");
    Stage::of((source, target)).with("ALLOW_EMPTY_SOURCE", "true")
}

fn titles(cluster: &Cluster) -> [String; 2] {
    let (org, app) = org_and_app(cluster);
    let org = cluster.consumer_orgs.get(org).unwrap();
    [org.head.title.clone(), cluster.apps.get(app).unwrap().head.title.clone()]
}

fn org_and_app(cluster: &Cluster) -> (Id, Id) {
    (cluster.org("acme").unwrap().head.id, cluster.apps.under(cluster.home)[0])
}
