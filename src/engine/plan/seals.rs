//! Seals: when one is due on a target object, and when those that are there tell of a wrong key (behaviour.md, "A mark is a
//! claim, not a proof").

use serde_json::Value;

use super::{Policy, Remark, build::Builder, pair::MatchedBy};
use crate::engine::{
    change::{FieldChange, shown::NOT_SHOWN},
    model::{
        Idx, Inventory, Seal,
        document::METADATA,
        mark::SOURCE_SEAL,
        seal::{bound_to_key, is_bound_by_id},
    },
};

impl Builder<'_> {
    /// The seal that an organization gets at once: without one of its own its mark is as good as anybody's. One that was made
    /// with the key before, and any on other kinds, is replaced when there is another reason to write.
    pub(super) fn sealing(&self, idx: Idx, target: Idx, how: MatchedBy) -> Option<FieldChange> {
        let partner = &self.target[target];
        let is_sealed = matches!(partner.seal, Seal::Right | Seal::Previous);
        let is_due = is_bound_by_id(self.row(partner.kind)) && !is_sealed;
        (is_due && self.gets_seal(idx, target, how)).then(|| FieldChange {
            path: format!("/{METADATA}/{SOURCE_SEAL}"),
            before: match partner.seal {
                Seal::Absent => Value::Null,
                _ => NOT_SHOWN.into(),
            },
            after: NOT_SHOWN.into(),
        })
    }

    /// Whether a partner that is written anyway needs a seal with it, or another one than it has.
    pub(super) fn needs_seal(&self, idx: Idx, target: Idx, how: MatchedBy) -> bool {
        self.gets_seal(idx, target, how) && (self.target[target].seal != Seal::Right || self.is_bound_anew(idx, target))
    }

    /// Whether a partner bears a mark of this sync once it is written, and a seal along with it.
    fn gets_seal(&self, idx: Idx, target: Idx, how: MatchedBy) -> bool {
        let mark = self.mark_due(&self.source[idx], &self.target[target], how);
        self.policy.mark_keys.is_some() && mark == Some(self.mark_of(&self.source[idx]))
    }

    /// Whether what a seal is bound to changes with the write.
    fn is_bound_anew(&self, idx: Idx, target: Idx) -> bool {
        let partner = &self.target[target];
        let bound = |key: &str| bound_to_key(self.target.kinds, partner.kind, "", key);
        !is_bound_by_id(self.row(partner.kind)) && bound(&self.key_due(idx, target)) != bound(partner.key())
    }
}

/// What the seals of the target tell of the key: where there are some on what would pass for copies without, and none at all
/// is valid, the key is another one than they were made with. A single forged seal on somebody's own organization says
/// nothing: neither its name nor its owner is that of the organization whose mark it bears. One valid seal, on whatever it
/// is, proves the key, so that nobody stops the sync by spoiling the seal of the only organization.
pub(super) fn remark(source: &Inventory, target: &Inventory, policy: &Policy) -> Option<Remark> {
    policy.mark_keys.as_ref()?;
    if target.ids().any(|idx| target[idx].seal.is_valid()) {
        return None;
    }
    let tops = target.kinds.ids();
    let tops = tops.filter(|kind| is_bound_by_id(target.kinds.row(*kind)));
    let wrong = tops.flat_map(|kind| target.of_kind(kind)).filter(|idx| target[*idx].seal == Seal::Wrong);
    let count = wrong.filter(|idx| passes_for_copy(source, target, *idx)).count();
    (count > 0).then(|| {
        Remark::error(
            "MARK_KEY",
            format!(
                "the target has {count} seals on consumer organizations, and none of them was made with MARK_KEY or \
                 MARK_KEY_PREVIOUS"
            ),
            "set MARK_KEY to the key of the former runs, which is the same in both directions, or name that key in \
             MARK_KEY_PREVIOUS",
        )
    })
}

/// Whether an object bears the mark of one of the source that has its name or its owner.
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
