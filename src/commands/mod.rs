//! The commands: what the binary does, from a configuration to a report.

mod capture;
mod carriers;
mod kept;
mod run_options;
pub mod sandbox;
mod sides;

use crate::engine::plan::Policy;
use std::{path::PathBuf, time::Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub use capture::{Capture, CaptureReport};
pub use carriers::carriers;
pub use run_options::run_options;
use sides::SideName;

use crate::{
    config::{Config, Settings},
    engine::{
        catalog::{Reader, Requests},
        plan::Remark,
        plan_file::{CatalogPair, KeptPlan, PlanFile},
        report::{
            ExitStatus, Finding, KindReport, RefusalReport, Report, RequestsReport, RunResult, Severity, SideReport,
        },
        sync::{self, Mode, Run},
    },
    platform::{self, Access, BothWays, Carrier, Carriers, Catalogs},
};

/// What is to be done between two catalogs.
#[derive(Debug)]
pub enum Task {
    /// Make the target like the source.
    Sync,
    /// Say what that would change.
    Plan {
        /// Whether pending changes have an exit status of their own.
        detailed_exit_code: bool,
        /// Where the plan shall be kept.
        keep: Option<PlanFile>,
    },
    /// Carry out a kept plan.
    Apply {
        /// Where it was read from.
        file: PathBuf,
        /// The plan.
        plan: Box<KeptPlan>,
        /// Whether it is carried out even if a limit refuses it.
        accept_limits: bool,
    },
    /// Say whether it could be done.
    Check {
        /// Whether the other direction is tested too.
        reverse: bool,
    },
}

/// Does it, and reports. `now` is the present as the report and notes on the target have it; `stopped` tells by which signal the run was stopped, once `stop` is cancelled.
pub async fn execute(
    task: Task,
    config: &Config,
    carriers: &Carriers,
    now: Timestamp,
    stop: &CancellationToken,
    stopped: &impl Fn() -> Option<ExitStatus>,
) -> Report {
    let opening = ReportBuilder::of(&task, config, carriers, now);
    let deadline = opening.deadline;
    let connecting = Box::pin(connect(config, carriers, now, (stop, deadline)));
    let connecting = stop.run_until_cancelled(in_time(deadline, connecting));
    let ending = match connecting.await {
        None => RunOutcome::default(),
        Some(None) => RunOutcome::late(),
        Some(Some(access)) => match unwanted(&task, &access, config) {
            Some(finding) => RunOutcome::misused(finding),
            None => Box::pin(opening.carry_out(access, stop)).await,
        },
    };
    opening.close(ending, stopped())
}

/// Connects to both sides by their platform.
async fn connect(
    config: &Config,
    carriers: &Carriers,
    now: Timestamp,
    until: (&CancellationToken, Option<tokio::time::Instant>),
) -> Access {
    let platform = platform::DEFAULT;
    let mut access = platform::connect(platform, config, carriers, now, until).await;
    access.findings.extend(platform.scope(&config.settings).findings);
    access
}

/// What comes before the deadline.
async fn in_time<T>(deadline: Option<tokio::time::Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(work.await),
        // One that has come already lets nothing begin, however quickly it would be done.
        Some(deadline) if deadline <= tokio::time::Instant::now() => None,
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
    }
}

/// Two sides that are one catalog, or may be one under two addresses.
fn unwanted(task: &Task, access: &Access, config: &Config) -> Option<Finding> {
    if task.writes() {
        let of_one = access.catalogs.as_ref().is_some_and(|catalogs| catalogs.is_one_catalog);
        return unwritable(config, of_one).or_else(|| same_catalog(access, config));
    }
    same_catalog(access, config)
}

/// A snapshot is never written, and a catalog is not made what it once was.
fn unwritable(config: &Config, is_one_catalog: bool) -> Option<Finding> {
    let mend = "use `plan` to see what differs";
    if config.target.snapshot().is_some() {
        return Some(Finding::error(
            "TARGET_SNAPSHOT",
            "the target is a snapshot, and a snapshot is never written",
            mend,
        ));
    }
    is_one_catalog.then(|| {
        let message = "the source is a snapshot of the target's own catalog: what was made since would be undone";
        Finding::error("SOURCE_SNAPSHOT", message, mend)
    })
}

fn same_catalog(access: &Access, config: &Config) -> Option<Finding> {
    let same = access.same_catalog.as_ref()?;
    if same.is_certain {
        return Some(Finding::error(
            "catalog",
            "source and target are the same catalog",
            "check SOURCE_ORG, SOURCE_CATALOG, TARGET_ORG and TARGET_CATALOG: a name and an id may mean the same catalog",
        ));
    }
    let message = format!(
        "source and target answer with the same catalog id ({}): they are one catalog under two addresses, or one was \
         restored from a backup of the other",
        same.id
    );
    (!config.settings.marks.allow_same_catalog_id).then(|| {
        Finding::error(
            "ALLOW_SAME_CATALOG_ID",
            message,
            "correct SOURCE_MGMT_SERVER or TARGET_MGMT_SERVER; if the target was restored from a backup of the source, set \
             ALLOW_SAME_CATALOG_ID=true",
        )
    })
}

