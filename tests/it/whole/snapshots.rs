//! Catalogs that are kept in files: captured, restored from, compared with.

use std::path::{Path, PathBuf};

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::{Cluster, Effect, Fault, seed, world::ConsumerOrg},
};

use crate::{
    snapshot_file::made::{IDENTITY, RECIPIENT},
    stage::{Stage, exits, shown},
};

/// A folder for the files of one test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Keeps the source of a stage in the clear.
    async fn captured(&self, stage: &Stage) -> PathBuf {
        let file = self.path("source.snapshot");
        stage.set("SNAPSHOT_ENCRYPTION", "none");
        let report = stage.capture(&file, false).await;
        assert_eq!(report.exit_status, ExitStatus::Success, "{}", report.text());
        file
    }
}

fn stage() -> Stage {
    Stage::with_products(seed::small()).with("DELETE_GRACE", "0s").with("ALLOW_EMPTY_SOURCE", "true")
}

/// The same target, of which the source is a file.
fn from(stage: &Stage, file: &Path) -> Stage {
    stage.same_sides().with("SOURCE_SNAPSHOT", file.to_str().unwrap())
}

fn empty_target() -> Cluster {
    seed::pair().1
}

/// Whether a run wrote nothing, and has nothing but what waits at home.
fn is_idle(report: &Report) -> bool {
    let mut changes = report.changes.iter();
    report.target.requests.writes == 0 && changes.all(|it| it.result == ChangeResult::Withheld && it.action == "create")
}

