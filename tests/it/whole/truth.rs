//! The truth of the report: what is excused, what is told of a source that goes down, what only the target has, and which way
//! leads out of a limit.

use std::time::Duration;

use apic_configsync::{
    engine::report::{ExitStatus, Finding, LeftoverReport, Report, RunResult, json},
    sandbox::{Effect, Fault, seed, switches::Metadata, world::ConsumerOrg},
};
use serde_json::{Value, json as value};

use super::{
    limits::{many, remove_orgs},
    replication::one_app,
};
use crate::stage::{Stage, counts, shown};

#[track_caller]
fn exits(report: &Report, status: ExitStatus) {
    assert_eq!(report.exit_status, status, "{}", shown(report));
}

fn as_json(report: &Report) -> Value {
    serde_json::from_str(&json::render(report).unwrap()).unwrap()
}

#[tokio::test]
async fn what_fails_is_excused_by_no_acknowledgement_nor_what_it_skips() {
    let stage = one_app().with("ACKNOWLEDGE", "*");
    let refused = Fault::on("POST", "/apps", Effect::status(403));
    stage.target().faults.add(refused);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let (apps, keys) = (counts(&report, "applications"), counts(&report, "credentials"));
    assert_eq!(apps.failed, 1, "{}", shown(&report));
    assert!(keys.skipped > 0, "{}", shown(&report));
    stage.target().faults.clear();
    stage.settle().await;
}

/// The clock is the test's own: the second creation takes longer than the run has.
#[tokio::test(start_paused = true)]
async fn what_a_deadline_skips_is_excused_by_no_acknowledgement() {
    let stage = one_app().with("ACKNOWLEDGE", "*").with("MAX_CONCURRENT_WRITES", "1").with("RUN_DEADLINE", "10s");
    let slow = Effect::Delay(Duration::from_secs(6));
    stage.target().faults.add(Fault::on("POST", "", slow));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let apps = counts(&report, "applications");
    assert_eq!((apps.failed, apps.skipped), (0, 1), "{}", shown(&report));
    stage.target().faults.clear();
    stage.set("RUN_DEADLINE", "");
    stage.settle().await;
}

#[tokio::test]
async fn a_list_that_could_not_be_read_is_excused_by_no_acknowledgement() {
    let stage = one_app();
    stage.settle().await;
    stage.set("ACKNOWLEDGE", "*");
    let lost = Fault::on("GET", "/subscriptions", Effect::status(403));
    stage.source().faults.add(lost);
    exits(&stage.sync().await, ExitStatus::Incomplete);
}

#[tokio::test]
async fn a_source_that_goes_down_is_no_wrong_and_no_empty_one() {
    let stage = Stage::of(seed::small());
    stage.settle().await;
    let mut statuses = Vec::new();
    for requests in 0..24 {
        let down = Fault::on("*", "", Effect::Reset).after(requests);
        stage.source().faults.add(down);
        let report = stage.sync().await;
        stage.source().faults.clear();
        let text = shown(&report);
        let is_told = match report.exit_status {
            ExitStatus::Success => requests > 10,
            ExitStatus::PreflightFailed => requests < 8,
            status => status == ExitStatus::Incomplete,
        };
        assert!(is_told, "{requests}: {text}");
        assert!(report.refusals.is_empty(), "{requests}: {text}");
        assert!(!text.contains("wrong source") && !text.contains("lists no "), "{text}");
        assert_eq!(report.target.requests.writes, 0, "{requests}: {text}");
        statuses.push(report.exit_status);
    }
    assert!(statuses.contains(&ExitStatus::Incomplete), "{statuses:?}");
    stage.again().await;
}

/// Something of each sort that only the target has.
fn add_leftovers(stage: &Stage) {
    let mut target = stage.target();
    let bob = target.add_user("sandbox-catalog", "bob");
    target.add_user("sandbox-catalog", "belongs-to-nobody");
    let own = target.add_org("own", bob);
    target.tick(100);
    target.add_app_with(own, "app", "own-id", "own-secret");
    let shop = target.app("acme", "shop").unwrap().head.id;
    target.add_credential(shop, "left-id", "left-secret");
    target.subscribe(shop, "petstore:1.0.0", "silver");
}

