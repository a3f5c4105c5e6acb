//! A plan is assembled from its draft: the steps, and beside them counts, remarks and what the run has to know.

use std::collections::BTreeMap;

use super::{
    context::Context,
    draft::Draft,
    rules::{
        fallback_reference::fallback_places,
        only_on_target::{self, OnlyOnTarget},
        unmarked_children,
    },
    step::{Plan, Tally},
};
use crate::engine::model::{
    Address, Handle, Idx, KindId,
    kind::{Identity, Role},
};

/// A plan has the steps of a draft and, beside them, counts and remarks for people.
pub(crate) fn assemble(context: &Context<'_>, draft: Draft) -> Plan {
    let kinds = context.source.kinds;
    let only_on_target = only_on_target(context, &draft);
    let remarks = only_on_target::remark(kinds, &only_on_target)
        .into_iter()
        .chain(unmarked_children::remark(context, &draft))
        .collect();
    let mut plan = Plan {
        kinds,
        excluded: context.policy.excluded.clone(),
        gaps: context.all_gaps(),
        tallies: tallies(context, &draft),
        present: present(context, &draft),
        marks: context.pairing.marks,
        remarks,
        originals: BTreeMap::new(),
        trial: trial_object(context),
        only_on_target,
        steps: draft.steps,
        withheld: draft.withheld,
    };
    plan.withheld.sort_by(|a, b| (&a.address, a.verb).cmp(&(&b.address, b.verb)));
    plan
}

/// The objects of each kind are counted by what becomes of them.
fn tallies(context: &Context<'_>, draft: &Draft) -> BTreeMap<KindId, Tally> {
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
fn only_on_target(context: &Context<'_>, draft: &Draft) -> Vec<OnlyOnTarget> {
    let reported: Vec<KindId> = context.source.kinds.reported().collect();
    let in_scope = context.target.ids().filter(|idx| context.scope.target(*idx));
    let found = in_scope.filter(|idx| reported.contains(&context.target[*idx].kind));
    found.filter(|idx| is_only_on_target(context, draft, *idx)).map(|idx| context.only_on_target(idx)).collect()
}

fn is_only_on_target(context: &Context<'_>, draft: &Draft, idx: Idx) -> bool {
    let is_managed = context.is_ours(idx) || context.pairing.source(idx).is_some() || draft.is_removed(idx);
    !is_managed && !context.target.lineage(idx).any(|idx| context.is_contested(idx))
}

/// Handles of the target's objects that the steps point at, by the source's addresses.
fn present(context: &Context<'_>, draft: &Draft) -> Vec<(Address, Handle)> {
    let pointed_at = context.source.ids().filter(|idx| context.source.kinds.is_pointed_at(context.source[*idx].kind));
    let found = pointed_at.filter_map(|idx| {
        let target = context.pairing.target(idx).or_else(|| context.namesake(idx))?;
        Some((context.source.address(idx), context.target[target].handle.clone()))
    });
    found.chain(fallback_places(context, draft)).collect()
}

/// The first target object in scope that is known by marks, so that its server keeps metadata on it, and has a partner.
fn trial_object(context: &Context<'_>) -> Option<(Address, Handle)> {
    let Context { target, pairing, scope, .. } = context;
    let mut found = target.ids().filter(|idx| {
        let row = target.kinds.row(target[*idx].kind);
        row.identity == Identity::Named
            && row.task == Role::Replicate
            && scope.target(*idx)
            && pairing.source(*idx).is_some()
    });
    let first = found.next()?;
    Some((target.address(first), target[first].handle.clone()))
}