fn done(report: &Report) -> Vec<String> {
    let changes = report.changes.iter();
    changes.map(|it| format!("{} {} {} {:?}", it.action, it.kind, it.address, it.fields)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_captured_is_restored_and_the_live_source_finds_nothing_to_do() {
    let files = Files::new();
    let live = stage().of_source(empty_target());
    let file = files.captured(&live).await;
    let restoring = from(&live, &file);
    let report = restoring.sync().await;
    exits(&report, ExitStatus::Success);
    let snapshot = report.source.snapshot.unwrap();
    assert_eq!(snapshot.taken_at, live.now.get());
    let again = restoring.sync().await;
    exits(&again, ExitStatus::Success);
    assert!(is_idle(&again), "{}", shown(&again));
    // What waits for an approval on the source stays at home.
    let differences = live.differences();
    assert!(differences.iter().all(|it| it.contains("\"pending\"")), "{differences:?}");
    let forward = live.sync().await;
    exits(&forward, ExitStatus::Success);
    assert!(is_idle(&forward), "{}", shown(&forward));
}

#[tokio::test(start_paused = true)]
async fn a_run_from_the_file_plans_what_a_run_from_the_live_source_plans() {
    let files = Files::new();
    for settings in [vec![], vec![("DEEP_COMPARE", "true")], vec![("EXCLUDE_KINDS", "members,subscriptions")]] {
        let live = stage().with("DELETE_POLICY", "apply");
        for (name, value) in settings {
            live.set(name, value);
        }
        let file = files.captured(&live).await;
        let (expected, planned) = (live.plan().await, from(&live, &file).plan().await);
        assert_eq!(done(&planned), done(&expected));
        assert_eq!(planned.exit_status, expected.exit_status);
    }
}

/// That something is missing from an old file proves little.
#[tokio::test(start_paused = true)]
async fn what_the_file_lacks_is_deleted_only_where_that_is_asked_for() {
    let files = Files::new();
    let live = stage();
    live.settle().await;
    remove_an_app(&mut live.source());
    let file = files.captured(&live).await;
    let reported = from(&live, &file).sync().await;
    exits(&reported, ExitStatus::Success);
    let of_apps = |report: &Report| {
        let apps = report.changes.iter().filter(|it| it.kind == "applications");
        apps.map(|it| (it.action, it.result)).collect::<Vec<_>>()
    };
    assert_eq!(of_apps(&reported), [("delete", ChangeResult::Withheld)]);
    let applied = from(&live, &file).with("DELETE_POLICY", "apply").sync().await;
    exits(&applied, ExitStatus::Success);
    assert_eq!(of_apps(&applied), [("delete", ChangeResult::Applied)], "{}", shown(&applied));
}

#[tokio::test(start_paused = true)]
async fn a_gap_of_the_capture_is_a_gap_of_every_run_from_it() {
    let files = Files::new();
    let live = stage();
    live.settle().await;
    remove_an_app(&mut live.source());
    live.set("SNAPSHOT_ENCRYPTION", "none");
    live.source().faults.add(Fault::on("GET", "/apps?", Effect::status(500)));
    let file = files.path("gaps.snapshot");
    let report = live.capture(&file, false).await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "{}", report.text());
    assert!(report.header.unwrap().ending.gaps.iter().any(|gap| &*gap.kind == "applications"));
    let report = from(&live, &file).with("DELETE_POLICY", "apply").sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(report.gaps.iter().any(|gap| gap.kind == "applications"));
    assert!(report.changes.iter().all(|change| change.result == ChangeResult::Withheld), "{}", shown(&report));
}

#[tokio::test(start_paused = true)]
async fn the_scope_of_the_capture_bounds_the_runs_from_it() {
    let files = Files::new();
    let live = stage();
    live.settle().await;
    live.set("EXCLUDE_CONSUMER_ORGS", "alice-*");
    let file = files.captured(&live).await;
    live.set("EXCLUDE_CONSUMER_ORGS", "");
    let report = from(&live, &file).with("DELETE_POLICY", "apply").sync().await;
    exits(&report, ExitStatus::Success);
    assert!(is_idle(&report), "{}", shown(&report));
}

#[tokio::test(start_paused = true)]
async fn what_has_changed_since_is_told_by_the_objects_own_ids() {
    let files = Files::new();
    let live = stage();
    let file = files.captured(&live).await;
    let since = live.same_sides().with("TARGET_SNAPSHOT", file.to_str().unwrap());
    let same = since.plan().await;
    exits(&same, ExitStatus::Success);
    assert!(same.changes.is_empty(), "{}", shown(&same));
    let org = live.source().org("alice-bank").unwrap().head.id;
    live.source().change::<ConsumerOrg>(org, |row| row.head.name = "renamed-since".into());
    remove_an_app(&mut live.source());
    let changed = since.plan().await;
    exits(&changed, ExitStatus::Success);
    let actions: Vec<(&str, &str)> = changed.changes.iter().map(|it| (it.action, it.kind)).collect();
    assert!(
        actions.contains(&("update", "consumer_orgs")) && actions.contains(&("delete", "applications")),
        "{}",
        shown(&changed)
    );
    assert!(!actions.contains(&("create", "consumer_orgs")), "{}", shown(&changed));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_never_written_and_a_catalog_not_made_what_it_was() {
    let files = Files::new();
    let live = stage();
    let file = files.captured(&live).await;
    let path = file.to_str().unwrap();
    let onto_file = live.same_sides().with("TARGET_SNAPSHOT", path).sync().await;
    exits(&onto_file, ExitStatus::Usage);
    let of_target = files.captured(&live.swapped()).await;
    let itself = from(&live, &of_target);
    exits(&itself.sync().await, ExitStatus::Usage);
    exits(&itself.plan().await, ExitStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn without_secrets_all_else_is_compared_and_no_key_is_made() {
    let files = Files::new();
    let live = stage().with("SNAPSHOT_ENCRYPTION", "none");
    let file = files.path("bare.snapshot");
    let report = live.capture(&file, true).await;
    assert!(!report.header.unwrap().origin.secrets);
    let into_nothing = from(&live.of_source(empty_target()), &file);
    let report = into_nothing.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let keys = report.changes.iter().filter(|it| it.kind == "credentials");
    assert!(
        keys.clone().count() > 10 && keys.clone().all(|it| it.result == ChangeResult::Withheld),
        "{}",
        shown(&report)
    );
    assert!(keys.clone().all(|it| it.reason.as_ref().unwrap().contains("--without-secrets")));
    {
        let target = into_nothing.target();
        assert!(target.credentials.under(target.home).is_empty());
    }
    live.settle().await;
    let onto_copy = from(&live, &file).sync().await;
    exits(&onto_copy, ExitStatus::Success);
    assert!(is_idle(&onto_copy), "{}", shown(&onto_copy));
}

#[tokio::test(start_paused = true)]
async fn a_file_for_recipients_is_opened_by_one_of_them() {
    let files = Files::new();
    let live = stage().with("SNAPSHOT_RECIPIENTS", RECIPIENT);
    let file = files.path("sealed.snapshot");
    let report = live.capture(&file, false).await;
    assert_eq!(report.exit_status, ExitStatus::Success, "{}", report.text());
    let identity = files.path("identity.txt");
    std::fs::write(&identity, IDENTITY).unwrap();
    let restoring = from(&live, &file).with("SNAPSHOT_IDENTITY_FILE", identity.to_str().unwrap());
    exits(&restoring.plan().await, ExitStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn a_capture_that_is_stopped_or_cannot_log_in_leaves_the_former_file() {
    let files = Files::new();
    let live = stage();
    let file = files.captured(&live).await;
    let before = std::fs::read(&file).unwrap();
    live.source().faults.add(Fault::on("POST", "/token", Effect::status(401)));
    let report = live.capture(&file, false).await;
    assert_eq!(report.exit_status, ExitStatus::PreflightFailed);
    live.source().faults.clear();
    live.stop.cancel();
    let report = live.capture(&file, false).await;
    assert_eq!(report.exit_status, ExitStatus::Terminated);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(files.0.path()).unwrap().count(), 1);
}

fn remove_an_app(cluster: &mut Cluster) {
    let org = cluster.org("bob-bank").unwrap().head.id;
    let app = cluster.apps.named(org, "shop").unwrap().head.id;
    cluster.remove_app(app);
}
