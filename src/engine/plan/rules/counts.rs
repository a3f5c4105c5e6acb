//! Counts by kind, and what the target alone has.

use std::collections::BTreeMap;

use crate::engine::{
    model::{Idx, KindId},
    plan::{context::Context, draft::Draft, rules::only_on_target::OnlyOnTarget, tally::Tally},
};

/// The objects of each kind are counted by what becomes of them.
pub(crate) fn tallies(context: &Context<'_>, draft: &Draft) -> BTreeMap<KindId, Tally> {
    let mut tallies: BTreeMap<KindId, Tally> =
        context.source.kinds.reported().map(|kind| (kind, Tally::default())).collect();
    for (kind, tally) in &mut tallies {
        tally.unchanged = draft.unchanged.get(kind).copied().unwrap_or_default();
    }
    for idx in context.source.ids().filter(|idx| context.scope.source(*idx)) {
        let kind = context.source[idx].kind;
        let is_only_found = !context.is_replicated(kind) && context.pairing.target(idx).is_some();
        if let Some(tally) = tallies.get_mut(&kind) {
            tally.source += 1;
            tally.unchanged += usize::from(is_only_found);
        }
    }
    for idx in context.target.ids().filter(|idx| context.scope.target(*idx)) {
        if let Some(tally) = tallies.get_mut(&context.target[idx].kind) {
            count_target(context, draft, idx, tally);
        }
    }
    tallies
}

fn count_target(context: &Context<'_>, draft: &Draft, idx: Idx, tally: &mut Tally) {
    let is_marked = context.is_ours(idx);
    let is_managed = is_marked || context.pairing.source(idx).is_some() || draft.is_removed(idx);
    tally.target += 1;
    tally.marked += usize::from(is_marked);
    tally.managed += usize::from(is_managed);
    tally.only_on_target += usize::from(is_only_on_target(context, draft, idx));
}

/// The objects that only the target has, in order.
pub(crate) fn only_on_target(context: &Context<'_>, draft: &Draft) -> Vec<OnlyOnTarget> {
    let reported: Vec<KindId> = context.source.kinds.reported().collect();
    let in_scope = context.target.ids().filter(|idx| context.scope.target(*idx));
    let found = in_scope.filter(|idx| reported.contains(&context.target[*idx].kind));
    found.filter(|idx| is_only_on_target(context, draft, *idx)).map(|idx| context.only_on_target(idx)).collect()
}

fn is_only_on_target(context: &Context<'_>, draft: &Draft, idx: Idx) -> bool {
    let is_managed = context.is_ours(idx) || context.pairing.source(idx).is_some() || draft.is_removed(idx);
    !is_managed && !context.target.lineage(idx).any(|idx| context.is_contested(idx))
}
