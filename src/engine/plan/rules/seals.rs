//! Seals: when those that are there tell of a wrong key (behaviour.md, "A mark is a claim, not a proof").

use crate::engine::{
    model::{Idx, Inventory, KindId, Seal, seal::is_bound_by_id},
    plan::{Plan, context::Context, remark::Remark},
};

/// Where there are seals on what would pass for copies without, and none at all is valid, the key is another one than
/// they were made with. A single forged seal on somebody's own organization says nothing: neither its name nor its
/// owner is that of the organization whose mark it bears. One valid seal, on whatever it is, proves the key, so that
/// nobody stops the sync by spoiling the seal of the only organization.
pub(crate) fn remark_on_seals(context: &Context<'_>, mut plan: Plan) -> Plan {
    plan.remarks.extend(remark(context));
    plan
}

fn remark(context: &Context<'_>) -> Option<Remark> {
    let Context { source, target, policy, .. } = context;
    policy.mark_keys.as_ref()?;
    if target.ids().any(|idx| target[idx].seal.is_valid()) {
        return None;
    }
    let tops = target.kinds.ids();
    let tops = tops.filter(|kind| is_bound_by_id(target.kinds.row(*kind)));
    let tops: Vec<KindId> = tops.collect();
    let sealed: Vec<String> = tops.iter().map(|kind| format!("{}s", target.kinds.row(*kind).singular)).collect();
    let wrong = tops.into_iter().flat_map(|kind| target.of_kind(kind)).filter(|idx| target[*idx].seal == Seal::Wrong);
    let count = wrong.filter(|idx| passes_for_copy(source, target, *idx)).count();
    (count > 0).then(|| {
        Remark::error(
            "MARK_KEY",
            format!(
                "the target has {count} seals on {}, and none of them was made with MARK_KEY or MARK_KEY_PREVIOUS",
                sealed.join(" and ")
            ),
            "set MARK_KEY to the key of the former runs, which is the same in both directions, or name that key in \
             MARK_KEY_PREVIOUS",
        )
    })
}

/// An object passes for a copy that bears the mark of one of the source with its name or its owner.
fn passes_for_copy(source: &Inventory, target: &Inventory, idx: Idx) -> bool {
    let copy = &target[idx];
    let mark = copy.mark.as_ref().filter(|mark| mark.is_of(&source.catalog));
    let Some(original) = mark.and_then(|mark| source.find(copy.kind, &mark.id)) else {
        return false;
    };
    let original = &source[original];
    let mut references = target.kinds.row(copy.kind).references.iter();
    let is_same = |field: &str| {
        let value = copy.document.field(field);
        !value.is_null() && value == original.document.field(field)
    };
    original.key() == copy.key() || references.any(|it| is_same(it.field))
}
