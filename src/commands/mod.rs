//! The commands: what the binary does, from a configuration to a report.

pub mod sandbox;

use std::{sync::Arc, time::Instant};

use anyhow::Context;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::{
    catalog::Reader,
    config::{self, Config},
    http::{ClientIdentity, Counts, RetryPolicy, SocketOptions, Sockets, Transport},
    platform::{self, Access, Carriers},
    report::{
        ExitStatus, Finding, KindReport, RefusalReport, Report, RequestsReport, Severity,
        SideReport, Verdict,
    },
    sync::{self, Extent, Run},
};

/// What is to be done between two catalogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Make the target like the source.
    Sync,
    /// Say what that would change.
    Plan {
        /// Whether pending changes have an exit status of their own.
        detailed_exit_code: bool,
    },
    /// Say whether it could be done.
    Check,
}

/// Does it, and reports. `stopped` tells by which signal the run was stopped, once `stop` is cancelled.
pub async fn execute(
    task: Task,
    config: &Config,
    carriers: &Carriers,
    stop: &CancellationToken,
    stopped: &impl Fn() -> Option<ExitStatus>,
) -> Report {
    let opening = Opening::of(task, config);
    let connecting = Box::pin(platform::connect(config, carriers, stop));
    let ending = match stop.run_until_cancelled(connecting).await {
        None => Ending::default(),
        Some(access) if access.same_catalog => Ending {
            findings: vec![same_catalog()],
            same_catalog: true,
            ..Ending::default()
        },
        Some(access) => Box::pin(carry_out(task, config, access, stop)).await,
    };
    opening.close(ending, stopped())
}

/// Does what can be done with the two catalogs.
async fn carry_out(
    task: Task,
    config: &Config,
    access: Access,
    stop: &CancellationToken,
) -> Ending {
    let mut ending = Ending {
        findings: access.findings,
        ..Ending::default()
    };
    let Some((source, target)) = access.catalogs else {
        return ending;
    };
    let wishes = platform::wishes(&config.settings);
    match task {
        _ if ending.is_blocked() => {}
        Task::Check => ending
            .findings
            .extend(platform::inspect(&source, &target).await),
        Task::Plan { .. } => {
            ending.run = sync::run(&source, &target, &wishes, Extent::Plan, stop).await;
        }
        Task::Sync => {
            ending.run = sync::run(&source, &target, &wishes, Extent::Apply, stop).await;
        }
    }
    ending.requests = (source.counts(), target.counts());
    ending
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
    task: Task,
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
    same_catalog: bool,
}

impl Ending {
    /// Whether something was found that forbids to go on.
    fn is_blocked(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

impl<'a> Opening<'a> {
    fn of(task: Task, config: &'a Config) -> Self {
        Self {
            task,
            config,
            started_at: Timestamp::now(),
            clock: Instant::now(),
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
            _ if ending.same_catalog => (Verdict::PreflightFailed, ExitStatus::Usage),
            _ if ending.is_blocked() => (Verdict::PreflightFailed, ExitStatus::PreflightFailed),
            _ if !ending.run.refusals.is_empty() => (Verdict::Refused, ExitStatus::Refused),
            _ if account.incomplete => (Verdict::Incomplete, ExitStatus::Incomplete),
            (
                _,
                Task::Plan {
                    detailed_exit_code: true,
                },
            ) if account.has_steps => (Verdict::ChangesPending, ExitStatus::ChangesPending),
            (_, Task::Plan { .. }) if account.has_steps => {
                (Verdict::ChangesPending, ExitStatus::Success)
            }
            _ if account.has_steps => (Verdict::Applied, ExitStatus::Success),
            _ => (Verdict::InSync, ExitStatus::Success),
        }
    }
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Plan { .. } => "plan",
            Self::Check => "check",
        }
    }
}

fn side(side: &config::Side, requests: Counts) -> SideReport {
    SideReport {
        server: side.server.as_str().trim_end_matches('/').to_owned(),
        org: side.org.clone(),
        catalog: side.catalog.clone(),
        requests: RequestsReport::from(requests),
    }
}

/// Real connections for both sides, as configured.
///
/// # Errors
/// When certificates or proxies cannot be used as they are.
pub fn carriers(config: &Config) -> anyhow::Result<Carriers> {
    Ok(Carriers {
        source: sockets("source", &config.source, config)?,
        target: sockets("target", &config.target, config)?,
        retry: RetryPolicy::default(),
    })
}

fn sockets(name: &str, side: &config::Side, config: &Config) -> anyhow::Result<Arc<dyn Transport>> {
    let http = &config.settings.http;
    let mut ca_pem: Vec<Vec<u8>> = side.ca_pem.iter().cloned().collect();
    ca_pem.extend(http.system_roots.iter().flatten().cloned());
    let identity_pem = side.identity.as_ref().map(client_identity).transpose()?;
    let options = SocketOptions {
        https_proxy: http.proxies.https.clone(),
        http_proxy: http.proxies.http.clone(),
        no_proxy: http.proxies.except.clone(),
        ca_pem,
        identity_pem,
        idle_connections: http.max_reads.max(http.max_writes),
        ..SocketOptions::default()
    };
    let sockets =
        Sockets::new(&options).with_context(|| format!("the {name} cannot be connected to"))?;
    Ok(Arc::new(sockets))
}

fn client_identity(identity: &config::Identity) -> anyhow::Result<ClientIdentity> {
    let key =
        std::str::from_utf8(identity.key.expose_secret()).context("a client key is not PEM")?;
    Ok(ClientIdentity {
        certificates: identity.certificate.clone(),
        key: key.into(),
    })
}
