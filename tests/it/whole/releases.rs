//! The releases of both servers, where they tell them.

use apic_configsync::{
    engine::report::{ExitStatus, Report, Severity},
    sandbox::{Cluster, switches::CloudInformation},
};

use super::replication::one_app;
use crate::stage::{Stage, exits, shown};

use CloudInformation::{Absent, Nameless, Release};

fn tell(stage: &Stage, source: CloudInformation, target: CloudInformation) {
    stage.source().switches.cloud_about = source;
    stage.target().switches.cloud_about = target;
}

fn of_release(report: &Report) -> Vec<(Severity, &str)> {
    let findings = report.findings.iter().filter(|it| it.check == "version");
    findings.map(|it| (it.severity, &*it.message)).collect()
}

fn asked(cluster: &Cluster) -> usize {
    let requests = cluster.requests().iter();
    requests.filter(|it| it.path.contains("/cloud/")).count()
}

#[tokio::test]
async fn an_older_target_is_not_written() {
    for (source, target) in [("10.0.8.3", "10.0.8.1"), ("12.1.0.0", "10.0.8.3")] {
        let stage = one_app();
        tell(&stage, Release(source), Release(target));
        for report in [stage.check().await, stage.plan().await, stage.sync().await] {
            exits(&report, ExitStatus::PreflightFailed);
            let told = of_release(&report);
            assert_eq!(told.len(), 1, "{}", shown(&report));
            let (severity, message) = told[0];
            assert_eq!(severity, Severity::Error);
            assert!(message.contains(source) && message.contains(target), "{message}");
            assert_eq!(report.target.requests.writes, 0);
        }
        stage.set("ALLOW_OLDER_TARGET", "true");
        let report = stage.settle().await;
        assert_eq!(of_release(&report)[0].0, Severity::Warning);
        stage.assert_mirrored();
    }
}

#[tokio::test]
async fn an_equal_or_newer_target_is_written() {
    for (source, target) in [("10.0.8.3", "10.0.8.3"), ("10.0.8.3-ifix2", "10.0.8.3"), ("10.0.8.3", "12.1.0.0")] {
        let stage = one_app();
        tell(&stage, Release(source), Release(target));
        assert!(of_release(&stage.check().await).is_empty());
        assert!(of_release(&stage.settle().await).is_empty());
    }
}

#[tokio::test]
async fn where_a_side_tells_no_release_people_are_asked_to_compare() {
    for (source, target) in [(Absent, Absent), (Release("10.0.8.3"), Absent), (Nameless, Release("10.0.8.1"))] {
        let stage = one_app();
        tell(&stage, source, target);
        let report = stage.check().await;
        exits(&report, ExitStatus::Success);
        let told = of_release(&report);
        assert_eq!(told.len(), 1, "{}", shown(&report));
        assert_eq!(told[0].0, Severity::Warning);
        assert!(told[0].1.contains("does not tell") || told[0].1.contains("neither"));
        assert!(of_release(&stage.settle().await).is_empty());
    }
}

#[tokio::test]
async fn a_run_back_needs_the_same_modification() {
    let stage = one_app();
    stage.source().set("config_sync_target_catalog", true);
    stage.source().set("hash_client_secret", true);
    tell(&stage, Release("10.0.8.3"), Release("12.1.0.0"));
    let report = stage.check_both_ways().await;
    exits(&report, ExitStatus::PreflightFailed);
    let told = of_release(&report);
    assert!(told.len() == 1 && told[0].1.starts_with("reverse: "), "{told:?}");
    assert_eq!(stage.check().await.exit_status, ExitStatus::Success);
    stage.set("ALLOW_OLDER_TARGET", "true");
    let report = stage.check_both_ways().await;
    assert_eq!(of_release(&report)[0].0, Severity::Warning);
    stage.set("ALLOW_OLDER_TARGET", "false");
    tell(&stage, Release("10.0.8.3"), Release("10.0.8.5"));
    assert!(of_release(&stage.check_both_ways().await).is_empty());
}

#[tokio::test]
async fn the_second_place_is_asked_too_with_and_without_a_login() {
    for open in [true, false] {
        for about in [Absent, Nameless] {
            let stage = one_app();
            for (mut cluster, release) in [(stage.source(), "10.0.8.3"), (stage.target(), "10.0.8.1")] {
                cluster.switches.cloud_about = about.clone();
                cluster.switches.cloud_info = Release(release);
                cluster.switches.cloud_information_open = open;
            }
            let report = stage.sync().await;
            exits(&report, ExitStatus::PreflightFailed);
        }
    }
}

#[tokio::test]
async fn each_place_is_asked_once_and_only_where_there_is_something_to_write() {
    let stage = one_app();
    stage.sync().await;
    assert_eq!((asked(&stage.source()), asked(&stage.target())), (2, 2));
    stage.source().clear_requests();
    stage.target().clear_requests();
    stage.again().await;
    assert_eq!((asked(&stage.source()), asked(&stage.target())), (0, 0));
    tell(&stage, Release("10.0.8.3"), Release("10.0.8.3"));
    stage.check().await;
    assert_eq!((asked(&stage.source()), asked(&stage.target())), (2, 2));
}

#[tokio::test]
async fn a_place_that_refuses_the_token_costs_no_login() {
    let stage = one_app();
    for mut cluster in [stage.source(), stage.target()] {
        let refused =
            apic_configsync::sandbox::Fault::on("GET", "/cloud/", apic_configsync::sandbox::Effect::status(401));
        cluster.faults.add(refused);
        cluster.clear_requests();
    }
    stage.settle().await;
    for cluster in [stage.source(), stage.target()] {
        let logins = cluster.requests().iter().filter(|it| it.path.ends_with("/token"));
        // One for each of the two runs.
        assert_eq!(logins.count(), 2);
    }
}
