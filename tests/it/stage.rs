//! A stage for whole runs: two clusters of the sandbox, the settings of an operator, and the real engine between them,
//! without sockets.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    path::Path,
    sync::{Arc, MutexGuard},
};

use apic_configsync::{
    commands::{Capture, CaptureReport, Task, execute},
    config::{Config, Environment, FlagValues, SideSettings},
    engine::report::{ChangeReport, ChangeResult, ExitStatus, KindReport, Report, RunResult},
    http::{RetryPolicy, Transport},
    platform::{
        self, Carrier, Carriers,
        snapshot::{self, Snapshot},
    },
    sandbox::{Cluster, InProcess, SharedCluster, share},
};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use crate::{
    listening::{Log, Watched, kept_by},
    mirror,
    secrets::Secrets,
};

/// Seconds after which a change may be noted as known, and some more.
pub(crate) const SETTLED: i64 = 300;

/// Two clusters and what the operator set.
pub(crate) struct Stage {
    pub(crate) source: SharedCluster,
    pub(crate) target: SharedCluster,
    settings: RefCell<BTreeMap<String, String>>,
    pub(crate) retry: RetryPolicy,
    pub(crate) stop: CancellationToken,
    pub(crate) now: Cell<Timestamp>,
    pub(crate) secrets: Secrets,
}

impl Stage {
    /// The two sides as they are after a while: what was made on them has settled.
    pub(crate) fn of((mut source, mut target): (Cluster, Cluster)) -> Self {
        source.tick(SETTLED);
        target.tick(SETTLED);
        Self {
            source: share(source),
            target: share(target),
            settings: RefCell::new(BTreeMap::from([
                ("SyncProductsAndAPIs".into(), "false".into()),
                ("API_CACHE_REQUEST_PAGE_SIZE".into(), "3".into()),
                ("DELETE_GRACE".into(), "0s".into()),
            ])),
            retry: RetryPolicy::instant(),
            stop: CancellationToken::new(),
            now: Cell::new("2026-01-18T08:00:00Z".parse().unwrap()),
            secrets: Secrets::default(),
        }
    }

    /// The same with Products and APIs.
    pub(crate) fn with_products(pair: (Cluster, Cluster)) -> Self {
        Self::of(pair).with("SyncProductsAndAPIs", "true")
    }

    /// With a key for marks: an organization that is renamed and handed over between two runs is known by its seal alone.
    pub(crate) fn sealed(self) -> Self {
        self.with("MARK_KEY", "an-operators-key-of-32-bytes-or-more")
    }

