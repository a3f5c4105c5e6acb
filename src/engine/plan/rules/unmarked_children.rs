//! Children that have gone from the source stay for want of a mark, where the target shows none on their kind. Somebody
//! has to look at them.

use crate::engine::{
    model::{KindId, kind::RemovalRule},
    plan::{context::Context, draft::Draft, remark::Remark},
};

/// The setting that decides about what bears no mark.
pub(crate) const DELETE_UNMARKED_CHILDREN: &str = "DELETE_UNMARKED_CHILDREN";

/// Children that have gone from the source may still be valid on the target, so they are counted.
pub(crate) fn remark(context: &Context<'_>, draft: &Draft) -> Option<Remark> {
    let counted: Vec<String> = context
        .source
        .kinds
        .reported()
        .filter_map(|kind| {
            let count = kept_for_want_of_a_mark(context, draft, kind);
            (count > 0).then(|| format!("{count} {}", context.row(kind).name))
        })
        .collect();
    if counted.is_empty() {
        return None;
    }
    Some(Remark::warning(
        DELETE_UNMARKED_CHILDREN,
        format!(
            "the target has {} below what this tool made that the source has not, and shows no marks on these kinds: \
             what was revoked on the source may still be valid on the target",
            counted.join(", ")
        ),
        "look at them (only_on_target) and delete what should not be there; if nobody but this tool makes any below \
         its copies, DELETE_UNMARKED_CHILDREN=true deletes them",
    ))
}

fn kept_for_want_of_a_mark(context: &Context<'_>, draft: &Draft, kind: KindId) -> usize {
    let is_sure = context.source.is_whole(kind) && context.target.is_whole(kind) && !context.source.has_row_gap(kind);
    let is_deleted = context.is_replicated(kind) && context.row(kind).removal == RemovalRule::Explicit;
    if !is_sure || !is_deleted || context.target_stores_metadata(kind) {
        return 0;
    }
    let kept = context.target.of_kind(kind).filter(|target| {
        context.scope.target(*target)
            && context.pairing.source(*target).is_none()
            && context.is_unmarked_below_copy(*target)
            && !context.is_ours_without_mark(*target)
            && !draft.is_removed(*target)
    });
    kept.count()
}
