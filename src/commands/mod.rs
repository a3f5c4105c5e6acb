//! The commands: what the binary does, from a configuration to a report.

mod carriers;
mod kept;
pub mod sandbox;

use std::{path::PathBuf, time::Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub use carriers::carriers;

use crate::{
    catalog::Reader,
    config::{self, Config},
    http::Counts,
    kept::{Between, Destination, KeptPlan},
    platform::{self, Access, BothWays, Carriers},
    report::{
        ExitStatus, Finding, KindReport, RefusalReport, Report, RequestsReport, Severity,
        SideReport, Verdict,
    },
    sync::{self, Extent, Run},
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
        keep: Option<Destination>,
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
    let opening = Opening::of(&task, config, now);
    let connecting = Box::pin(platform::connect(config, carriers, now, stop));
    let ending = match stop.run_until_cancelled(connecting).await {
        None => Ending::default(),
        Some(access) if access.same_catalog => Ending::misused(same_catalog()),
        Some(access) => Box::pin(opening.carry_out(access, stop)).await,
    };
    opening.close(ending, stopped())
}

fn same_catalog() -> Finding {
    Finding::error(
        "catalog",
        "source and target are the same catalog",
        "check SOURCE_ORG, SOURCE_CATALOG, TARGET_ORG and TARGET_CATALOG: a name and an id may mean the same catalog",
    )
}

/// A report that has begun.
struct Opening<'a> {
    task: &'a Task,
    config: &'a Config,
    started_at: Timestamp,
    clock: Instant,
}

/// What a report ends with.
#[derive(Default)]
struct Ending {
    findings: Vec<Finding>,
    run: Run,
    requests: (Counts, Counts),
    /// The file in which the plan was kept.
    plan_file: Option<String>,
    /// Whether what was asked for makes no sense, as only the catalogs could tell.
    misused: bool,
}