    /// Sets a variable.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        self.settings.borrow_mut().insert(name.into(), value.into());
    }

    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.settings.borrow().get(name).cloned()
    }

    /// The same two sides with settings of their own.
    pub(crate) fn same_sides(&self) -> Self {
        self.between(&self.source, &self.target)
    }

    /// The same stage with the sides swapped.
    pub(crate) fn swapped(&self) -> Self {
        self.between(&self.target, &self.source)
    }

    /// A sync that carries on what this one brings.
    pub(crate) fn onward(&self, target: Cluster) -> Self {
        self.between(&self.target, &share(target))
    }

    /// A sync of another source into the same target.
    pub(crate) fn beside(&self, source: Cluster) -> Self {
        self.between(&share(source), &self.target)
    }

    /// The same source with another target.
    pub(crate) fn of_source(&self, target: Cluster) -> Self {
        self.between(&self.source, &share(target))
    }

    /// The same settings between a catalog and itself, which has two addresses.
    pub(crate) fn with_itself(&self) -> Self {
        self.between(&self.source, &self.source)
    }

    fn between(&self, source: &SharedCluster, target: &SharedCluster) -> Self {
        Self {
            source: Arc::clone(source),
            target: Arc::clone(target),
            settings: RefCell::new(self.settings.borrow().clone()),
            retry: self.retry.clone(),
            stop: CancellationToken::new(),
            now: self.now.clone(),
            secrets: self.secrets.clone(),
        }
    }

    /// Turns the clock of the machine that the program runs on.
    pub(crate) fn wait_hours(&self, hours: i64) {
        let later = self.now.get() + SignedDuration::from_hours(hours);
        self.now.set(later);
    }

    pub(crate) fn source(&self) -> MutexGuard<'_, Cluster> {
        self.source.lock().unwrap()
    }

    pub(crate) fn target(&self) -> MutexGuard<'_, Cluster> {
        self.target.lock().unwrap()
    }

    pub(crate) fn config(&self) -> Config {
        let environment = self.environment();
        let table = platform::kinds();
        let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
        Config::load(&environment, &FlagValues::default(), &kinds).unwrap().0
    }

    /// The variables that the settings and both servers come to. A side in a file has none of a server's.
    fn environment(&self) -> Environment {
        let mut variables = BTreeMap::new();
        if self.setting("SOURCE_SNAPSHOT").is_none() {
            variables.extend(self.source().variables("SOURCE", "https://source.test/api"));
        }
        if self.setting("TARGET_SNAPSHOT").is_none() {
            variables.extend(self.target().variables("TARGET", "https://target.test/api"));
        }
        variables.extend(self.settings.borrow().clone());
        variables.into_iter().collect()
    }

    /// Keeps the source in a file.
    pub(crate) async fn capture(&self, file: &Path, without_secrets: bool) -> CaptureReport {
        let capture = Capture::prepare(&self.environment(), &FlagValues::default(), file, without_secrets).unwrap();
        let transport: Arc<dyn Transport> = Arc::new(InProcess::new(Arc::clone(&self.source)));
        let stopped = || self.stop.is_cancelled().then_some(ExitStatus::Terminated);
        let before = writes(&self.source());
        let capture = capture.carried_by(transport, self.retry.clone());
        let report = Box::pin(capture.run(self.now.get(), &self.stop, &stopped)).await;
        assert_eq!(writes(&self.source()), before, "the source was written");
        self.secrets.learn_worlds([&self.source, &self.target]);
        self.secrets.assert_absent("the report of a capture", &format!("{report:?} {}", report.text()));
        report
    }

    /// Does it, insists that the source is not written, and searches all that comes of it for secrets.
    pub(crate) async fn execute(&self, task: Task) -> Report {
        let before = writes(&self.source());
        let plan_file = kept_by(&task);
        let watch = |transport| -> Arc<dyn Transport> { Arc::new(Watched::new(transport, &self.secrets)) };
        let log = Log::default();
        self.secrets.learn_worlds([&self.source, &self.target]);
        self.secrets.learn_variables(self.settings.borrow().clone());
        let run = self.run(task, watch).with_subscriber(log.subscriber());
        let report = run.await;
        self.search_for_secrets(&log);
        assert_eq!(writes(&self.source()), before, "the source was written");
        self.secrets.assert_absent_from(&report, plan_file);
        report
    }

    /// Insists that a log shows no secret of these worlds, whenever it came up.
    pub(crate) fn search_for_secrets(&self, log: &Log) {
        self.secrets.learn_worlds([&self.source, &self.target]);
        self.secrets.assert_absent("the log", &log.text());
    }

    /// Lets both servers tell the same time: writes move only the clock of the one that they are sent to.
    fn set_clocks(&self) {
        // Both sides may be one cluster, which can be held once.
        let clusters = [&self.source, &self.target];
        let times = clusters.map(|cluster| cluster.lock().unwrap().clock().now());
        for cluster in clusters {
            let mut cluster = cluster.lock().unwrap();
            let behind = times[0].max(times[1]) - cluster.clock().now();
            cluster.tick(behind);
        }
    }

    async fn run(&self, task: Task, carry: impl Fn(InProcess) -> Arc<dyn Transport>) -> Report {
        self.set_clocks();
        let config = self.config();
        let carrier = |side: &SideSettings, cluster: &SharedCluster| match side.snapshot() {
            Some(file) => Carrier::Snapshot(Arc::new(opened(file, &config))),
            None => carry(InProcess::new(Arc::clone(cluster))).into(),
        };
        let carriers = Carriers {
            source: carrier(&config.source, &self.source),
            target: carrier(&config.target, &self.target),
            retry: self.retry.clone(),
        };
        let stopped = || self.stop.is_cancelled().then_some(ExitStatus::Terminated);
        Box::pin(execute(task, &config, &carriers, self.now.get(), &self.stop, &stopped)).await
    }

    /// A sync with whatever comes of it, where both sides are one catalog.
    pub(crate) async fn sync_unwatched(&self) -> Report {
        self.run(Task::Sync, |transport| Arc::new(transport)).await
    }

    pub(crate) async fn sync(&self) -> Report {
        self.execute(Task::Sync).await
    }

    pub(crate) async fn plan(&self) -> Report {
        self.execute(Task::Plan { detailed_exit_code: false, keep: None }).await
    }

    pub(crate) async fn check(&self) -> Report {
        self.execute(Task::Check { reverse: false }).await
    }

    pub(crate) async fn check_both_ways(&self) -> Report {
        self.execute(Task::Check { reverse: true }).await
    }

    /// Syncs, insists that everything was done, and that a second run finds nothing.
    pub(crate) async fn settle(&self) -> Report {
        let report = self.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Success, "{}", shown(&report));
        self.again().await;
        report
    }

    /// Insists that a further run finds nothing to do and writes nothing.
    pub(crate) async fn again(&self) {
        let before = self.target().dump();
        let report = self.sync().await;
        let steps: Vec<_> = report.changes.iter().filter(|change| change.result != ChangeResult::Withheld).collect();
        assert!(steps.is_empty(), "a second run found something to do: {}", shown(&report));
        assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
        assert_eq!(before, self.target().dump());
        assert_ne!(report.outcome, RunResult::Applied);
    }

    /// Insists that the target holds everything that the source holds, whatever else it has.
    #[track_caller]
    pub(crate) fn assert_no_source_left(&self) {
        let (source, target) = (self.source().snapshot(), self.target().snapshot());
        for (kind, rows) in source.as_object().unwrap() {
            for address in rows.as_object().unwrap().keys() {
                let pending = source[kind][address]["state"] == "pending";
                assert!(pending || !target[kind][address].is_null(), "{kind} {address} is missing on the target");
            }
        }
    }

    /// Insists that the target's Products and APIs are those of the source, as far as these do not stay at home.
    #[track_caller]
    pub(crate) fn assert_products_mirrored(&self) {
        let differences = self.differences_of_products();
        assert!(
            differences.is_empty(),
            "the target's Products are not those of the source:\n{}",
            differences.join("\n")
        );
    }

    /// Where the target's Products and APIs are not those of the source, those that stay at home aside.
    pub(crate) fn differences_of_products(&self) -> Vec<String> {
        let (source, target) = (self.source().products_snapshot(), self.target().products_snapshot());
        mirror::differences_of_products(&source, target)
    }

    /// Insists that both sides hold the same, ids and marks aside.
    #[track_caller]
    pub(crate) fn assert_mirrored(&self) {
        let differences = self.differences();
        assert!(differences.is_empty(), "the target is no mirror of the source:\n{}", differences.join("\n"));
    }

    /// Where the consumer data of the two sides differ, ids and marks aside.
    pub(crate) fn differences(&self) -> Vec<String> {
        let (source, target) = (self.source().snapshot(), self.target().snapshot());
        mirror::differences(source, target)
    }
}

