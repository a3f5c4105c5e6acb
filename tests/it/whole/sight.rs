//! What a run may believe of what it does not see: lost roles, restored sources, answers that prove nothing, secrets that
//! are masked, subscriptions that cannot be carried.

mod hanging;
mod hints;
mod places;
mod proofs;
mod secrets;

use apic_configsync::{
    engine::report::{ExitStatus, Report, RunResult},
    sandbox::{Cluster, Id, seed},
};

use crate::stage::{Stage, shown};

/// How many organizations there are in [`forty`].
const ORGS: usize = 40;

fn name(number: usize) -> String {
    format!("org-{number:02}")
}

/// Forty organizations with an app and a key each, in sync, with the default grace.
async fn forty() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    for number in 0..ORGS {
        let org = source.add_org(&name(number), alice);
        let app = source.add_app_with(org, "shop", &format!("id-{number}"), "secret");
        source.subscribe(app, "petstore:1.0.0", "gold");
    }
    let stage = Stage::of((source, target)).with("API_CACHE_REQUEST_PAGE_SIZE", "100").with("DELETE_GRACE", "");
    stage.settle().await;
    stage
}

fn app_of(cluster: &Cluster, number: usize) -> Id {
    cluster.app(&name(number), "shop").unwrap().head.id
}

fn is_noted(cluster: &Cluster, number: usize) -> bool {
    let org = cluster.org(&name(number)).unwrap();
    let metadata = org.head.metadata.as_ref().unwrap();
    metadata.get("source_missing_since").is_some_and(|it| !it.is_null())
}

#[track_caller]
fn ends(report: &Report, status: ExitStatus, outcome: RunResult) {
    assert_eq!((report.exit_status, report.outcome), (status, outcome), "{}", shown(report));
}

/// Attacks: "Ten of forty organizations gone for one run".
#[tokio::test]
async fn ten_of_forty_organizations_gone_for_one_run_are_kept_and_restored() {
    let stage = forty().await;
    let gone: Vec<usize> = (0..ORGS).step_by(4).collect();
    let before = stage.target().snapshot();
    let backup = stage.source().clone();
    for number in &gone {
        let mut source = stage.source();
        let org = source.org(&name(*number)).unwrap().head.id;
        source.remove_org(org);
    }
    let report = stage.sync().await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    for number in 0..ORGS {
        let target = stage.target();
        let is_gone = gone.contains(&number);
        assert_eq!(is_noted(&target, number), is_gone, "{number}");
        let expected = if is_gone { "disabled" } else { "enabled" };
        assert_eq!(target.apps[app_of(&target, number)].state, expected, "{number}");
    }
    stage.wait_hours(1);
    stage.again().await;

    *stage.source() = backup;
    let report = stage.settle().await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(stage.target().snapshot(), before);
    assert!((0..ORGS).all(|number| !is_noted(&stage.target(), number)));
}

/// The same where more are missing than may be deleted: nothing is suspended.
#[tokio::test]
async fn half_of_the_organizations_gone_is_refused() {
    let stage = forty().await;
    for number in 0..ORGS / 2 {
        let mut source = stage.source();
        let org = source.org(&name(number)).unwrap().head.id;
        source.remove_org(org);
    }
    let report = stage.sync().await;
    ends(&report, ExitStatus::Refused, RunResult::Refused);
    assert_eq!(report.target.requests.writes, 0);
}

/// A login that sees only some organizations for one run is the same as a source that has lost the others.
#[tokio::test]
async fn organizations_that_a_login_does_not_see_are_kept() {
    let stage = forty().await;
    let seen = (0..ORGS).filter(|number| number % 4 != 0).map(name);
    stage.source().logins[0].sees_only = Some(seen.collect());
    let before = stage.target().snapshot();
    ends(&stage.sync().await, ExitStatus::Success, RunResult::Applied);
    stage.again().await;
    stage.source().logins[0].sees_only = None;
    stage.settle().await;
    assert_eq!(stage.target().snapshot(), before);
}
