//! Evidence: some answers hold for a kind as a whole. Nobody tells them, so all objects of the kind are looked at,
//! once.

use std::cell::OnceCell;

use crate::engine::{
    model::{
        Idx, KindId, KindTable,
        kind::{Identity, Marking, Role},
    },
    plan::{context::Context, pair::MatchedBy},
};

/// The answers that were found so far.
pub(crate) struct Evidence {
    stores_marks: OfKinds,
    stores_no_marks: OfKinds,
    stores_metadata: OfKinds,
    makes_any: OfKinds,
}

/// One answer for each kind.
struct OfKinds(Vec<OnceCell<bool>>);

impl Evidence {
    pub(crate) fn new(kinds: &KindTable) -> Self {
        let open = || OfKinds(kinds.ids().map(|_| OnceCell::new()).collect());
        Self { stores_marks: open(), stores_no_marks: open(), stores_metadata: open(), makes_any: open() }
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
        self.evidence.stores_marks.ask(kind, || {
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
        self.evidence.stores_no_marks.ask(kind, || {
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
        self.evidence.makes_any.ask(kind, find_out)
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

    /// Where the server evidently keeps no notes on objects that this tool made, nothing remembers what it did not
    /// take, and only the likeness of the values tells.
    pub(crate) fn keeps_no_notes(&self, target: Idx) -> bool {
        let partner = &self.target[target];
        let is_made_here = self.target.parent(target).is_none_or(|parent| {
            let is_found = self.row(self.target[parent].kind).task == Role::Prerequisite;
            is_found || self.target[parent].is_copy_from(&self.source.catalog)
        });
        let row = self.row(partner.kind);
        // A kind that only a creation marks gets no notes either where none of it has any.
        let gets_none = row.marking == Marking::Created
            || !self.target_stores_metadata(partner.kind) && self.target_stores_no_marks(partner.kind);
        row.identity == Identity::Natural
            && partner.mark.is_none()
            && partner.not_taken.is_none()
            && is_made_here
            && gets_none
    }
}
