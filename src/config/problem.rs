//! What is wrong with a configuration, told so that the reader can mend it.

use std::fmt;

use crate::engine::report::Finding;

/// One thing that must be mended before a run can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable that is to be mended.
    pub variable: String,
    /// What stood there, never a secret; nothing when the variable is missing.
    pub found: Option<String>,
    /// What would have been right.
    pub expected: String,
    /// A line that would be accepted.
    pub example: String,
    /// What else the reader should know, such as a variable that looks like a misspelling of this one.
    pub note: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.variable)?;
        writeln!(f, "  found:    {}", self.found.as_deref().unwrap_or("nothing"))?;
        writeln!(f, "  expected: {}", self.expected)?;
        write!(f, "  example:  {}", self.example)?;
        self.note.iter().try_for_each(|note| write!(f, "\n  note:     {note}"))
    }
}

/// All that is wrong with a configuration; its text has one paragraph for each problem.
#[derive(Debug, Clone, thiserror::Error)]
pub struct Problems {
    /// What must be mended.
    pub problems: Vec<Problem>,
    /// What would have been warned of, had the configuration been accepted.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "the configuration has {count} problem{}", if count == 1 { "" } else { "s" })?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n\n{problem}"))?;
        self.warnings.iter().try_for_each(|warning| write!(f, "\n\nwarning: {warning}"))
    }
}

/// Something that does not stop a run but is probably not what the user meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The variable as the user wrote it.
    pub variable: String,
    /// What is odd about it, and what to do.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.message)
    }
}

/// What is odd about the configuration.
impl From<&Warning> for Finding {
    fn from(warning: &Warning) -> Self {
        let mend = "as the message says, or unset it";
        Self::warning(&warning.variable, &*warning.message, mend)
    }
}
