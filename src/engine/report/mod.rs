//! Reporting: what a run found and did, told once, for people and for programs (interface.md, "The report").

mod account;
mod clean;
pub mod exit;
pub mod json;
mod leftovers;
pub mod log;
pub mod text;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub use crate::engine::change::FieldReport;
pub use account::RunSummary;
pub use exit::{ExitStatus, RunResult};
pub use leftovers::{LeftoverReport, Leftovers};

use crate::engine::{
    catalog::Requests,
    plan::{Refusal, Remark},
};

/// What a run found and did. Schema version 1.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u8,
    /// The version of this program.
    pub version: &'static str,
    /// What was asked for: `sync`, `plan`, `apply` or `check`.
    pub command: &'static str,
    /// The run in a word.
    pub outcome: RunResult,
    /// The process's exit status.
    pub exit_status: ExitStatus,
    /// When the run began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The side that was read.
    pub source: SideReport,
    /// The side that was read and written.
    pub target: SideReport,
    /// The file of the plan that was kept or applied; null where there is none.
    pub plan_file: Option<String>,
    /// Counts by kind, in dependency order.
    #[serde(serialize_with = "json::as_map")]
    pub kinds: Vec<(&'static str, KindReport)>,
    /// Everything that is not unchanged.
    pub changes: Vec<ChangeReport>,
    /// What could not be read.
    pub gaps: Vec<GapReport>,
    /// What the check found.
    pub findings: Vec<Finding>,
    /// The limits that refused the plan.
    pub refusals: Vec<RefusalReport>,
    /// What only the target has, at most 1,000 of a kind.
    pub only_on_target: Vec<LeftoverReport>,
    /// How many more there are, by kind.
    #[serde(serialize_with = "json::as_map")]
    pub only_on_target_omitted: Vec<(&'static str, usize)>,
    /// The settings in force that are neither secret nor what holds without them.
    #[serde(serialize_with = "json::as_map")]
    pub settings: Vec<(String, String)>,
}

/// One side of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SideReport {
    /// Where its API is.
    pub server: String,
    /// The provider organization.
    pub org: String,
    /// The catalog.
    pub catalog: String,
    /// Of when it is, where it was read from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotReport>,
    /// What was asked of it.
    pub requests: RequestsReport,
}

/// Of when a snapshot is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SnapshotReport {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// How old it is, in seconds.
    pub age_s: i64,
}

impl SnapshotReport {
    /// What is to be said of a snapshot now.
    #[must_use]
    pub fn of(taken_at: Timestamp, now: Timestamp) -> Self {
        Self { taken_at, age_s: now.as_second() - taken_at.as_second() }
    }

    /// The same in words, e.g. `snapshot of 2026-11-21T10:00:00Z, 3 h old`.
    #[must_use]
    pub fn words(&self) -> String {
        let age = match self.age_s {
            ..60 => "just taken".to_owned(),
            60..3_600 => format!("{} min old", self.age_s / 60),
            3_600..172_800 => format!("{} h old", self.age_s / 3_600),
            _ => format!("{} days old", self.age_s / 86_400),
        };
        let taken_at = Timestamp::from_second(self.taken_at.as_second()).unwrap_or(self.taken_at);
        format!("snapshot of {taken_at}, {age}")
    }
}

/// How many requests a side got. A login is none.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct RequestsReport {
    /// Requests that read.
    pub reads: u64,
    /// Requests that write.
    pub writes: u64,
    /// Repetitions among them.
    pub retries: u64,
    /// Answers that asked for patience.
    pub throttled: u64,
}

impl From<Requests> for RequestsReport {
    fn from(counts: Requests) -> Self {
        Self { reads: counts.reads, writes: counts.writes, retries: counts.retries, throttled: counts.throttled }
    }
}

/// Counts of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct KindReport {
    /// In scope on the source.
    pub source: usize,
    /// In scope on the target, before the run.
    pub target: usize,
    /// Alike on both sides.
    pub unchanged: usize,
    /// Made, or to be made.
    pub created: usize,
    /// Changed, or to be changed.
    pub updated: usize,
    /// Removed, or to be removed, cascades included.
    pub deleted: usize,
    /// Tried in vain.
    pub failed: usize,
    /// Not tried.
    pub skipped: usize,
    /// Held back for a reason that is given.
    pub withheld: usize,
    /// Born on the target: left alone.
    pub only_on_target: usize,
}

/// One thing that is not unchanged.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeReport {
    /// Its kind.
    pub kind: &'static str,
    /// Its address.
    pub address: String,
    /// `create`, `update` or `delete`.
    pub action: &'static str,
    /// What differs.
    pub fields: Vec<FieldReport>,
    /// What became of it.
    pub result: ChangeResult,
    /// Why, where there is something to say.
    pub reason: Option<String>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeResult {
    /// Carried out.
    Applied,
    /// Planned, not carried out.
    Pending,
    /// Tried in vain.
    Failed,
    /// Not tried.
    Skipped,
    /// Held back.
    Withheld,
}

/// A part of a catalog that could not be read, or not be proven to be read whole.
#[derive(Debug, Clone, Serialize)]
pub struct GapReport {
    /// `source` or `target`.
    pub side: String,
    /// The kind whose list it is.
    pub kind: &'static str,
    /// The address of the branch; empty for all of the kind.
    pub under: String,
    /// What went wrong.
    pub reason: String,
}

/// Something that the check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// What mends it.
    pub mend: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The run cannot go on.
    Error,
    /// Worth knowing.
    Warning,
}

/// A limit that refused the plan.
#[derive(Debug, Clone, Serialize)]
pub struct RefusalReport {
    /// The setting.
    pub limit: &'static str,
    /// The kind, where it is on account of one.
    pub kind: Option<&'static str>,
    /// How many of it would be changed, or are managed although the source lists none.
    pub count: Option<usize>,
    /// Of how many.
    pub of: Option<usize>,
    /// That share.
    pub percent: Option<usize>,
    /// The largest share that the limit allows.
    pub allowed: Option<u8>,
    /// The value of the setting that suffices for all kinds.
    pub suffices: Value,
    /// The counts, and what would allow it.
    pub message: String,
    /// The counts alone.
    #[serde(skip)]
    pub facts: String,
}

impl From<&Refusal> for RefusalReport {
    fn from(refusal: &Refusal) -> Self {
        let excess = refusal.excess.as_ref();
        Self {
            limit: refusal.limit,
            kind: excess.map(|it| it.kind),
            count: excess.map(|it| it.count),
            of: excess.map(|it| it.of),
            percent: excess.map(|it| it.percent),
            allowed: excess.and_then(|it| it.allowed),
            suffices: excess.map_or_else(|| true.into(), |it| it.suffices.clone()),
            message: refusal.message.clone(),
            facts: excess.map_or_else(|| refusal.message.clone(), |it| it.facts.clone()),
        }
    }
}

impl From<&Remark> for Finding {
    fn from(remark: &Remark) -> Self {
        let severity = if remark.forbids { Severity::Error } else { Severity::Warning };
        Self { severity, ..Self::error(remark.check, &*remark.message, &*remark.mend) }
    }
}

impl Finding {
    /// A finding that stops the run.
    #[must_use]
    pub fn error(check: &str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check: check.into(), severity: Severity::Error, message: message.into(), mend: mend.into() }
    }

    /// A finding that does not.
    #[must_use]
    pub fn warning(check: &str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(check, message, mend) }
    }
}
