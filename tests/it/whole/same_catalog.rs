//! One catalog id on both sides: one catalog under two addresses, or a target that was restored from a backup.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{Effect, Fault, seed, world::ConsumerOrg},
};

use crate::stage::{Stage, exits, shown};

/// A catalog with two organizations and what they have.
fn one() -> Stage {
    let (mut source, target) = seed::pair();
    source.set("hash_client_secret", true);
    source.set("config_sync_target_catalog", true);
    let alice = source.add_user("sandbox-catalog", "alice");
    for name in ["acme", "globex"] {
        let org = source.add_org(name, alice);
        let app = source.add_app_with(org, "shop", &format!("{name}-id"), "secret");
        source.subscribe(app, "petstore:1.0.0", "gold");
    }
    source.tick(300);
    Stage::with_products((source, target))
}

#[tokio::test]
async fn one_catalog_under_two_addresses_is_refused_before_any_write() {
    for adopt in ["none", "all"] {
        let stage = one().with("ADOPT", adopt).with_itself();
        let report = stage.sync().await;
        exits(&report, ExitStatus::Usage);
        let told = |it: &apic_configsync::engine::report::Finding| {
            it.check == "ALLOW_SAME_CATALOG_ID" && it.mend.contains("ALLOW_SAME_CATALOG_ID=true")
        };
        assert!(report.findings.iter().any(told), "{}", shown(&report));
        assert_eq!(report.target.requests.writes, 0);
    }
}

#[tokio::test]
async fn a_write_that_shows_on_the_source_is_taken_back_and_ends_the_run() {
    for merged in [false, true] {
        let stage = one().with("ADOPT", "all").with_itself();
        stage.set("ALLOW_SAME_CATALOG_ID", "true");
        stage.source().switches.metadata_merged = merged;
        let metadata = serde_json::json!({"k": "v"});
        let acme = stage.source().org("acme").unwrap().head.id;
        stage.source().change::<ConsumerOrg>(acme, |row| {
            row.head.metadata = metadata.as_object().cloned();
        });
        let before = stage.source().snapshot();
        stage.source().clear_requests();
        let report = stage.sync_unwatched().await;
        exits(&report, ExitStatus::Refused);
        assert_eq!(report.refusals[0].limit, "ALLOW_SAME_CATALOG_ID");
        assert_eq!(before, stage.source().snapshot());
        let source = stage.source();
        let writes = source.requests().iter().filter(|it| it.is_write());
        let writes: Vec<_> = writes.map(|it| format!("{} {}", it.method, it.path)).collect();
        let path = format!("/consumer-orgs/{}", source.provider_org.head.id);
        assert_eq!(writes.len(), 2, "{writes:?}");
        assert!(writes.iter().all(|it| it.contains(&path) && it.starts_with("PATCH")), "{writes:?}");
        let metadata = source.org("acme").unwrap().head.metadata.clone().unwrap();
        let left = metadata.iter().filter(|(_, value)| !value.is_null());
        assert_eq!(left.count(), 1, "{metadata:?}");
    }
}

/// Without `ADOPT` nothing has a partner by mark, and there is nothing to write.
#[tokio::test]
async fn one_catalog_with_nothing_to_do_is_not_written() {
    let stage = one().with_itself().with("ALLOW_SAME_CATALOG_ID", "true");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
}

#[tokio::test]
async fn a_restored_target_is_synced_although_its_ids_are_those_of_the_source() {
    for merged in [false, true] {
        let stage = one();
        let mut restored = stage.source().restored(77);
        restored.switches.metadata_merged = merged;
        let stage = stage.of_source(restored).with("ALLOW_SAME_CATALOG_ID", "true").with("ADOPT", "all");
        stage.settle().await;
        stage.assert_mirrored();
        assert!(!stage.target().dump().to_string().contains("configsync_trial\":\""));
        stage.set("ADOPT", "none");
        {
            let mut source = stage.source();
            let acme = source.org("acme").unwrap().head.id;
            source.rename::<ConsumerOrg>(acme, "acme-2");
            source.add_app_with(acme, "more", "more-id", "secret");
            let globex = source.org("globex").unwrap().head.id;
            source.remove_org(globex);
        }
        stage.settle().await;
        stage.assert_mirrored();
        stage.assert_products_mirrored();
        let back = stage.swapped();
        back.again().await;
    }
}

/// What cannot be looked for on the source is taken back too, and nothing else is written.
#[tokio::test]
async fn a_trial_that_says_nothing_ends_the_run() {
    let stage = one();
    let restored = stage.source().restored(77);
    let stage = stage.of_source(restored).with("ALLOW_SAME_CATALOG_ID", "true").with("ADOPT", "all");
    let before = stage.target().snapshot();
    let acme = stage.source().org("acme").unwrap().head.id;
    let fault = Fault::on("GET", &format!("/{acme}"), Effect::status(403));
    stage.source().faults.add(fault.when(|request| !request.uri().path().ends_with("/members")));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert_eq!(before, stage.target().snapshot());
    assert_eq!(report.target.requests.writes, 2, "{}", shown(&report));
}
