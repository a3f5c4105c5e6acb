//! The notation of a plan: text, one line per step and per thing that is withheld.
//!
//! ```text
//! update boards acme/plans /name after create acme
//! delete cards acme/plans/1 takes acme/plans/1/c
//! withheld create boards acme/plans: board acme/plans exists on the target without a mark
//! ```
//!
//! A reason may be cut short. The clauses `after` and `takes` are compared where a case speaks of them.

use std::fmt::Write;

use apic_configsync::engine::{
    change::FieldChange,
    plan::{Action, Plan, Step, StepId},
};

use super::table::KINDS;

/// The plan's lines, as far as a case speaks of them.
pub(super) fn lines(plan: &Plan, spoken: &str) -> Vec<String> {
    let speaks_of = |word: &str| spoken.split_whitespace().any(|other| other == word);
    let step = |step: &Step| {
        let mut line = format!("{} {} {}", verb(step), KINDS.row(step.address.kind).name, step.address);
        line += &paths(step.fields());
        if let Action::Delete(removal) = &step.action
            && speaks_of("takes")
            && !removal.cascade.is_empty()
        {
            let taken: Vec<String> = removal.cascade.iter().map(ToString::to_string).collect();
            write!(line, " takes {}", taken.join(", ")).unwrap();
        }
        let awaited: Vec<&StepId> = step.needs.iter().chain(&step.after).collect();
        if speaks_of("after") && !awaited.is_empty() {
            let short = |id: &StepId| format!("{} {}", verb(&plan.steps[id.number()]), plan.steps[id.number()].address);
            let awaited: Vec<String> = awaited.into_iter().map(short).collect();
            write!(line, " after {}", awaited.join(", ")).unwrap();
        }
        line
    };
    let withheld = plan.withheld.iter().map(|it| {
        let kind = KINDS.row(it.address.kind).name;
        format!("withheld {} {kind} {}{}: {}", it.verb.word(), it.address, paths(&it.fields), it.cause.reason())
    });
    plan.steps.iter().map(step).chain(withheld).collect()
}

fn paths(fields: &[FieldChange]) -> String {
    fields.iter().flat_map(|change| [" ", &change.path]).collect()
}

/// A step that only makes room for another has a word of its own, and so has one that completes another.
fn verb(step: &Step) -> &'static str {
    match KINDS.row(step.address.kind).lifecycle {
        _ if !step.auxiliary => step.verb().word(),
        Some(_) => "finish",
        None => "park",
    }
}
