//! The report for people: what there is to do or was done, line by line, then the counts.

mod leftovers;
mod refusals;

use std::fmt::{self, Display, Write};

use serde_json::Value;

use crate::{engine::change::shown::NOT_SHOWN, visible};

use super::{ChangeReport, ChangeResult, FieldReport, Finding, KindReport, Report, RunResult, Severity, clean::clean};

/// The longest value that is shown whole, in characters.
const LONGEST_VALUE: usize = 60;

/// The report as text, ending with a newline.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_report(&mut text, &clean(report.clone()));
    visible::lines(&text).into_owned()
}

fn write_report(out: &mut String, report: &Report) -> fmt::Result {
    let side = |side: &super::SideReport| {
        let snapshot = side.snapshot.map_or_else(String::new, |it| format!(" ({})", it.words()));
        format!("{} {}/{}{snapshot}", side.server, side.org, side.catalog)
    };
    writeln!(out, "source  {}", side(&report.source))?;
    writeln!(out, "target  {}", side(&report.target))?;
    if let Some(file) = &report.plan_file {
        writeln!(out, "plan    {file}")?;
    }
    for finding in &report.findings {
        write_finding(out, finding)?;
    }
    if !report.changes.is_empty() {
        writeln!(out)?;
        write_changes(out, &report.changes)?;
    }
    if !report.gaps.is_empty() {
        writeln!(out)?;
        for gap in &report.gaps {
            let under = if gap.under.is_empty() { String::new() } else { format!(" under {}", gap.under) };
            writeln!(out, "? {} {}{under} could not be read whole: {}", gap.side, gap.kind, gap.reason)?;
        }
    }
    if report.kinds.iter().any(|(_, counts)| *counts != KindReport::default()) {
        writeln!(out)?;
        write_counts(out, &report.kinds, is_pending(report))?;
    }
    leftovers::write(out, report)?;
    refusals::write(out, report)?;
    writeln!(out, "\n{}", closing(report))
}

fn write_finding(out: &mut String, finding: &Finding) -> fmt::Result {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    writeln!(out, "\n{word}  {}: {}", finding.check, finding.message)?;
    if !finding.mend.is_empty() {
        writeln!(out, "  mend: {}", finding.mend)?;
    }
    Ok(())
}

fn write_changes(out: &mut String, changes: &[ChangeReport]) -> fmt::Result {
    let width = changes.iter().map(|change| change.kind.len()).max().unwrap_or(0);
    for change in changes {
        let sign = match (change.result, change.action) {
            (ChangeResult::Withheld, _) => '!',
            (_, "create") => '+',
            (_, "delete") => '-',
            _ => '~',
        };
        write!(out, "{sign} {:width$}  {}", change.kind, change.address)?;
        if let Some(remark) = remark(change) {
            write!(out, "  ({remark})")?;
        }
        writeln!(out)?;
        for field in &change.fields {
            let indent = width + 4;
            writeln!(out, "{:indent$}{}: {}", "", field.path, difference(field))?;
        }
    }
    Ok(())
}

fn remark(change: &ChangeReport) -> Option<String> {
    let result = match change.result {
        ChangeResult::Applied | ChangeResult::Pending => None,
        ChangeResult::Failed => Some("failed".to_owned()),
        ChangeResult::Skipped => Some("skipped".to_owned()),
        ChangeResult::Withheld => Some(format!("{} withheld", change.action)),
    };
    match (result, &change.reason) {
        (Some(result), Some(reason)) => Some(format!("{result}: {reason}")),
        (None, Some(reason)) => Some(reason.clone()),
        (result, None) => result,
    }
}

/// Two values, or in words what became of one that is not shown.
fn difference(field: &FieldReport) -> String {
    let is_hidden = |value: &Value| *value == NOT_SHOWN;
    match (is_hidden(&field.before), is_hidden(&field.after)) {
        (true, true) => format!("changed {NOT_SHOWN}"),
        (false, true) if field.before.is_null() => format!("added {NOT_SHOWN}"),
        (true, false) if field.after.is_null() => format!("removed {NOT_SHOWN}"),
        _ => format!("{} -> {}", shown(&field.before), shown(&field.after)),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => return "(none)".into(),
        value => value.to_string(),
    };
    visible::shortened(&text, LONGEST_VALUE).into_owned()
}

