//! Evidence: some answers hold for a kind as a whole. Nobody tells them, so all objects of the kind are looked at,
//! once.

use std::cell::OnceCell;

use crate::engine::{
    model::{Idx, KindId, KindTable},
    plan::{context::Context, pair::MatchedBy},
};

/// The answers that were found so far.
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
    /// The target evidently stores marks on a kind where one object of it bears its own.
    pub(crate) fn target_stores_marks(&self, kind: KindId) -> bool {
        self.evidence.bears_marks.ask(kind, || {
            let mut things = self.target.of_kind(kind);
            things.any(|idx| self.bears_own_mark(idx))
        })
    }

    /// The target evidently stores no marks on a kind where it has copies of this source's objects that could only be
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

    /// The target evidently stores metadata on a kind where any object of it has some.
    pub(crate) fn target_stores_metadata(&self, kind: KindId) -> bool {
        let stores = |idx: Idx| {
            let resource = &self.target[idx];
            self.bears_own_mark(idx) || resource.hint.is_some() || !resource.document.metadata().is_empty()
        };
        let find_out = || self.target.of_kind(kind).any(stores);
        self.evidence.stores_metadata.ask(kind, find_out)
    }

    /// Objects that this run makes will show whether the server stores marks on their kind; if it does, the next run
    /// would find the originals without one.
    pub(crate) fn run_makes_any(&self, kind: KindId) -> bool {
        let find_out = || self.source.of_kind(kind).any(|idx| self.is_to_be_made(idx));
        self.evidence.gets_new.ask(kind, find_out)
    }

    /// A source object is to be made where it should be on the target and nothing there answers to it.
    pub(crate) fn is_to_be_made(&self, idx: Idx) -> bool {
        let is_missing = self.scope.source(idx) && self.pairing.target(idx).is_none();
        is_missing && !self.source[idx].pending
    }

    /// A child that came with its parent and was not completed bears its parent's mark, so that mark tells nothing of
    /// what the server stores.
    fn bears_own_mark(&self, target: Idx) -> bool {
        let mark = self.target[target].mark.as_ref();
        let parent = self.target.parent(target);
        let inherited = parent.and_then(|parent| self.target[parent].mark.as_ref());
        mark.is_some_and(|mark| inherited.is_none_or(|inherited| inherited.id != mark.id))
    }
}
