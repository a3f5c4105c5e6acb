//! Objects that only the target has are never touched, but told by name, because after a fail-over somebody must decide
//! about them.

use crate::engine::{
    model::{
        Address, Idx, KindTable,
        kind::{Identity, RemovalRule},
    },
    plan::{context::Context, remark::Remark, rules::unmarked_children::DELETE_UNMARKED_CHILDREN},
};

/// Something that only the target has and that is not the tool's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyOnTarget {
    /// The address on the target.
    pub address: Address,
    /// When its server says it was made, in milliseconds since 1970; zero where it does not say.
    pub created_at: i64,
    /// It bears somebody's mark.
    pub bears_mark: bool,
    /// It hangs on an original of what the source has, which once had a copy of it perhaps.
    pub is_open: bool,
}

impl Context<'_> {
    /// An object that only the target has is told with what helps to decide about it.
    pub(crate) fn only_on_target(&self, idx: Idx) -> OnlyOnTarget {
        let resource = &self.target[idx];
        OnlyOnTarget {
            address: self.target.address(idx),
            created_at: resource.created_at,
            bears_mark: resource.mark.is_some(),
            is_open: self.is_open(idx),
        }
    }

    /// A key that was revoked on the source while the target's was the original looks like one that was made on the target.
    /// Below a copy it is known: there what is kept for want of a mark has a remark of its own (`unmarked_children.rs`), and what
    /// bears none where marks are kept was made on the target.
    fn is_open(&self, idx: Idx) -> bool {
        let kind = self.target[idx].kind;
        let row = self.row(kind);
        self.is_replicated(kind)
            && !self.source.is_in_doubt(kind)
            && row.identity == Identity::Natural
            && row.removal == RemovalRule::Explicit
            && self.target.parent(idx).is_some_and(|parent| self.is_unmanaged_original(parent))
            && !self.is_named_by_parent(self.target, idx)
            && !self.is_of_fallback(idx)
    }
}

/// Objects that only the target has are counted, where somebody has to decide about them.
pub(crate) fn remark(kinds: &KindTable, things: &[OnlyOnTarget]) -> Option<Remark> {
    let open = || things.iter().filter(|it| it.is_open);
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
                "{} {are} on the target only, below originals of what the source has: revoked on the source, or made on the \
                 target; there it still works",
                counts.join(" and ")
            ),
            "delete on the target what was revoked; what was made there may stay, and a sync the other way carries it",
        )
    })
}

/// The name of the remark.
const ONLY_ON_TARGET: &str = "only_on_target";

/// A remark of this name asks people to decide about something that only the target has.
#[must_use]
pub fn asks(check: &str) -> bool {
    [ONLY_ON_TARGET, DELETE_UNMARKED_CHILDREN].contains(&check)
}
