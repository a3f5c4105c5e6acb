//! Patterns of the operator's that match nothing on either side.

use apic_configsync::engine::report::{ExitStatus, Finding, Report, Severity};

use super::{limits::many, products};
use crate::stage::{Stage, exits, shown};

/// What is said of a pattern.
#[track_caller]
fn told<'a>(report: &'a Report, setting: &str, pattern: &str) -> &'a Finding {
    let quoted = format!("`{pattern}`");
    let mut findings = report.findings.iter();
    let found = findings.find(|it| it.check == setting && it.message.contains(&quoted));
    found.unwrap_or_else(|| panic!("nothing of {pattern} in {}", shown(report)))
}

fn petstore() -> Stage {
    products::stage(|source| {
        products::publish(source, "shop:1.0.0", &["gold"], &["pets:1.0.0"]);
    })
}

#[tokio::test]
async fn what_matches_nothing_is_told_with_the_nearest_names() {
    let stage = petstore();
    stage.settle().await;
    for (setting, value, pattern, nearest) in [
        ("EXCLUDE_CONSUMER_ORGS", "acmee", "acmee", "acme"),
        ("EXCLUDE_PRODUCTS", "shopp:*", "shopp:*", "shop:1.0.0"),
        ("EXCLUDE_PRODUCTS", "shop:2.0.0", "shop:2.0.0", "shop:1.0.0"),
        ("INCLUDE_CONSUMER_ORGS", "a*,shpo", "shpo", "acme"),
        ("INCLUDE_PRODUCTS", "shop,shpo", "shpo", "shop:1.0.0"),
        ("ADOPT", "acme,acme/shpo", "acme/shpo", "acme/shop"),
        ("ACKNOWLEDGE", "acmee/*", "acmee/*", "acme/shop"),
        ("FALLBACK_OWNER", "sandbox-catalog/alise", "sandbox-catalog/alise", "sandbox-catalog/alice"),
    ] {
        stage.set(setting, value);
        let report = stage.sync().await;
        stage.set(setting, "");
        let finding = told(&report, setting, pattern);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains(nearest), "{setting}: {}", finding.message);
        exits(&report, ExitStatus::Success);
        assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    }
}

#[tokio::test]
async fn what_matches_something_on_either_side_is_not_told() {
    let stage = petstore();
    stage.settle().await;
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        let only = target.add_org("only-there", bob);
        target.add_app(only, "app");
    }
    for (setting, value) in [
        ("EXCLUDE_CONSUMER_ORGS", "only-*,acme"),
        ("EXCLUDE_CONSUMER_ORGS", "only-there"),
        ("EXCLUDE_PRODUCTS", "sh*"),
        ("INCLUDE_PRODUCTS", "shop:1.*"),
        ("ADOPT", "only-there/app"),
        ("ADOPT", "all"),
        ("ACKNOWLEDGE", "*/app,acme/shop/*"),
        ("FALLBACK_OWNER", "sandbox-catalog/alice"),
    ] {
        stage.set(setting, value);
        let report = stage.plan().await;
        stage.set(setting, "");
        let mut findings = report.findings.iter();
        assert!(!findings.any(|it| it.check == setting), "{}", shown(&report));
    }
}

#[tokio::test]
async fn an_inclusion_of_nothing_at_all_is_a_mistake() {
    let stage = petstore();
    for (setting, value) in
        [("INCLUDE_CONSUMER_ORGS", "acmee"), ("INCLUDE_CONSUMER_ORGS", "acmee,shpo"), ("INCLUDE_PRODUCTS", "nothing:*")]
    {
        stage.set(setting, value);
        for report in [stage.sync().await, stage.plan().await] {
            exits(&report, ExitStatus::PreflightFailed);
            let pattern = value.split(',').next().unwrap();
            assert_eq!(told(&report, setting, pattern).severity, Severity::Error);
            assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
        }
        stage.set(setting, "");
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_list_that_could_not_be_read_says_nothing_of_patterns() {
    let stage = many(2).await.with("EXCLUDE_CONSUMER_ORGS", "somebody");
    let lost =
        apic_configsync::sandbox::Fault::on("GET", "/consumer-orgs", apic_configsync::sandbox::Effect::status(403));
    stage.source().faults.add(lost);
    let report = stage.sync().await;
    let mut findings = report.findings.iter();
    assert!(!findings.any(|it| it.check == "EXCLUDE_CONSUMER_ORGS"), "{}", shown(&report));
}
