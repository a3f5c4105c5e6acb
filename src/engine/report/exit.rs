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
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Unexpected,
        Self::Usage,
        Self::Incomplete,
        Self::Refused,
        Self::ChangesPending,
        Self::PreflightFailed,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// What it means, for people (interface.md, "Streams and exit status").
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "in sync, or everything in the plan was applied; for `plan` also when changes are pending",
            Self::Unexpected => "unexpected failure: a defect, please report it",
            Self::Usage => "bad usage or configuration",
            Self::Incomplete => {
                "incomplete: something failed, was skipped, could not be read or was withheld, is in conflict or awaits approval on the target, or the deadline came"
            }
            Self::Refused => "refused by a safety limit; the message names the setting that would allow it",
            Self::ChangesPending => "`plan --detailed-exitcode`: changes are pending",
            Self::PreflightFailed => {
                "preflight failed: cannot connect or log in, or a requirement of the target is not met; nothing was written"
            }
            Self::Interrupted => "stopped by SIGINT; running writes were finished",
            Self::Terminated => "stopped by SIGTERM; running writes were finished",
        }
    }

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