/// Whether what is told is still to be done.
fn is_pending(report: &Report) -> bool {
    let mut changes = report.changes.iter();
    report.command == "plan" || changes.any(|change| change.result == ChangeResult::Pending)
}

/// The counts, without rows and, behind the first two, columns that say nothing.
fn write_counts(out: &mut String, kinds: &[(&'static str, KindReport)], pending: bool) -> fmt::Result {
    let (create, update, delete) =
        if pending { ("to create", "to update", "to delete") } else { ("created", "updated", "deleted") };
    let columns: [Column; 10] = [
        ("source", |c| c.source),
        ("target", |c| c.target),
        ("unchanged", |c| c.unchanged),
        (create, |c| c.created),
        (update, |c| c.updated),
        (delete, |c| c.deleted),
        ("failed", |c| c.failed),
        ("skipped", |c| c.skipped),
        ("withheld", |c| c.withheld),
        ("only on target", |c| c.only_on_target),
    ];
    let told: Vec<_> = columns
        .into_iter()
        .enumerate()
        .filter(|(place, (_, count))| *place < 2 || kinds.iter().any(|(_, it)| count(it) > 0))
        .map(|(_, column)| column)
        .collect();
    let rows = || kinds.iter().filter(|(_, counts)| *counts != KindReport::default());
    let width = rows().map(|(kind, _)| kind.len()).max().unwrap_or(0);
    write_row(out, width, "", told.iter().map(|(head, _)| (head, *head)))?;
    for (kind, counts) in rows() {
        let cells = told.iter().map(|(head, count)| (head, count(counts)));
        write_row(out, width, kind, cells)?;
    }
    Ok(())
}

/// A heading, and what stands below it.
type Column = (&'static str, fn(&KindReport) -> usize);

fn write_row<'a>(
    out: &mut String,
    width: usize,
    head: &str,
    cells: impl Iterator<Item = (&'a &'a str, impl Display)>,
) -> fmt::Result {
    let mut line = format!("{head:width$}");
    for (column, cell) in cells {
        let wide = column.len();
        write!(line, "  {cell:>wide$}")?;
    }
    writeln!(out, "{}", line.trim_end())
}

fn closing(report: &Report) -> String {
    let count = |number: fn(&KindReport) -> usize| report.kinds.iter().map(|(_, counts)| number(counts)).sum::<usize>();
    let (created, updated, deleted) = (count(|c| c.created), count(|c| c.updated), count(|c| c.deleted));
    let (failed, skipped, withheld) = (count(|c| c.failed), count(|c| c.skipped), count(|c| c.withheld));
    let changes = if is_pending(report) {
        format!("{created} to create, {updated} to update, {deleted} to delete")
    } else {
        format!("{created} created, {updated} updated, {deleted} deleted")
    };
    let undone = format!("{failed} failed, {skipped} skipped, {withheld} withheld, {} gaps", report.gaps.len());
    let effort = format!(
        "{:.1} s, {} reads and {} writes",
        std::time::Duration::from_millis(report.duration_ms).as_secs_f64(),
        report.source.requests.reads + report.target.requests.reads,
        report.source.requests.writes + report.target.requests.writes
    );
    match report.outcome {
        RunResult::InSync if report.command == "check" => "check passed: a run can go ahead".into(),
        RunResult::InSync if report.command == "apply" => {
            format!("nothing to do: the plan has no steps ({effort})")
        }
        RunResult::ChangesPending if report.command == "apply" => {
            format!("nothing to do of this plan, but changes came up since it was made ({effort})")
        }
        RunResult::InSync if leftovers::are_open(report) => {
            format!("in sync, but for what only the target has: see what to decide above ({effort})")
        }
        RunResult::InSync => format!("in sync: nothing to do ({effort})"),
        RunResult::Applied => format!("applied: {changes} ({effort})"),
        RunResult::ChangesPending => format!("changes pending: {changes} ({effort})"),
        RunResult::Incomplete => format!("incomplete: {changes}; {undone} ({effort})"),
        RunResult::Refused if is_pending(report) || report.target.requests.writes == 0 => {
            format!("refused: a safety limit stands in the way, see above; nothing was written ({effort})")
        }
        RunResult::Refused => {
            format!("refused: {created} created and {updated} updated, the deletions are withheld; {undone} ({effort})")
        }
        RunResult::PreflightFailed => "preflight failed: nothing was written; see what to mend above".into(),
        RunResult::Interrupted => format!("stopped before the end: {changes}; {undone} ({effort})"),
    }
}
