//! Planning: from two inventories to a list of steps. Pure, synchronous, deterministic, and never failing.

mod approvals;
pub mod approve;
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
mod expected;
mod gaps;
mod grace;
mod lifecycle;
mod links;
mod marks;
mod namesakes;
mod origin;
mod originals;
pub mod pair;
pub mod policy;
mod references;
mod remark;
mod restore;
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
mod unmarked;
pub mod wanted;

pub use approve::{Approved, Limits, Refusal, Refused, approve};
pub use diff::FieldChange;
pub use expected::Expected;
pub use policy::Policy;
pub use remark::Remark;
pub use seen::{Noted, Seen};
pub use step::{
    Action, Approve, Brings, Cause, Create, Delete, MetadataWrite, Missing, Package, Plan, Step,
    StepId, Update, Verb, Withheld, numbered,
};
pub use tally::Tally;

use crate::model::Inventory;

/// Plans what makes the target like the source.
///
/// The same inventories and the same policy give the same plan, byte for byte.
#[must_use]
pub fn plan(source: &Inventory, target: &Inventory, policy: &Policy) -> Plan {
    let pairing = pair::pair(source, target, policy);
    let scope = scope::scope(source, target, &pairing, policy);
    let plan = build::Builder::new(source, target, policy, &pairing, &scope).build();
    let mut plan = bookkeeping::set_apart(plan);
    plan.remarks.extend(seals::remark(source, target, policy));
    let strangers = strangers::remarks(source, target, policy, &pairing, &scope);
    plan.remarks.extend(strangers);
    plan.originals = originals::of(source, &plan);
    plan
}