/// A report that has begun.
struct ReportBuilder<'a> {
    task: &'a Task,
    config: &'a Config,
    carriers: &'a Carriers,
    sides: [SideName; 2],
    started_at: Timestamp,
    clock: Instant,
    deadline: Option<tokio::time::Instant>,
}

/// What a report ends with.
#[derive(Default)]
struct RunOutcome {
    findings: Vec<Finding>,
    run: Run,
    requests: (Requests, Requests),
    /// The file in which the plan was kept.
    plan_file: Option<String>,
    /// Whether what was asked for makes no sense, as only the catalogs could tell.
    misused: bool,
    /// Whether the deadline came before there was anything to tell of the catalogs.
    late: bool,
}

impl RunOutcome {
    fn late() -> Self {
        let message =
            "the run's deadline (RUN_DEADLINE) came while the two sides were still being asked for what they are";
        let mend = "see why the servers answer so slowly, or give the run more time; nothing was written";
        Self { findings: vec![Finding::error("deadline", message, mend)], late: true, ..Self::default() }
    }

    fn misused(finding: Finding) -> Self {
        Self { findings: vec![finding], misused: true, ..Self::default() }
    }

    /// Adds what another one has found.
    fn take_up(&mut self, other: Self) {
        // What stands in the way anyhow says more than the hour.
        self.late = other.late && !self.is_blocked();
        self.findings.extend(other.findings);
    }

    /// Whether something was found that forbids to go on.
    fn is_blocked(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

impl<'a> ReportBuilder<'a> {
    fn of(task: &'a Task, config: &'a Config, carriers: &'a Carriers, now: Timestamp) -> Self {
        let deadline = config.settings.deadline;
        Self {
            task,
            config,
            carriers,
            sides: sides::names(config, carriers, now),
            started_at: now,
            clock: Instant::now(),
            deadline: deadline.map(|after| tokio::time::Instant::now() + after),
        }
    }

    /// Does what can be done with the two catalogs.
    async fn carry_out(&self, access: Access, stop: &CancellationToken) -> RunOutcome {
        let mut ending = RunOutcome { findings: access.findings, ..RunOutcome::default() };
        let Some(Catalogs { source, target, inspection, is_one_catalog }) = access.catalogs else {
            return ending;
        };
        let between = kept::between(&self.sides, [source.id(), target.id()]);
        if let Task::Apply { plan, .. } = self.task
            && let Some(misplaced) = kept::misplaced(plan, &between)
        {
            ending.findings.insert(0, misplaced);
            ending.misused = true;
        }
        match self.extent() {
            None => {
                let looking =
                    async { tokio::join!(inspection.inspect(), releases(&*source, &*target, &self.config.settings),) };
                let looking = in_time(self.deadline, Box::pin(looking));
                match stop.run_until_cancelled(looking).await {
                    None => {}
                    Some(None) => ending.take_up(RunOutcome::late()),
                    Some(Some((mut found, releases))) => {
                        found.extend(releases);
                        let warnings = self.config.warnings.iter().map(Finding::from);
                        found.forward.extend(warnings);
                        found.reverse.splice(0..0, access.reverse);
                        self.note(&mut ending, found);
                    }
                }
            }
            Some(_) if ending.is_blocked() => {}
            Some(extent) => {
                let wishes = sync::RunOptions {
                    same_catalog_id: access.same_catalog.is_some(),
                    ..self.run_options(is_one_catalog)
                };
                let running = Box::pin(sync::run(&*source, &*target, &wishes, extent, stop));
                ending.run = running.await;
                let remarks = ending.run.remarks.iter().map(Finding::from);
                ending.findings.extend(remarks);
                ending.findings.extend(inspection.found_on_the_way());
                self.see_to_file(&mut ending, between);
            }
        }
        ending.requests = (source.requests(), target.requests());
        ending
    }

    fn run_options(&self, is_one_catalog: bool) -> sync::RunOptions {
        let settings = &self.config.settings;
        let mut scope = platform::DEFAULT.scope(settings);
        for snapshot in [&self.carriers.source, &self.carriers.target].into_iter().filter_map(Carrier::snapshot) {
            snapshot.narrow(&mut scope);
        }
        let mut options = run_options(settings, scope, self.started_at, self.deadline);
        if is_one_catalog {
            compare_in_time(&mut options.policy);
        }
        let source = self.carriers.source.snapshot();
        options.policy.secrets_left_out = source.is_some_and(|snapshot| !snapshot.origin().secrets);
        options
    }

    /// Takes up what `check` found, of the reverse direction only where that is asked for.
    fn note(&self, ending: &mut RunOutcome, found: BothWays) {
        ending.findings.extend(found.forward);
        if let Task::Check { reverse: true } = self.task {
            let reverse = found
                .reverse
                .into_iter()
                .map(|finding| Finding { message: format!("reverse: {}", finding.message), ..finding });
            ending.findings.extend(reverse);
        }
    }

    /// How far a run goes; none for what is no run.
    fn extent(&self) -> Option<Mode<'_>> {
        match self.task {
            Task::Check { .. } => None,
            Task::Sync => Some(Mode::Apply),
            Task::Plan { keep, .. } => Some(Mode::Plan { keep: keep.is_some() }),
            Task::Apply { plan, accept_limits, .. } => Some(Mode::Kept { plan, accept_limits: *accept_limits }),
        }
    }

    fn see_to_file(&self, ending: &mut RunOutcome, between: CatalogPair) {
        match self.task {
            Task::Plan { keep: Some(destination), .. } => {
                match kept::keep(destination, self.started_at, between, &mut ending.run) {
                    Ok(true) => ending.plan_file = Some(destination.path().display().to_string()),
                    Ok(false) => {}
                    Err(finding) => {
                        ending.findings.push(finding);
                        ending.misused = true;
                    }
                }
            }
            Task::Apply { .. } => ending.findings.extend(kept::remarks(&ending.run)),
            _ => {}
        }
    }

    fn close(self, ending: RunOutcome, stopped: Option<ExitStatus>) -> Report {
        let (outcome, exit_status) = self.judge(&ending, stopped);
        let [source, target] = self.sides;
        let mut kinds = ending.run.account.kinds;
        if kinds.is_empty() {
            let table = platform::kinds();
            kinds = table.reported().map(|kind| (table.row(kind).name, KindReport::default())).collect();
        }
        Report {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            command: self.task.name(),
            outcome,
            exit_status,
            started_at: self.started_at,
            duration_ms: u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX),
            source: side(source, ending.requests.0),
            target: side(target, ending.requests.1),
            plan_file: ending.plan_file.or_else(|| self.task.applied_file()),
            kinds,
            changes: ending.run.account.changes,
            gaps: ending.run.account.gaps,
            findings: ending.findings,
            refusals: ending.run.refusals.iter().map(RefusalReport::from).collect(),
            only_on_target: ending.run.account.only_on_target.listed,
            only_on_target_omitted: ending.run.account.only_on_target.omitted,
            settings: self.config.in_force.clone(),
        }
    }

