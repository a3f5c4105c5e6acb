//! What only the target has, for people.

use std::fmt::{self, Write};

use super::super::{LeftoverReport, Report};
use crate::engine::plan::only_on_target;

/// The most things of a kind that are told by name.
const MOST: usize = 20;

/// Names what only the target has, kind by kind.
pub(super) fn write(out: &mut String, report: &Report) -> fmt::Result {
    if report.only_on_target.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nonly on the target, where a sync leaves it alone:")?;
    for of_kind in report.only_on_target.chunk_by(|a, b| a.kind == b.kind) {
        write_kind(out, of_kind, total(report, of_kind))?;
    }
    Ok(())
}

/// Whether some of it has to be decided about.
pub(super) fn are_open(report: &Report) -> bool {
    let mut findings = report.findings.iter();
    findings.any(|finding| only_on_target::asks(&finding.check))
}

fn total(report: &Report, of_kind: &[LeftoverReport]) -> usize {
    let mut omitted = report.only_on_target_omitted.iter();
    let more = omitted.find(|(kind, _)| of_kind.iter().any(|it| it.kind == *kind));
    of_kind.len() + more.map_or(0, |(_, number)| *number)
}

fn write_kind(out: &mut String, of_kind: &[LeftoverReport], total: usize) -> fmt::Result {
    for it in of_kind.iter().take(MOST) {
        write!(out, ". {}  {}", it.kind, it.address)?;
        if let Some(at) = it.created_at {
            write!(out, "  (made {})", at.strftime("%Y-%m-%d"))?;
        }
        if it.bears_mark {
            write!(out, "  (bears a mark of another sync)")?;
        }
        writeln!(out)?;
    }
    match total.saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, ". and {more} more (the report as JSON lists up to 1,000 of a kind)"),
    }
}
