//! `check --reverse`: whether the way back stands open.

use apic_configsync::{
    engine::report::{ExitStatus, Finding, Report, Severity},
    sandbox::{Cluster, seed},
};

use super::products;
use crate::stage::{Stage, exits, shown};

/// Two catalogs between which both directions work, and whose marks are sealed.
fn open(stage: Stage) -> Stage {
    stage.set("MARK_KEY", &"k".repeat(32));
    let mut source = stage.source();
    source.set("hash_client_secret", true);
    source.set("config_sync_target_catalog", true);
    drop(source);
    stage
}

fn pair() -> Stage {
    open(Stage::of(seed::pair()))
}

/// What was found of the reverse direction.
fn reverse(report: &Report) -> Vec<&Finding> {
    let findings = report.findings.iter();
    findings.filter(|finding| finding.message.starts_with("reverse: ")).collect()
}

/// All findings but those that every check between these servers has: they speak plain HTTP and tell no release.
fn beside_constant_ones(report: &Report) -> Vec<&Finding> {
    let constant = ["version", "SOURCE_MGMT_SERVER", "TARGET_MGMT_SERVER"];
    let findings = report.findings.iter();
    findings.filter(|finding| !constant.contains(&&*finding.check)).collect()
}

/// The only finding of the reverse direction.
#[track_caller]
fn only(report: &Report) -> &Finding {
    let found = reverse(report);
    assert_eq!(found.len(), 1, "{}", shown(report));
    found[0]
}

#[tokio::test]
async fn the_way_back_of_two_good_catalogs_stands_open() {
    let stage = pair();
    let report = stage.check_both_ways().await;
    exits(&report, ExitStatus::Success);
    assert!(reverse(&report).is_empty(), "{}", shown(&report));
    assert_eq!(report.target.requests.writes, 0);
}

#[tokio::test]
async fn what_the_source_needs_to_be_written_is_told_with_the_side_to_mend() {
    let stage = products::stage(|_| {});
    assert_eq!(stage.check().await.exit_status, ExitStatus::Success);
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    let settings = ["hash_client_secret", "config_sync_target_catalog"];
    let found = reverse(&report);
    assert_eq!(found.len(), settings.len(), "{}", shown(&report));
    for (finding, setting) in found.iter().zip(settings) {
        assert_eq!(finding.check, setting);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.message.contains("the source catalog"));
        assert!(finding.mend.starts_with("set it on the source: PUT"));
    }
    let report = open(stage).check_both_ways().await;
    exits(&report, ExitStatus::Success);
}

#[tokio::test]
async fn kinds_that_are_not_carried_need_nothing_of_the_source() {
    let stage = Stage::of(seed::pair()).with("EXCLUDE_KINDS", "credentials");
    let report = stage.check_both_ways().await;
    assert!(reverse(&report).is_empty(), "{}", shown(&report));
}

#[tokio::test]
async fn a_source_login_that_may_only_read_serves_the_forward_direction_alone() {
    let stage = pair();
    for login in &mut stage.source().logins {
        login.scopes.retain(|scope| !scope.contains("manage"));
    }
    assert_eq!(stage.check().await.exit_status, ExitStatus::Success);
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    let finding = only(&report);
    assert_eq!(finding.check, "permissions");
    assert!(finding.message.contains("consumer-org:manage and app:manage:all"), "{}", finding.message);
    stage.set("INCLUDE_KINDS", "users,consumer_orgs,members");
    let report = stage.check_both_ways().await;
    let message = &only(&report).message;
    assert!(!message.contains("app:manage"), "{message}");
}

#[tokio::test]
async fn both_directions_are_told_even_if_neither_would_work() {
    let stage = Stage::of(seed::pair());
    stage.target().set("hash_client_secret", false);
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    let messages: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.check == "hash_client_secret")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(messages.len(), 2, "{}", shown(&report));
    assert!(messages[0].starts_with("the target catalog"));
    assert!(messages[1].starts_with("reverse: the source catalog"));
}

#[tokio::test]
async fn registries_that_the_source_lacks_are_found_through_the_mapping_turned_round() {
    let stage = pair();
    stage.source().add_registry("people", "authurl");
    stage.target().add_registry("staff", "authurl");
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::Success);
    let finding = only(&report);
    assert_eq!(finding.check, "user_registries");
    assert!(finding.message.contains("the source catalog has no user registry staff"), "{}", finding.message);
    stage.set("USER_REGISTRY_NAME_MAPPING", "people,staff");
    let report = stage.check_both_ways().await;
    assert!(beside_constant_ones(&report).is_empty(), "{}", shown(&report));
}

