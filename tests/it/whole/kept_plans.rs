//! Plans that are kept and applied later: exactly what was kept is done, as long as nothing has changed.

mod altered;
mod changed;
mod grace;
mod limits;
mod random;

use std::path::PathBuf;

use apic_configsync::{
    commands::Task,
    engine::{
        plan_file::{self, KeptPlan, PlanFile},
        report::{ChangeResult, ExitStatus, Report, RunResult},
    },
    platform,
    sandbox::{
        Cluster, Effect, Fault, seed,
        world::{App, ConsumerOrg},
    },
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{
    limits::many,
    products::{bare, publish},
    replication::one_app,
};
use crate::stage::{SETTLED, Stage, change, counts, shown};

/// A folder with the plan of a stage.
struct Kept {
    folder: TempDir,
}

impl Kept {
    /// Plans, and insists that the run ends so.
    async fn of(stage: &Stage, status: ExitStatus) -> Self {
        let kept = Self { folder: tempfile::tempdir().unwrap() };
        let task = Task::Plan { detailed_exit_code: false, keep: Some(PlanFile::prepare(&kept.file()).unwrap()) };
        let report = stage.execute(task).await;
        assert_eq!(report.exit_status, status, "{}", shown(&report));
        assert_eq!(report.plan_file, Some(kept.file().display().to_string()));
        assert_eq!(report.target.requests.writes, 0);
        kept
    }

    async fn pending(stage: &Stage) -> Self {
        Self::of(stage, ExitStatus::Success).await
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("plan.json")
    }

    fn read(&self) -> KeptPlan {
        plan_file::read(&self.file(), platform::kinds()).unwrap()
    }

    async fn apply(&self, stage: &Stage) -> Report {
        stage.execute(self.task(false)).await
    }

    async fn apply_accepting_limits(&self, stage: &Stage) -> Report {
        stage.execute(self.task(true)).await
    }

    fn task(&self, accept_limits: bool) -> Task {
        Task::Apply { file: self.file(), plan: Box::new(self.read()), accept_limits }
    }
}

fn reason(report: &Report, kind: &str, address: &str) -> String {
    let change = change(report, kind, address);
    assert_eq!(change.result, ChangeResult::Skipped, "{}", shown(report));
    change.reason.clone().unwrap()
}

#[track_caller]
fn ends(report: &Report, status: ExitStatus, outcome: RunResult) {
    let end = (report.exit_status, report.outcome);
    assert_eq!(end, (status, outcome), "{}", shown(report));
}

fn retitle_org(cluster: &mut Cluster, name: &str, title: &str) {
    let org = cluster.org(name).unwrap().head.id;
    cluster.retitle::<ConsumerOrg>(org, title);
}

#[tokio::test]
async fn what_was_kept_is_what_a_sync_would_have_done() {
    let stage = Stage::of(seed::small());
    let kept = Kept::pending(&stage).await;
    let plan = stage.plan().await;
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(report.command, "apply");
    assert_eq!(report.plan_file, Some(kept.file().display().to_string()));
    let names = |report: &Report| -> Vec<_> {
        let changes = report.changes.iter();
        changes.map(|change| (change.kind, change.address.clone(), change.action)).collect()
    };
    assert_eq!(names(&report), names(&plan));
    stage.again().await;
}

#[tokio::test]
async fn an_applied_plan_finds_all_of_it_done_and_does_nothing() {
    let stage = Stage::of(seed::small());
    let kept = Kept::pending(&stage).await;
    let applied = kept.apply(&stage).await;
    ends(&applied, ExitStatus::Success, RunResult::Applied);
    let before = stage.target().dump();
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    assert_eq!(before, stage.target().dump());
    for change in &report.changes {
        let reason = change.reason.clone().unwrap_or_default();
        let told = change.result == ChangeResult::Skipped && reason.starts_with("already done: ");
        let was_held = change.result == ChangeResult::Withheld;
        assert!(told || was_held, "{}", shown(&report));
    }
    let planned = kept.read().steps.iter().filter(|step| !step.auxiliary).count();
    let skipped: usize = report.kinds.iter().map(|(_, counts)| counts.skipped).sum();
    assert_eq!(skipped, planned, "{}", shown(&report));
}

#[tokio::test]
async fn the_same_catalogs_make_the_same_plan_at_any_time() {
    let stage = Stage::of(seed::small());
    let first = Kept::pending(&stage).await;
    // Hints depend on the time of reading; nothing that is kept may.
    stage.source().tick(3600);
    stage.target().tick(3600);
    let second = Kept::pending(&stage).await;
    assert_eq!(first.read().steps, second.read().steps);
}

#[tokio::test]
async fn an_application_that_broke_off_is_taken_up_again() {
    let mut stage = many(2).await;
    {
        let mut source = stage.source();
        for org in ["org-0", "org-1"] {
            let org = source.org(org).unwrap().head.id;
            for app in ["a", "b", "c"] {
                source.add_app(org, app);
            }
        }
    }
    stage.set("MAX_CONCURRENT_WRITES", "1");
    let kept = Kept::pending(&stage).await;
    let stop = stage.stop.clone();
    stage.target().faults.add(Fault::on("POST", "/apps", Effect::call(move |_| stop.cancel())).nth(2));
    let stopped = kept.apply(&stage).await;
    ends(&stopped, ExitStatus::Terminated, RunResult::Interrupted);
    let made = counts(&stopped, "applications").created;
    assert!((1..6).contains(&made), "{}", shown(&stopped));
    stage.target().faults.clear();
    stage.stop = CancellationToken::new();
    let report = kept.apply(&stage).await;
    assert_eq!(counts(&report, "applications").created + made, 6, "{}", shown(&report));
    assert_eq!(counts(&report, "applications").skipped, made);
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_has_a_plan_keeps_none() {
    let stage = one_app();
    stage.stop.cancel();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let task = Task::Plan { detailed_exit_code: false, keep: Some(PlanFile::prepare(&file).unwrap()) };
    let report = stage.execute(task).await;
    ends(&report, ExitStatus::Terminated, RunResult::Interrupted);
    assert_eq!(report.plan_file, None);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_plan_is_refused_by_other_catalogs_and_by_swapped_sides() {
    let stage = one_app();
    let kept = Kept::pending(&stage).await;
    let other = one_app();
    *other.source() = Cluster::new(9, "provider", "sandbox");
    let swapped = stage
        .swapped()
        .with("SOURCE_MGMT_SERVER", "https://target.test/api")
        .with("TARGET_MGMT_SERVER", "https://source.test/api");
    for (stage, words) in [(&other, "other catalogs"), (&swapped, "the other direction")] {
        let before = stage.target().dump();
        let report = kept.apply_accepting_limits(stage).await;
        assert_eq!(before, stage.target().dump());
        ends(&report, ExitStatus::Usage, RunResult::PreflightFailed);
        assert_eq!(report.plan_file, Some(kept.file().display().to_string()));
        assert!(report.findings[0].message.contains(words), "{}", shown(&report));
    }
}

#[tokio::test]
async fn restored_clusters_of_the_same_ids_are_told_apart_by_their_servers() {
    let stage = one_app();
    let kept = Kept::pending(&stage).await;
    stage.set("TARGET_MGMT_SERVER", "https://restored.test/api");
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Usage, RunResult::PreflightFailed);
}

#[tokio::test]
async fn a_plan_without_steps_says_so() {
    let stage = many(2).await;
    let kept = Kept::pending(&stage).await;
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::InSync);
    retitle_org(&mut stage.source(), "org-0", "unplanned");
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::ChangesPending);
    assert!(shown(&report).contains("changes came up since"), "{}", shown(&report));
    assert_eq!(report.target.requests.writes, 0);
}

