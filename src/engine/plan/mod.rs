//! Planning: from two inventories to a list of steps. Pure, synchronous, deterministic, and never failing.

mod assemble;
mod context;
mod decide;
pub mod diff;
mod document_diff;
mod draft;
mod file_clash;
mod gaps;
pub mod limits;
mod mark_support;
mod order;
pub mod pair;
pub mod policy;
pub mod releases;
mod remark;
mod rules;
pub mod scope;
mod step;
pub mod unmatched_patterns;
pub mod wanted;
pub mod withhold;

pub use decide::differences::{can_be_noted, is_chosen_by_server};
pub use file_clash::clash_of_files;
pub use limits::{AcceptedPlan, Approved, EmptySource, Excess, Limits, Refusal, Refused, approve};
pub use policy::{Adopt, NameFilter, Policy};
pub use remark::Remark;
pub use rules::{bookkeeping, only_on_target, only_on_target::OnlyOnTarget, strangers};
pub use step::{Action, Cause, Plan, Step, StepId, Tally, Verb, Withheld, numbered};

use self::{context::Context, draft::Draft};
use crate::engine::model::Inventory;

/// Plans the steps that make the target like the source.
///
/// The same inventories and the same policy give the same plan, byte for byte.
#[must_use]
pub fn plan(source: &Inventory, target: &Inventory, policy: &Policy) -> Plan {
    let pairing = pair::pair(source, target, policy);
    let scope = scope::scope(source, target, &pairing, policy);
    let context = Context::new(source, target, policy, &pairing, &scope);
    let draft = draft(&context);

    // Only when everything is decided it shows which steps come too early, and which nobody has a use for.
    let mut held = rules::premature_deletions::premature_deletions(&context, &draft);
    held.extend(rules::needless_creations::needless_creations(&context, &draft));

    let plan = assemble::assemble(&context, draft);
    let plan = rules::mutual_changes::tell_of_one_another(plan);
    let plan = withhold::withhold_steps(plan, held);
    let plan = rules::unusable_rows::leave_to_others(&context, plan);
    let plan = rules::bookkeeping::set_apart(plan);
    let plan = rules::seals::remark_on_seals(&context, plan);
    let plan = rules::strangers::remark_on_strangers(&context, plan);
    rules::originals::note_originals(&context, plan)
}

/// Decides what becomes of everything, and which step waits for which. Every line builds on decisions of those before it:
/// an object that is missing must be known before anything may take its unique value, and the order comes when all steps
/// are there.
fn draft(context: &Context<'_>) -> Draft {
    let mut draft = Draft::new(context.source.len());
    rules::grace::decide_graces(context, &mut draft);
    decide::delete::decide_deletions(context, &mut draft);
    decide::unique_values::find_value_moves(context, &mut draft);
    decide::decide_objects(context, &mut draft);
    decide::parts::remove_parts_without_carrier(context, &mut draft);
    decide::parts::decide_parts(context, &mut draft);
    decide::lifecycle::decide_links(context, &mut draft);
    for pair in rules::late_marks::children_to_mark(context, &draft) {
        decide::update::add_mark(context, &mut draft, pair);
    }
    order::link_steps(context, &mut draft);
    draft.withheld.extend(rules::left_alone::left_alone(context));
    let narrowed = rules::narrowed_lists::narrowed_lists(context, &draft);
    draft.withheld.extend(narrowed);
    draft
}