impl Ending {
    fn misused(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            misused: true,
            ..Self::default()
        }
    }

    /// Whether something was found that forbids to go on.
    fn is_blocked(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

impl<'a> Opening<'a> {
    fn of(task: &'a Task, config: &'a Config, now: Timestamp) -> Self {
        Self {
            task,
            config,
            started_at: now,
            clock: Instant::now(),
        }
    }

    /// Does what can be done with the two catalogs.
    async fn carry_out(&self, access: Access, stop: &CancellationToken) -> Ending {
        let mut ending = Ending {
            findings: access.findings,
            ..Ending::default()
        };
        let Some((source, target)) = access.catalogs else {
            return ending;
        };
        let between = kept::between(self.config, &source, &target);
        if let Task::Apply { plan, .. } = self.task
            && let Some(misplaced) = kept::misplaced(plan, &between)
        {
            ending.findings.insert(0, misplaced);
            ending.misused = true;
        }
        match self.extent() {
            None => {
                let mut found = platform::inspect(&source, &target).await;
                found.reverse.splice(0..0, access.reverse);
                self.note(&mut ending, found);
            }
            Some(_) if ending.is_blocked() => {}
            Some(extent) => {
                let wishes = platform::wishes(&self.config.settings, self.started_at);
                let run = sync::run(&source, &target, &wishes, extent, stop);
                ending.run = Box::pin(run).await;
                ending
                    .findings
                    .extend(ending.run.remarks.iter().map(Finding::from));
                self.see_to_file(&mut ending, between);
            }
        }
        ending.requests = (source.counts(), target.counts());
        ending
    }

    /// Takes up what `check` found, of the reverse direction only where that is asked for.
    fn note(&self, ending: &mut Ending, found: BothWays) {
        ending.findings.extend(found.forward);
        if let Task::Check { reverse: true } = self.task {
            let reverse = found.reverse.into_iter().map(|finding| Finding {
                message: format!("reverse: {}", finding.message),
                ..finding
            });
            ending.findings.extend(reverse);
        }
    }

    /// How far a run goes; none for what is no run.
    fn extent(&self) -> Option<Extent<'_>> {
        match self.task {
            Task::Check { .. } => None,
            Task::Sync => Some(Extent::Apply),
            Task::Plan { keep, .. } => Some(Extent::Plan {
                keep: keep.is_some(),
            }),
            Task::Apply {
                plan,
                accept_limits,
                ..
            } => Some(Extent::Kept {
                plan,
                accept_limits: *accept_limits,
            }),
        }
    }

    fn see_to_file(&self, ending: &mut Ending, between: Between) {
        match self.task {
            Task::Plan {
                keep: Some(destination),
                ..
            } => match kept::keep(destination, self.started_at, between, &mut ending.run) {
                Ok(true) => ending.plan_file = Some(destination.path().display().to_string()),
                Ok(false) => {}
                Err(finding) => {
                    ending.findings.push(finding);
                    ending.misused = true;
                }
            },
            Task::Apply { .. } => ending.findings.extend(kept::remarks(&ending.run)),
            _ => {}
        }
    }

    fn close(self, ending: Ending, stopped: Option<ExitStatus>) -> Report {
        let (outcome, exit_status) = self.judge(&ending, stopped);
        let mut kinds = ending.run.account.kinds;
        if kinds.is_empty() {
            let table = platform::kinds();
            kinds = table
                .reported()
                .map(|kind| (table.row(kind).name, KindReport::default()))
                .collect();
        }
        Report {
            schema: 1,
            command: self.task.name(),
            outcome,
            exit_status,
            started_at: self.started_at,
            duration_ms: u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX),
            source: side(&self.config.source, ending.requests.0),
            target: side(&self.config.target, ending.requests.1),
            plan_file: ending.plan_file.or_else(|| self.task.applied_file()),
            kinds,
            changes: ending.run.account.changes,
            gaps: ending.run.account.gaps,
            findings: ending.findings,
            refusals: ending
                .run
                .refusals
                .iter()
                .map(RefusalReport::from)
                .collect(),
        }
    }

    /// Which outcome goes before which other (interface.md, "Streams and exit status").
    fn judge(&self, ending: &Ending, stopped: Option<ExitStatus>) -> (Verdict, ExitStatus) {
        let account = &ending.run.account;
        match (stopped, self.task) {
            (Some(signal), _) => (Verdict::Interrupted, signal),
            _ if ending.misused => (Verdict::PreflightFailed, ExitStatus::Usage),
            _ if ending.is_blocked() => (Verdict::PreflightFailed, ExitStatus::PreflightFailed),
            _ if !ending.run.refusals.is_empty() => (Verdict::Refused, ExitStatus::Refused),
            _ if account.incomplete => (Verdict::Incomplete, ExitStatus::Incomplete),
            (
                _,
                Task::Plan {
                    detailed_exit_code: true,
                    ..
                },
            ) if account.has_steps => (Verdict::ChangesPending, ExitStatus::ChangesPending),
            (_, Task::Plan { .. }) if account.has_steps => {
                (Verdict::ChangesPending, ExitStatus::Success)
            }
            _ if account.has_steps => (Verdict::Applied, ExitStatus::Success),
            _ if ending.run.left_out > 0 => (Verdict::ChangesPending, ExitStatus::Success),
            _ => (Verdict::InSync, ExitStatus::Success),
        }
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

    fn applied_file(&self) -> Option<String> {
        match self {
            Self::Apply { file, .. } => Some(file.display().to_string()),
            _ => None,
        }
    }
}

fn side(side: &config::Side, requests: Counts) -> SideReport {
    SideReport {
        server: server(side),
        org: side.org.clone(),
        catalog: side.catalog.clone(),
        requests: RequestsReport::from(requests),
    }
}

fn server(side: &config::Side) -> String {
    side.server.as_str().trim_end_matches('/').to_owned()
}
