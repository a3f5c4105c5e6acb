//! Remarks: what a plan has to tell beside its steps, for people to see to.

/// Something that people should see to. It is told among the findings of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The setting of the program or of a server that it is about.
    pub check: &'static str,
    /// The finding.
    pub message: String,
    /// The advice that mends it.
    pub mend: String,
    /// Nothing may be written before it is mended (exit status 6).
    pub forbids: bool,
}

impl Remark {
    /// A remark that stops nothing.
    #[must_use]
    pub fn warning(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check, message: message.into(), mend: mend.into(), forbids: false }
    }

    /// A remark with which nothing may be written.
    #[must_use]
    pub fn error(check: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { forbids: true, ..Self::warning(check, message, mend) }
    }
}