fn opened(file: &Path, config: &Config) -> Snapshot {
    let keys = snapshot::opening_keys(&config.settings.snapshots).unwrap();
    let platform = platform::DEFAULT;
    Snapshot::open(file, platform.name(), platform.kinds(), &keys).unwrap()
}

fn writes(cluster: &Cluster) -> usize {
    let requests = cluster.requests().iter();
    requests.filter(|request| request.is_write()).count()
}

/// A report as people see it, for messages of failing tests.
pub(crate) fn shown(report: &Report) -> String {
    apic_configsync::engine::report::text::render(report)
}

#[track_caller]
pub(crate) fn exits(report: &Report, status: ExitStatus) {
    assert_eq!(report.exit_status, status, "{}", shown(report));
}

/// The counts of a kind.
pub(crate) fn counts(report: &Report, kind: &str) -> KindReport {
    report.kinds.iter().find(|(name, _)| *name == kind).unwrap().1
}

/// The changes of a kind, as `action address`.
pub(crate) fn changes(report: &Report, kind: &str) -> Vec<String> {
    report
        .changes
        .iter()
        .filter(|change| change.kind == kind)
        .map(|change| format!("{} {}", change.action, change.address))
        .collect()
}

/// Insists that the reason of an address's one change says something.
#[track_caller]
pub(crate) fn assert_told(report: &Report, kind: &str, address: &str, text: &str) {
    let change = change(report, kind, address);
    let reason = change.reason.as_deref();
    assert!(reason.is_some_and(|reason| reason.contains(text)), "{change:?}");
}

/// The one change of an address.
pub(crate) fn change<'a>(report: &'a Report, kind: &str, address: &str) -> &'a ChangeReport {
    let found = report.changes.iter().find(|change| change.kind == kind && change.address == address);
    found.unwrap_or_else(|| panic!("no change of {kind} {address} in {}", shown(report)))
}