fn leftovers<'a>(report: &'a Report, kind: &str) -> Vec<&'a LeftoverReport> {
    let all = report.only_on_target.iter();
    all.filter(|it| it.kind == kind).collect()
}

#[tokio::test]
async fn what_only_the_target_has_is_told_by_name() {
    let stage = one_app();
    stage.settle().await;
    add_leftovers(&stage);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    for (kind, counts) in &report.kinds {
        let listed = leftovers(&report, kind).len();
        assert_eq!(listed, counts.only_on_target, "{kind}: {}", shown(&report));
    }
    let users: Vec<&str> = leftovers(&report, "users").iter().map(|it| &*it.address).collect();
    assert_eq!(users, ["sandbox-catalog/bob"]);
    let app = leftovers(&report, "applications")[0];
    assert_eq!((&*app.address, app.bears_mark), ("own/app", false));
    let made = stage.target().app("own", "app").unwrap().head.created_at;
    assert_eq!(app.created_at.map(jiff::Timestamp::as_second), Some(made));
    let text = shown(&report);
    assert!(text.contains("applications  own/app  (made "), "{text}");
    let json = as_json(&report);
    assert_eq!(json["only_on_target_omitted"], value!({}));
    let listed = &json["only_on_target"][0];
    for key in ["kind", "address", "created_at", "bears_mark"] {
        assert!(listed.get(key).is_some(), "{listed}");
    }
    stage.set("EXCLUDE_CONSUMER_ORGS", "own");
    let report = stage.sync().await;
    assert!(leftovers(&report, "applications").is_empty(), "{}", shown(&report));
    assert!(leftovers(&report, "users").is_empty(), "{}", shown(&report));
}

#[tokio::test]
async fn a_mark_of_another_sync_is_told_and_goes_first() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        let older = target.add_org("of-another", bob);
        target.tick(100);
        target.add_org("newer", bob);
        let (id, catalog) = (bob, older);
        target.mark::<ConsumerOrg>(older, id, catalog);
    }
    let report = stage.sync().await;
    let orgs: Vec<(&str, bool)> =
        leftovers(&report, "consumer_orgs").iter().map(|it| (&*it.address, it.bears_mark)).collect();
    assert_eq!(orgs, [("of-another", true), ("newer", false)], "{}", shown(&report));
}

/// A key is revoked on the target while that serves: on the way back nothing shows that it was there once.
#[tokio::test]
async fn keys_that_a_fail_back_must_decide_about_are_not_called_in_sync() {
    let stage = one_app();
    {
        let mut source = stage.source();
        source.set("hash_client_secret", true);
        source.set("config_sync_target_catalog", true);
    }
    add_key(&stage, "revoked");
    stage.settle().await;
    remove_key(&stage.swapped(), "revoked");
    let back = stage.swapped();
    let report = back.sync().await;
    exits(&report, ExitStatus::Success);
    assert_eq!(report.outcome, RunResult::InSync);
    let told = finding(&report, "only_on_target");
    assert!(told.message.contains("1 credential is"), "{}", told.message);
    let text = shown(&report);
    assert!(!text.contains("nothing to do"), "{text}");
    assert!(text.contains("acme/shop/revoked"), "{text}");
    remove_key(&stage, "revoked");
    let text = shown(&back.sync().await);
    assert!(text.contains("in sync: nothing to do"), "{text}");
}

#[tokio::test]
async fn what_was_made_below_a_copy_asks_for_no_decision() {
    let stage = one_app();
    stage.settle().await;
    add_key(&stage.swapped(), "own");
    let text = shown(&stage.sync().await);
    assert!(text.contains("in sync: nothing to do"), "{text}");
    assert!(text.contains("acme/shop/own"), "{text}");
}

#[tokio::test]
async fn a_revoked_key_on_a_target_without_marks_is_told_and_its_setting_named() {
    let stage = one_app();
    stage.target().switches.metadata.credentials = Metadata::Ignored;
    add_key(&stage, "revoked");
    exits(&stage.sync().await, ExitStatus::Success);
    remove_key(&stage, "revoked");
    let report = stage.sync().await;
    let told = finding(&report, "DELETE_UNMARKED_CHILDREN");
    assert!(told.message.contains("1 credentials"), "{}", told.message);
    let text = shown(&report);
    assert!(!text.contains("nothing to do"), "{text}");
}

