//! Target objects that are left alone, such as the second of two with one mark, are told. The planner has decided
//! nothing about them, so this looks at the context alone.

use crate::engine::plan::{
    context::Context,
    step::{Cause, Verb, Withheld},
};

/// An object that is left alone is told once, at the top of its branch.
pub(crate) fn left_alone(context: &Context<'_>) -> Vec<Withheld> {
    let mut left: Vec<_> = context.pairing.left_alone.iter().collect();
    left.sort();
    let is_told = |target| {
        let mut above = context.target.lineage(target).skip(1);
        context.is_replicated(context.target[target].kind)
            && context.scope.target(target)
            && !above.any(|idx| context.is_contested(idx))
    };
    let told = left.into_iter().filter(|(target, _)| is_told(**target));
    told.map(|(target, reason)| {
        let address = context.target.address(*target);
        let singular = context.row(address.kind).singular;
        let cause = Cause::Conflict(format!("{singular} {address} {reason}"));
        Withheld { address, verb: Verb::Update, fields: Vec::new(), cause }
    })
    .collect()
}
