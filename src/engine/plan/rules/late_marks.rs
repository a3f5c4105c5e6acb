//! Late marks: children that came with their parents and that a former run could not mark get their marks.

use crate::engine::{
    model::{Address, Idx, KindId, kind::MadeWithParent, mark::SOURCE_ID},
    plan::{
        context::{Context, metadata_change},
        decide::update::add_change,
        draft::{Decision, Draft},
        pair::MatchedBy,
        step::Action,
    },
};
use std::collections::HashSet;

/// Gives those their marks that came with their parents and that a former run could not mark, where the server is
/// known to store marks on the kind, or this run is about to find out. That alone is no reason to write: whatever else
/// bears marks, the server may store none on these any more, and would be written for ever.
pub(crate) fn mark_children_made_with_parent(context: &Context<'_>, draft: &mut Draft) {
    if draft.steps.is_empty() {
        return;
    }
    for kind in context.source.kinds.ids() {
        let incomplete = incomplete_births(context, draft, kind);
        if incomplete.is_empty() || !may_store_marks(context, draft, kind) {
            continue;
        }
        for (source, target) in incomplete {
            let id = context.source[source].handle.id();
            let fields = vec![metadata_change(SOURCE_ID, None, id)];
            let step = add_change(context, draft, source, target, MatchedBy::NaturalKey, fields, None);
            draft.updates.insert(target, step);
            let unchanged = draft.unchanged.entry(kind).or_default();
            *unchanged = unchanged.saturating_sub(1);
        }
    }
}

/// Pairs that this run would leave as they are.
fn incomplete_births(context: &Context<'_>, draft: &Draft, kind: KindId) -> Vec<(Idx, Idx)> {
    let is_due = matches!(context.row(kind).birth, MadeWithParent::NamedByParent { .. });
    if !is_due || !context.is_replicated(kind) {
        return Vec::new();
    }
    let unmarked = context.source.of_kind(kind).filter_map(|source| {
        let target = context.pairing.target(source)?;
        lacks_mark_since_birth(context, draft, source, target).then_some((source, target))
    });
    let unmarked: Vec<(Idx, Idx)> = unmarked.collect();
    if unmarked.is_empty() {
        return unmarked;
    }
    let withheld: HashSet<&Address> = draft.withheld.iter().map(|it| &it.address).collect();
    let is_left = |(source, target): &(Idx, Idx)| {
        draft.update(*target).is_none()
            && !withheld.contains(&context.source.address(*source))
            && context.reason_not_to_touch(*source, *target).is_none()
    };
    unmarked.into_iter().filter(is_left).collect()
}

fn lacks_mark_since_birth(context: &Context<'_>, draft: &Draft, source: Idx, target: Idx) -> bool {
    context.target[target].mark.is_none()
        && context.scope.source(source)
        && draft.decision(source) == Decision::Present
        && !context.source[source].pending
        && context.pairing.how(source) == Some(MatchedBy::NaturalKey)
        && context.is_child_made_with_parent(target)
        && !context.is_of_fallback(target)
}

fn may_store_marks(context: &Context<'_>, draft: &Draft, kind: KindId) -> bool {
    context.target_stores_marks(kind) || writes_marks(context, draft, kind) && !context.lost_other_marks(kind)
}

fn writes_marks(_context: &Context<'_>, draft: &Draft, kind: KindId) -> bool {
    let mut steps = draft.steps.iter();
    steps.any(|step| {
        let metadata = match &step.action {
            Action::Create(create) => Some(&create.metadata),
            Action::Update(update) => update.metadata.as_ref(),
            Action::Approve(_) | Action::Delete(_) => None,
        };
        step.address.kind == kind && metadata.is_some_and(|it| it.mark.is_some())
    })
}
