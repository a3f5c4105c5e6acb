//! Exit statuses: a small public contract (interface.md, "Streams and exit status").

use serde::{Serialize, Serializer};

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// In sync, or everything in the plan was applied; for `plan` also: there are changes.
    Success,
    /// A defect of this program.
    Unexpected,
    /// Bad usage or configuration.
    Usage,
    /// Something was left undone.
    Incomplete,
    /// A safety limit refused the plan.
    Refused,
    /// `plan --detailed-exitcode`: changes are pending.
    ChangesPending,
    /// Nothing could be done: no connection, no login, or a requirement of the target is not met.
    PreflightFailed,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
}

impl ExitStatus {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Refused => 4,
            Self::ChangesPending => 5,
            Self::PreflightFailed => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl Serialize for ExitStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// A run in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// There was nothing to do.
    InSync,
    /// Everything in the plan was applied.
    Applied,
    /// There is something to do.
    ChangesPending,
    /// Something was left undone.
    Incomplete,
    /// A safety limit refused the plan.
    Refused,
    /// Nothing could be done.
    PreflightFailed,
    /// The run was stopped.
    Interrupted,
}
