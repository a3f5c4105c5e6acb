//! A report as text shows it: what comes from elsewhere stands on one line each, so that no name and no message can
//! pass for a line of the report's own.

use super::{ChangeReport, FieldReport, Finding, GapReport, LeftoverReport, RefusalReport, Report, SideReport};
use crate::visible::line;

/// Every text of a report on one line. Taken apart to the last field, so that none that is added is forgotten.
pub(super) fn clean(mut report: Report) -> Report {
    let Report {
        schema: _,
        version: _,
        command: _,
        outcome: _,
        exit_status: _,
        started_at: _,
        duration_ms: _,
        source,
        target,
        plan_file,
        kinds: _,
        changes,
        gaps,
        findings,
        refusals,
        only_on_target,
        only_on_target_omitted: _,
        settings,
    } = &mut report;
    [source, target].into_iter().for_each(side);
    plan_file.iter_mut().for_each(on_one_line);
    changes.iter_mut().for_each(change);
    gaps.iter_mut().for_each(gap);
    findings.iter_mut().for_each(finding);
    refusals.iter_mut().for_each(refusal);
    only_on_target.iter_mut().for_each(leftover);
    settings.iter_mut().for_each(setting);
    report
}

fn on_one_line(text: &mut String) {
    if let std::borrow::Cow::Owned(shown) = line(text) {
        *text = shown;
    }
}

fn side(side: &mut SideReport) {
    let SideReport { server, org, catalog, snapshot: _, requests: _ } = side;
    [server, org, catalog].into_iter().for_each(on_one_line);
}

fn change(change: &mut ChangeReport) {
    let ChangeReport { kind: _, address, action: _, fields, result: _, reason } = change;
    on_one_line(address);
    reason.iter_mut().for_each(on_one_line);
    for field in fields {
        // Values are shown as JSON, which has no line ends within texts.
        let FieldReport { path, before: _, after: _ } = field;
        on_one_line(path);
    }
}

fn gap(gap: &mut GapReport) {
    let GapReport { side, kind: _, under, reason } = gap;
    [side, under, reason].into_iter().for_each(on_one_line);
}

fn finding(finding: &mut Finding) {
    let Finding { check, severity: _, message, mend } = finding;
    [check, message, mend].into_iter().for_each(on_one_line);
}

fn refusal(refusal: &mut RefusalReport) {
    let RefusalReport { limit: _, kind: _, count: _, of: _, percent: _, allowed: _, suffices: _, message, facts } =
        refusal;
    [message, facts].into_iter().for_each(on_one_line);
}

fn leftover(leftover: &mut LeftoverReport) {
    let LeftoverReport { kind: _, address, created_at: _, bears_mark: _ } = leftover;
    on_one_line(address);
}

fn setting((name, value): &mut (String, String)) {
    [name, value].into_iter().for_each(on_one_line);
}
