//! Planning: from two inventories to a list of steps. Pure, synchronous, deterministic, and never failing.

mod approvals;
mod birth;
pub mod bookkeeping;
mod build;
mod carry;
mod changes;
mod claims;
mod delete;
pub mod diff;
mod documents;
mod evidence;
mod file_names;
mod gaps;
mod grace;
pub mod leftover;
mod lifecycle;
pub mod limits;
mod links;
mod marks;
mod namesakes;
mod narrowed;
mod needless;
mod origin;
mod originals;
mod out_of_scope;
pub mod pair;
pub mod policy;
mod references;
pub mod releases;
mod remark;
mod restore;
mod rows;
pub mod scope;
mod seals;
mod seen;
mod sight;
mod site_unique;
mod stand_in;
mod step;
pub mod strangers;
mod support;
pub mod tally;
mod trial;
mod unmarked;
pub mod unmatched_patterns;
mod untaken;
pub mod wanted;

pub use file_names::clash_of_files;
pub use leftover::Leftover;
pub use limits::{AcceptedPlan, Approved, EmptySource, Excess, Limits, Refusal, Refused, approve};
pub use policy::{Adopt, NameFilter, Policy};
pub use remark::Remark;
pub use step::{Action, Cause, Plan, Step, StepId, Verb, Withheld, numbered};
pub use tally::Tally;
pub use untaken::{can_be_noted, is_chosen_by_server};

use crate::engine::model::Inventory;

/// Plans what makes the target like the source.
///
/// The same inventories and the same policy give the same plan, byte for byte.
#[must_use]
pub fn plan(source: &Inventory, target: &Inventory, policy: &Policy) -> Plan {
    let pairing = pair::pair(source, target, policy);
    let scope = scope::scope(source, target, &pairing, policy);
    let trial = trial::object(target, &pairing, &scope);
    let plan = build::Builder::new(source, target, policy, &pairing, &scope).build();
    let plan = Plan { trial, ..plan };
    let plan = rows::leave_to_others(plan, source, target, &scope);
    let mut plan = bookkeeping::set_apart(plan);
    plan.remarks.extend(seals::remark(source, target, policy));
    let strangers = strangers::remarks(source, target, policy, &pairing, &scope);
    plan.remarks.extend(strangers);
    plan.originals = originals::of(source, &plan);
    plan
}
