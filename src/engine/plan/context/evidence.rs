//! Evidence: what holds for a kind as a whole. Nobody tells, so all things of the kind are looked at, once.

use crate::engine::{
    model::{Idx, KindId, KindTable},
    plan::{context::Context, pair::MatchedBy},
};
use std::cell::OnceCell;

/// What was found out so far.
pub(crate) struct Evidence {
    bears_marks: OfKinds,
    bears_no_marks: OfKinds,
    stores_metadata: OfKinds,
    gets_new: OfKinds,
}

/// One answer for each kind.
struct OfKinds(Vec<OnceCell<bool>>);

impl Evidence {
    pub(crate) fn new(kinds: &KindTable) -> Self {
        let open = || OfKinds(kinds.ids().map(|_| OnceCell::new()).collect());
        Self { bears_marks: open(), bears_no_marks: open(), stores_metadata: open(), gets_new: open() }
    }
}

impl OfKinds {
    fn ask(&self, kind: KindId, find_out: impl FnOnce() -> bool) -> bool {
        *self.0[usize::from(kind.0)].get_or_init(find_out)
    }
}

impl Context<'_> {
    /// Whether the target evidently stores marks on a kind.
    pub(crate) fn target_stores_marks(&self, kind: KindId) -> bool {
        self.evidence.bears_marks.ask(kind, || {
            let mut things = self.target.of_kind(kind);
            things.any(|idx| self.bears_own_mark(idx))
        })
    }

    /// Whether the target evidently stores no marks on a kind: it has copies of this source's things that could only be
    /// found by natural key, and not one mark.
    pub(crate) fn target_stores_no_marks(&self, kind: KindId) -> bool {
        let how = |idx: Idx| {
            let source = self.pairing.source(idx)?;
            self.pairing.how(source)
        };
        self.evidence.bears_no_marks.ask(kind, || {
            let mut things = self.target.of_kind(kind);
            !self.target_stores_marks(kind) && things.any(|idx| how(idx) == Some(MatchedBy::NaturalKey))
        })
    }

    /// Whether the target evidently stores metadata on a kind.
    pub(crate) fn target_stores_metadata(&self, kind: KindId) -> bool {
        let stores = |idx: Idx| {
            let resource = &self.target[idx];
            self.bears_own_mark(idx) || resource.hint.is_some() || !resource.document.metadata().is_empty()
        };
        let find_out = || self.target.of_kind(kind).any(stores);
        self.evidence.stores_metadata.ask(kind, find_out)
    }

    /// Whether this run makes things of a kind: these will show whether the server stores marks on it, and if it does,
    /// the next run would find the originals without one.
    pub(crate) fn run_makes_any(&self, kind: KindId) -> bool {
        let find_out = || self.source.of_kind(kind).any(|idx| self.is_to_be_made(idx));
        self.evidence.gets_new.ask(kind, find_out)
    }

    /// Whether a source object should be on the target and has nothing there that answers to it.
    pub(crate) fn is_to_be_made(&self, idx: Idx) -> bool {
        let is_missing = self.scope.source(idx) && self.pairing.target(idx).is_none();
        is_missing && !self.source[idx].pending
    }

    /// What came with its parent and was not completed is known by the parent's mark, which no metadata has told.
    fn bears_own_mark(&self, target: Idx) -> bool {
        let mark = self.target[target].mark.as_ref();
        let parent = self.target.parent(target);
        let inherited = parent.and_then(|parent| self.target[parent].mark.as_ref());
        mark.is_some_and(|mark| inherited.is_none_or(|inherited| inherited.id != mark.id))
    }
}
