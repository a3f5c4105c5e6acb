//! `RUN_DEADLINE` from the start to the end, and lists that never come. The clock is the test's own.

use std::time::Duration;

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    http::RetryPolicy,
    sandbox::{
        Cluster, Effect, Fault, seed,
        world::{App, ConsumerOrg},
    },
};
use tokio::time::Instant;

use crate::stage::{Stage, exits, shown};

/// Far longer than any timeout.
const NEVER: Effect = Effect::Delay(Duration::from_secs(86_400));

/// So many organizations with an app each, in sync; since then each has another title, and one app is gone.
async fn with_differences(orgs: usize) -> Stage {
    let (mut source, target) = seed::pair();
    let mut ids = Vec::new();
    for number in 0..orgs {
        let owner = source.add_user("sandbox-catalog", &format!("owner-{number}"));
        let org = source.add_org(&format!("org-{number}"), owner);
        ids.push((org, source.add_app(org, &format!("app-{number}"))));
    }
    let stage = Stage::of((source, target)).with("SyncProductsAndAPIs", "false");
    stage.settle().await;
    let differ = |source: &mut Cluster| {
        for (org, app) in &ids {
            source.retitle::<ConsumerOrg>(*org, "changed");
            source.retitle::<App>(*app, "changed");
        }
        source.remove_app(ids[0].1);
    };
    differ(&mut stage.source());
    stage
}

/// The same with a deadline and real delays between the tries.
async fn patient(orgs: usize, deadline: &str) -> Stage {
    let mut stage = with_differences(orgs).await.with("RUN_DEADLINE", deadline).with("ALLOW_EMPTY_SOURCE", "true");
    stage.retry = RetryPolicy::default();
    stage
}

/// A run, and how many seconds of the test's clock it took.
async fn timed(stage: &Stage) -> (Report, u64) {
    let start = Instant::now();
    let report = stage.sync().await;
    (report, start.elapsed().as_secs())
}

#[track_caller]
fn assert_nothing_written(report: &Report) {
    exits(report, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0, "{}", shown(report));
    let done = report.changes.iter().filter(|it| it.result == ChangeResult::Applied);
    assert_eq!(done.count(), 0, "{}", shown(report));
}