#[tokio::test]
async fn parked_names_and_suspensions_are_applied_as_planned() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let [one, two] = ["one", "two"].map(|name| source.add_org(name, alice));
    source.add_app(one, "app");
    let stage = Stage::of((source, target));
    stage.settle().await;
    {
        let mut source = stage.source();
        for (org, name) in [(one, "between"), (two, "one"), (one, "two")] {
            source.rename::<ConsumerOrg>(org, name);
        }
        let app = source.add_app(two, "asleep");
        source.set_app_state(app, "disabled");
        source.retitle::<App>(app, "Asleep");
    }
    let kept = Kept::pending(&stage).await;
    assert!(kept.read().steps.iter().any(|step| step.auxiliary));
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    stage.again().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn notes_are_not_kept_and_wait_for_a_run_of_their_own() {
    let stage = Stage::with_products(bare());
    publish(&mut stage.source(), "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    stage.settle().await;
    for mut cluster in [stage.source(), stage.target()] {
        cluster.tick(SETTLED);
    }
    retitle_org(&mut stage.source(), "acme", "Acme");
    let kept = Kept::pending(&stage).await;
    assert_eq!(kept.read().steps.len(), 1);
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(report.target.requests.writes, 1, "{}", shown(&report));
    let noted = stage.sync().await;
    ends(&noted, ExitStatus::Success, RunResult::InSync);
    assert_eq!(noted.target.requests.writes, 1, "{}", shown(&noted));
    stage.again().await;
}