#[tokio::test]
async fn what_products_of_the_target_need_of_the_source_is_named() {
    let stage = open(products::stage(|_| {}));
    {
        let mut target = stage.target();
        target.add_oauth_provider(None, "acme-oauth");
        target.add_tls_client_profile(None, "acme-tls", "1.0.0");
        target.add_api_user_registry(None, "acme-ldap");
        target.add_gateway_service("frankfurt");
        target.add_group("partners", &[]);
    }
    let report = stage.check_both_ways().await;
    assert_eq!(report.exit_status, ExitStatus::Success);
    assert_eq!(reverse(&report).len(), 5, "{}", shown(&report));
    for name in ["acme-oauth", "acme-tls", "acme-ldap", "frankfurt", "partners"] {
        let told = reverse(&report).into_iter().any(|finding| {
            finding.message.contains("the source has no")
                && finding.message.contains(name)
                && finding.mend.starts_with("on the source: ")
        });
        assert!(told, "nothing of {name}: {}", shown(&report));
    }
}

#[tokio::test]
async fn gateway_services_go_by_the_mapping_turned_round() {
    let stage = open(products::stage(|_| {}));
    stage.source().add_gateway_service("blue");
    stage.target().add_gateway_service("green");
    stage.set("GATEWAY_SERVICE_NAME_MAPPING", "blue,green");
    let report = stage.check_both_ways().await;
    assert!(beside_constant_ones(&report).is_empty(), "{}", shown(&report));
    // The names that the operator gave are looked for, even where the target's name is one of the source's, too.
    stage.source().add_gateway_service("green");
    stage.set("GATEWAY_SERVICE_NAME_MAPPING", "navy,green");
    let report = stage.check_both_ways().await;
    assert!(only(&report).message.contains("the source has no gateway service navy"), "{}", shown(&report));
}

#[tokio::test]
async fn spaces_that_the_source_lacks_are_named() {
    let spacious = |cluster: &mut Cluster| {
        cluster.set("spaces_enabled", true);
        cluster.add_space("public");
    };
    let stage = open(products::stage(spacious));
    spacious(&mut stage.target());
    stage.target().add_space("partners");
    let report = stage.check_both_ways().await;
    assert!(only(&report).message.contains("the source has no space partners"), "{}", shown(&report));
}

#[tokio::test]
async fn a_mend_keeps_the_mappings_that_are_there() {
    let stage = open(products::stage(|_| {}));
    for name in ["one", "two"] {
        stage.source().add_registry(name, "authurl");
        stage.source().add_gateway_service(name);
    }
    stage.target().add_registry("eins", "authurl");
    stage.target().add_gateway_service("eins");
    stage.set("USER_REGISTRY_NAME_MAPPING", "one,eins");
    stage.set("GATEWAY_SERVICE_NAME_MAPPING", "one,eins");
    let report = stage.check_both_ways().await;
    for (check, mapping) in
        [("user_registries", "USER_REGISTRY_NAME_MAPPING"), ("gateway_services", "GATEWAY_SERVICE_NAME_MAPPING")]
    {
        let wanted = format!("{mapping}=\"one,eins;two,<name on the target>\"");
        let mut findings = report.findings.iter().filter(|it| it.check == check);
        assert!(findings.any(|it| it.mend.contains(&wanted)), "{}", shown(&report));
    }
    stage.target().add_registry("drei", "authurl");
    let report = stage.check_both_ways().await;
    let wanted = "USER_REGISTRY_NAME_MAPPING=\"one,eins;<name on the source>,drei\"";
    assert!(reverse(&report).iter().any(|it| it.mend.contains(wanted)), "{}", shown(&report));
}

#[tokio::test]
async fn a_gateway_mapping_that_names_nothing_is_a_finding_of_a_run_too() {
    let stage = open(products::stage(|source| {
        products::publish(source, "shop:1.0.0", &["gold"], &["pets:1.0.0"]);
    }));
    stage.set("GATEWAY_SERVICE_NAME_MAPPING", "nowhere,nothing");
    for report in [stage.plan().await, stage.sync().await] {
        let told: Vec<&str> = report
            .findings
            .iter()
            .filter(|it| it.check == "GATEWAY_SERVICE_NAME_MAPPING")
            .map(|it| &*it.message)
            .collect();
        assert_eq!(told.len(), 2, "{}", shown(&report));
        assert!(told[0].contains("nowhere") && told[0].contains("source catalog"));
        assert!(told[1].contains("nothing") && told[1].contains("target catalog"));
        exits(&report, ExitStatus::Success);
    }
}
