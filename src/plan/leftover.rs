//! What only the target has: never touched, but told by name, because after a fail-over somebody must decide about it.

use super::{Remark, build::Builder};
use crate::model::{
    Address, Idx, KindTable,
    kind::{Birth, Identity, Removal},
};

/// Something that only the target has and that is not the tool's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// What it is called.
    pub address: Address,
    /// When its server says it was made, in milliseconds since 1970; zero where it does not say.
    pub created_at: i64,
    /// Whether it bears somebody's mark.
    pub bears_mark: bool,
    /// Whether it hangs on something that is kept like the source's, which once had it perhaps.
    pub is_open: bool,
}

impl Builder<'_> {
    /// What is to be told of a thing that only the target has.
    pub(super) fn leftover(&self, idx: Idx) -> Leftover {
        let resource = &self.target[idx];
        Leftover {
            address: self.target.address(idx),
            created_at: resource.created_at,
            bears_mark: resource.mark.is_some(),
            is_open: self.is_open(idx),
        }
    }

    /// A key that the source has revoked and one that was made on the target look alike where nothing marks them. Members
    /// count only where the target stores no marks on them: otherwise one without a mark was made there.
    fn is_open(&self, idx: Idx) -> bool {
        let row = self.row(self.target[idx].kind);
        let may_come_along = matches!(row.birth, Birth::NamedByParent { .. });
        let parent = self.target.parent(idx);
        let kind = self.target[idx].kind;
        self.is_replicated(kind)
            && !self.source.is_in_doubt(kind)
            && row.identity == Identity::Natural
            && row.removal == Removal::Explicit
            && parent.is_some_and(|parent| self.pairing.source(parent).is_some())
            && (!may_come_along || self.bears_no_marks(self.target[idx].kind))
            && !self.is_named_by_parent(self.target, idx)
            && !self.is_of_stand_in(idx)
    }
}

/// What people should know of things that only the target has.
pub(super) fn remark(kinds: &KindTable, leftovers: &[Leftover]) -> Option<Remark> {
    let open = || leftovers.iter().filter(|it| it.is_open);
    let counts: Vec<String> = kinds
        .reported()
        .map(|kind| {
            let number = open().filter(|it| it.address.kind == kind).count();
            (number, kinds.row(kind))
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, row)| match number {
            1 => format!("1 {}", row.singular),
            _ => format!("{number} {}", row.name),
        })
        .collect();
    let are = if open().count() == 1 { "is" } else { "are" };
    (!counts.is_empty()).then(|| {
        Remark::warning(
            ONLY_ON_TARGET,
            format!(
                "{} {are} on the target only, below what this run keeps like the source: revoked on the source, or made on \
                 the target; there it still works",
                counts.join(" and ")
            ),
            "delete on the target what was revoked; what was made there may stay, and a sync the other way carries it. \
             Where the target stores no marks, DELETE_UNMARKED_CHILDREN=true deletes all of it",
        )
    })
}

/// What the remark is about.
pub const ONLY_ON_TARGET: &str = "only_on_target";