#[track_caller]
fn finding<'a>(report: &'a Report, check: &str) -> &'a Finding {
    let mut findings = report.findings.iter();
    let found = findings.find(|it| it.check == check);
    found.unwrap_or_else(|| panic!("{}", shown(report)))
}

fn add_key(stage: &Stage, client_id: &str) {
    let mut source = stage.source();
    let shop = source.app("acme", "shop").unwrap().head.id;
    source.add_credential(shop, client_id, &format!("{client_id}-secret"));
}

fn remove_key(stage: &Stage, client_id: &str) {
    let mut source = stage.source();
    let shop = source.app("acme", "shop").unwrap().head.id;
    let keys = source.credentials(shop);
    let key = keys.iter().find(|it| it.client_id == client_id).unwrap();
    let id = key.head.id;
    source.remove_credential(id).unwrap();
}

#[tokio::test]
async fn a_limit_names_one_number_that_suffices_for_all_kinds() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    {
        let mut source = stage.source();
        for n in 4..9 {
            let app = source.app(&format!("org-{n}"), "app").unwrap().head.id;
            source.remove_app(app);
        }
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    let json = as_json(&report);
    let refusals = json["refusals"].as_array().unwrap();
    let of = |kind: &str| refusals.iter().find(|it| it["kind"] == kind).unwrap();
    let apps = of("applications");
    assert_eq!(
        [&apps["count"], &apps["of"], &apps["percent"], &apps["allowed"]],
        [&value!(9), &value!(10), &value!(90), &value!(30)]
    );
    assert_eq!(of("consumer_orgs")["percent"], 40);
    let needed = refusals.iter().map(|it| it["percent"].as_u64().unwrap()).max();
    for refusal in refusals {
        assert_eq!(refusal["suffices"].as_u64(), needed, "{refusal}");
        let message = refusal["message"].as_str().unwrap();
        let setting = format!("MAX_DELETE_PERCENT={}", needed.unwrap());
        for way in [&*setting, "ON_LIMIT=withhold-deletes", "--accept-limits", "DELETE_POLICY=report"] {
            assert!(message.contains(way), "{message}");
        }
    }
    let text = shown(&report);
    assert!(!text.contains("deleted"), "{text}");
    assert!(text.contains("nothing was written") && text.contains("to delete"), "{text}");
    stage.set("MAX_DELETE_PERCENT", &needed.unwrap().to_string());
    stage.settle().await;
}

#[tokio::test]
async fn all_kinds_that_the_source_lists_none_of_are_named_together() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.remove_app(app);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    let json = as_json(&report);
    let suffices = json["refusals"][0]["suffices"].as_str().unwrap().to_owned();
    assert!(suffices.starts_with("applications,credentials"), "{suffices}");
    let text = shown(&report);
    assert!(text.contains(&format!("ALLOW_EMPTY_SOURCE={suffices}")), "{text}");
    assert!(!text.contains("deleted"), "{text}");
    stage.set("ALLOW_EMPTY_SOURCE", &suffices);
    stage.settle().await;
}

#[tokio::test]
async fn the_report_names_the_program_and_the_settings_in_force() {
    let stage = one_app().with("MAX_DELETE_PERCENT", "30").with("ADOPT", "acme");
    let json = as_json(&stage.plan().await);
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["settings"]["ADOPT"], "acme");
    assert_eq!(json["settings"]["SOURCE_ORG"], "provider");
    assert!(json["settings"].get("MAX_DELETE_PERCENT").is_none(), "{json}");
    for secret in ["SOURCE_ADMIN_PASSWORD", "SOURCE_ADMIN_APIKEY"] {
        assert!(json["settings"].get(secret).is_none(), "{json}");
    }
}

#[tokio::test]
async fn misspelt_variables_are_findings_of_check() {
    let stage = one_app().with("MAX_DELETE_PERCENTAGE", "50");
    let report = stage.check().await;
    let told = report.findings.iter().find(|it| it.check == "MAX_DELETE_PERCENTAGE");
    let told = told.unwrap_or_else(|| panic!("{}", shown(&report)));
    assert!(told.message.contains("MAX_DELETE_PERCENT"), "{}", told.message);
    exits(&report, ExitStatus::Success);
}