#[tokio::test(start_paused = true)]
async fn lists_that_are_missing_at_the_deadline_are_gaps_and_nothing_is_written() {
    for (side, path) in
        [("source", "/members"), ("target", "/members"), ("source", "/apps?"), ("target", "/credentials?")]
    {
        let stage = patient(20, "5s").await;
        let fault = Fault::on("GET", path, NEVER);
        match side {
            "source" => stage.source().faults.add(fault),
            _ => stage.target().faults.add(fault),
        }
        let (report, seconds) = timed(&stage).await;
        assert_nothing_written(&report);
        assert_eq!(seconds, 5, "{side} {path}");
        let reasons: Vec<&str> = report.gaps.iter().map(|gap| &*gap.reason).collect();
        assert!(reasons.iter().any(|it| it.contains("RUN_DEADLINE")), "{reasons:?}");
        let skipped: Vec<_> = report.changes.iter().filter(|it| it.result == ChangeResult::Skipped).collect();
        assert!(!skipped.is_empty(), "the plan is not shown: {}", shown(&report));
        for change in skipped {
            let reason = change.reason.as_deref().unwrap_or_default();
            assert!(reason.contains("RUN_DEADLINE"), "{reason}");
        }
        stage.source().faults.clear();
        stage.target().faults.clear();
        stage.set("RUN_DEADLINE", "");
        stage.settle().await;
        stage.assert_mirrored();
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_before_the_catalogs_are_reached_is_told() {
    for path in ["/token", "/settings"] {
        let stage = with_differences(2).await.with("RUN_DEADLINE", "5s");
        stage.target().faults.add(Fault::on("*", path, NEVER));
        let (report, seconds) = timed(&stage).await;
        assert_nothing_written(&report);
        assert_eq!(seconds, 5, "{path}");
        assert!(report.findings[0].message.contains("RUN_DEADLINE"), "{}", shown(&report));
        let check = stage.check().await;
        exits(&check, ExitStatus::Incomplete);
    }
}

/// The time counts from the start, not from when both sides are reached.
#[tokio::test(start_paused = true)]
async fn a_slow_login_is_part_of_the_time() {
    let stage = with_differences(2).await.with("RUN_DEADLINE", "10s");
    stage.target().faults.add(Fault::on("*", "/token", Effect::Delay(Duration::from_secs(8))));
    stage.source().faults.add(Fault::on("GET", "/apps?", Effect::Delay(Duration::from_secs(8))));
    let (report, seconds) = timed(&stage).await;
    assert_nothing_written(&report);
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_to_be_left_alone_beyond_the_deadline_is_not_waited_for() {
    for path in ["/apps?", "/token"] {
        let stage = patient(2, "60s").await;
        stage.source().faults.add(Fault::on("*", path, Effect::throttle(200)));
        let (report, seconds) = timed(&stage).await;
        assert!(seconds < 2, "{path}: {seconds}");
        assert_eq!(report.target.requests.writes, 0);
        assert!(shown(&report).contains("RUN_DEADLINE"), "{}", shown(&report));
        let status = if path == "/token" { ExitStatus::PreflightFailed } else { ExitStatus::Incomplete };
        assert_eq!(report.exit_status, status, "{}", shown(&report));
    }
    let stage = patient(2, "60s").await;
    stage.target().faults.add(Fault::on("PATCH", "/apps/", Effect::throttle(200)));
    let (report, seconds) = timed(&stage).await;
    exits(&report, ExitStatus::Incomplete);
    assert!(seconds < 2, "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_within_the_deadline_is_waited() {
    let stage = patient(2, "60s").await;
    stage.source().faults.add(Fault::on("GET", "/apps?", Effect::throttle(20)).once());
    let (report, seconds) = timed(&stage).await;
    exits(&report, ExitStatus::Success);
    assert!(seconds >= 20, "{seconds}");
}

/// What is asked for parent by parent: after a few that got no answer the others are not waited for. So the time does not
/// grow with the number of parents.
#[tokio::test(start_paused = true)]
async fn a_list_that_keeps_timing_out_is_given_up_for_all_parents() {
    let mut asked = Vec::new();
    for orgs in [60, 120] {
        let stage = with_differences(orgs).await.with("HTTP_CLIENT_TIMEOUT", "1");
        stage.source().faults.add(Fault::on("GET", "/members", NEVER));
        let before = members_asked(&stage);
        let (report, seconds) = timed(&stage).await;
        exits(&report, ExitStatus::Incomplete);
        assert!(seconds < 60, "{orgs}: {seconds} s");
        assert_eq!(report.gaps.len(), orgs, "each organization has a gap of its own");
        let given_up = report.gaps.iter().filter(|gap| gap.reason.contains("in a row got no answer in time"));
        assert!(given_up.count() > orgs / 2, "{}", shown(&report));
        asked.push(members_asked(&stage) - before);
    }
    assert!(asked[1] < asked[0] + 30, "{asked:?}");
}

fn members_asked(stage: &Stage) -> usize {
    let source = stage.source();
    let requests = source.requests().iter();
    requests.filter(|it| it.path.ends_with("/members")).count()
}

/// One here and there is not all.
#[tokio::test(start_paused = true)]
async fn a_few_parents_whose_lists_time_out_cost_the_others_nothing() {
    let stage = with_differences(60).await.with("HTTP_CLIENT_TIMEOUT", "1");
    let hanging: Vec<String> =
        [5, 30].map(|number| stage.source().org(&format!("org-{number}")).unwrap().head.id.to_string()).into();
    let is_one = move |request: &http::Request<bytes::Bytes>| {
        hanging.iter().any(|id| request.uri().path().contains(id.as_str()))
    };
    stage.source().faults.add(Fault::on("GET", "/members", NEVER).when(is_one));
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(report.gaps.len(), 2, "{}", shown(&report));
}