    /// Which outcome goes before which other (interface.md, "Streams and exit status").
    fn judge(&self, ending: &RunOutcome, stopped: Option<ExitStatus>) -> (RunResult, ExitStatus) {
        let account = &ending.run.account;
        match (stopped, self.task) {
            (Some(signal), _) => (RunResult::Interrupted, signal),
            _ if ending.misused => (RunResult::PreflightFailed, ExitStatus::Usage),
            _ if ending.late => (RunResult::Incomplete, ExitStatus::Incomplete),
            _ if ending.is_blocked() => (RunResult::PreflightFailed, ExitStatus::PreflightFailed),
            _ if !ending.run.refusals.is_empty() => (RunResult::Refused, ExitStatus::Refused),
            _ if account.incomplete => (RunResult::Incomplete, ExitStatus::Incomplete),
            (_, Task::Plan { detailed_exit_code: true, .. }) if account.has_steps => {
                (RunResult::ChangesPending, ExitStatus::ChangesPending)
            }
            (_, Task::Plan { .. }) if account.has_steps => (RunResult::ChangesPending, ExitStatus::Success),
            _ if account.has_steps => (RunResult::Applied, ExitStatus::Success),
            _ if ending.run.left_out > 0 => (RunResult::ChangesPending, ExitStatus::Success),
            _ => (RunResult::InSync, ExitStatus::Success),
        }
    }
}

/// One catalog at two moments: nobody but its server gives ids, and what is gone is gone.
fn compare_in_time(policy: &mut Policy) {
    policy.grace = None;
    policy.mark_keys = None;
    policy.require_seal = false;
    policy.report_deletions = false;
}

/// What the servers' releases say to a run, either way, or that they tell none.
async fn releases(source: &dyn Reader, target: &dyn Reader, settings: &Settings) -> BothWays {
    let releases = sync::releases(source, target, settings.allow_older_target).await;
    let findings = |remark: Option<Remark>| remark.as_ref().map(Finding::from);
    let forward = [releases.forward(), releases.untold()];
    BothWays {
        forward: forward.into_iter().filter_map(findings).collect(),
        reverse: findings(releases.backward()).into_iter().collect(),
    }
}

impl Task {
    fn name(&self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Plan { .. } => "plan",
            Self::Apply { .. } => "apply",
            Self::Check { .. } => "check",
        }
    }

    /// Whether it may write to the target.
    fn writes(&self) -> bool {
        matches!(self, Self::Sync | Self::Apply { .. })
    }

    fn applied_file(&self) -> Option<String> {
        match self {
            Self::Apply { file, .. } => Some(file.display().to_string()),
            _ => None,
        }
    }
}

fn side(name: SideName, requests: Requests) -> SideReport {
    let SideName { server, org, catalog, snapshot } = name;
    SideReport { server, org, catalog, snapshot, requests: RequestsReport::from(requests) }
}
