//! Target objects that are left alone, such as the second of two with one mark, are told. The planner has decided
//! nothing about them, so this only adds to what is withheld.

use crate::engine::plan::{
    context::Context,
    draft::Draft,
    step::{Cause, Verb},
};

/// An object that another one leaves alone is told once, at the top of its branch.
pub(crate) fn report_left_alone(context: &Context<'_>, draft: &mut Draft) {
    let mut left: Vec<_> = context.pairing.left_alone.iter().collect();
    left.sort();
    for (target, reason) in left {
        let above = context.target.lineage(*target).skip(1).any(|idx| context.is_contested(idx));
        if above || !context.is_replicated(context.target[*target].kind) || !context.scope.target(*target) {
            continue;
        }
        let address = context.target.address(*target);
        let singular = context.row(address.kind).singular;
        let cause = Cause::Conflict(format!("{singular} {address} {reason}"));
        draft.withhold(address, Verb::Update, Vec::new(), cause);
    }
}
