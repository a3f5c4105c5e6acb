//! Late marks: children that came with their parents, and that a former run could not mark, get their marks. This looks at
//! what else the run writes, so it comes after all decisions.

use std::collections::HashSet;

use crate::engine::{
    model::{Address, KindId, kind::MadeWithParent},
    plan::{
        context::Context,
        draft::{Decision, Draft},
        pair::{MatchedBy, Partners},
        step::Action,
    },
};

/// A mark alone is no reason to write: whatever else bears marks, the server may store none on these any more, and would be
/// written for ever. So they are marked only in a run that has other work, where the server is known to store marks on the
/// kind, or this run is about to find out.
pub(crate) fn children_to_mark(context: &Context<'_>, draft: &Draft) -> Vec<Partners> {
    if draft.steps.is_empty() {
        return Vec::new();
    }
    let of_kind = |kind| {
        let unmarked = unmarked_since_birth(context, draft, kind);
        if unmarked.is_empty() || !may_store_marks(context, draft, kind) { Vec::new() } else { unmarked }
    };
    context.source.kinds.ids().flat_map(of_kind).collect()
}

/// Only pairs that this run would leave as they are need a step for their mark alone.
fn unmarked_since_birth(context: &Context<'_>, draft: &Draft, kind: KindId) -> Vec<Partners> {
    let is_due = matches!(context.row(kind).birth, MadeWithParent::NamedByParent { .. });
    if !is_due || !context.is_replicated(kind) {
        return Vec::new();
    }
    let pairs = context.source.of_kind(kind).filter_map(|source| context.pairing.partners(source));
    let unmarked: Vec<Partners> = pairs.filter(|pair| lacks_mark_since_birth(context, draft, *pair)).collect();
    if unmarked.is_empty() {
        return unmarked;
    }
    let withheld: HashSet<&Address> = draft.withheld.iter().map(|it| &it.address).collect();
    let is_left = |pair: &Partners| {
        draft.update(pair.target).is_none()
            && !withheld.contains(&context.source.address(pair.source))
            && context.reason_not_to_touch(pair.source, pair.target).is_none()
    };
    unmarked.into_iter().filter(is_left).collect()
}

fn lacks_mark_since_birth(context: &Context<'_>, draft: &Draft, pair: Partners) -> bool {
    context.target[pair.target].mark.is_none()
        && context.scope.source(pair.source)
        && draft.decision(pair.source) == Decision::Present
        && !context.source[pair.source].pending
        && pair.how == MatchedBy::NaturalKey
        && context.is_child_made_with_parent(pair.target)
        && !context.is_of_fallback(pair.target)
}

fn may_store_marks(context: &Context<'_>, draft: &Draft, kind: KindId) -> bool {
    context.target_stores_marks(kind) || writes_marks(draft, kind) && !context.lost_other_marks(kind)
}

fn writes_marks(draft: &Draft, kind: KindId) -> bool {
    draft.steps.iter().any(|step| {
        let metadata = match &step.action {
            Action::Create(create) => Some(&create.metadata),
            Action::Update(update) => update.metadata.as_ref(),
            Action::Approve(_) | Action::Delete(_) => None,
        };
        step.address.kind == kind && metadata.is_some_and(|it| it.mark.is_some())
    })
}
