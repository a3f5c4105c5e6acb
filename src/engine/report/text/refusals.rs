//! The limits that refused a plan, for people: all kinds at once, one number that suffices, and the ways out.

use std::fmt::{self, Write};

use serde_json::Value;

use super::super::{RefusalReport, Report};

/// Tells what the limits say, and what can be done about it.
pub(super) fn write(out: &mut String, report: &Report) -> fmt::Result {
    if report.refusals.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for refusal in &report.refusals {
        writeln!(out, "refused by {}: {}", refusal.limit, refusal.facts)?;
    }
    writeln!(out, "  if that is right:")?;
    let kept = match &report.plan_file {
        Some(file) => format!("apic-configsync apply {file} --accept-limits"),
        None => "apic-configsync plan --out FILE, then apic-configsync apply FILE --accept-limits".into(),
    };
    writeln!(out, "    this plan only      {kept}")?;
    writeln!(out, "    this run            {}", settings(&report.refusals))?;
    writeln!(out, "  if not, meanwhile:")?;
    writeln!(out, "    all but deletions   ON_LIMIT=withhold-deletes")?;
    if report.refusals.iter().all(|it| it.limit == "MAX_DELETE_PERCENT") {
        writeln!(out, "    only tell of them   DELETE_POLICY=report")?;
    }
    Ok(())
}

/// The settings that suffice together, each limit once.
fn settings(refusals: &[RefusalReport]) -> String {
    let mut all: Vec<(&str, &Value)> = Vec::new();
    for refusal in refusals {
        if !all.iter().any(|(limit, _)| *limit == refusal.limit) {
            all.push((refusal.limit, &refusal.suffices));
        }
    }
    let words = all.iter().map(|(limit, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{limit}={value}")
    });
    words.collect::<Vec<_>>().join(" ")
}
