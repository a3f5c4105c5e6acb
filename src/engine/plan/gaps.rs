//! Gaps forbid: one in the source leads to no change in its branch, one in the target to no creation and no deletion
//! there. A single row that cannot be used is one unknown object: it forbids deletions where that object could be, and
//! nothing else.

mod index;

use self::index::{Branch, Index, told};
use super::pair::Pairing;
use crate::engine::model::{Handle, Idx, Inventory, KindId, kind::ReferenceKind};

/// The gaps of both sides, ready to be asked. Every object asks, and there may be a gap in each of many thousand branches,
/// so nothing here walks over all of them.
pub(crate) struct Gaps<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    pairing: &'a Pairing,
    in_source: Index<'a>,
    in_target: Index<'a>,
}

impl<'a> Gaps<'a> {
    pub(super) fn new(source: &'a Inventory, target: &'a Inventory, pairing: &'a Pairing) -> Self {
        Self { source, target, pairing, in_source: Index::of(source), in_target: Index::of(target) }
    }

    /// Why nothing may change for a source object.
    pub(super) fn around_source(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() {
            return None;
        }
        let places = handles(self.source, idx);
        self.in_source.list_around(self.source[idx].kind, &places)
    }

    /// Why a child of this kind may not be created under a target parent.
    pub(super) fn below_target(&self, parent: Option<Idx>, kind: KindId) -> Option<String> {
        if self.in_target.is_empty() {
            return None;
        }
        self.in_target.list_around(kind, &self.places_of_parent(parent))
    }

    /// Why a target object may not be deleted: its own list is in doubt, or the list that would hold its original.
    pub(super) fn around_target(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() && self.in_target.is_empty() {
            return None;
        }
        let kind = self.target[idx].kind;
        let lineage = self.target.lineage(idx);
        let originals = lineage.filter_map(|idx| self.original_id(idx));
        let originals: Vec<Branch> = originals.map(Branch::Id).collect();
        self.in_target
            .list_around(kind, &handles(self.target, idx))
            .or_else(|| self.in_source.list_around(kind, &originals))
            .or_else(|| self.row_around_target(idx, &originals))
    }

    /// The row of the source that a target object, or something that it lives under, may be the copy of. What is paired
    /// has its original elsewhere.
    fn row_around_target(&self, idx: Idx, originals: &[Branch<'_>]) -> Option<String> {
        let lineage = self.target.lineage(idx);
        let unpaired = lineage.filter(|idx| self.pairing.source(*idx).is_none());
        let rows = unpaired.filter_map(|idx| {
            let kind = self.target[idx].kind;
            self.in_source.row_in(kind, originals)
        });
        rows.min()
    }

    /// Why something that takes the place of what bears its name may not be made on the target: a row there that cannot
    /// be used may be that very thing.
    pub(super) fn row_in_target(&self, parent: Option<Idx>, kind: KindId) -> Option<String> {
        self.in_target.row_in(kind, &self.places_of_parent(parent))
    }

    fn places_of_parent(&self, parent: Option<Idx>) -> Vec<Branch<'_>> {
        let places = parent.map(|parent| handles(self.target, parent));
        places.unwrap_or_default()
    }

    /// The row of the target that says to be the copy of a source object.
    pub(super) fn row_of_copy(&self, idx: Idx) -> Option<String> {
        let original = &self.source[idx];
        let rows = self.in_target.rows_marked(original.kind, original.handle.id());
        let copy = rows.into_iter().find(|gap| {
            let mark = gap.row.as_ref().and_then(|row| row.mark.as_ref());
            mark.is_some_and(|mark| mark.is_of(&self.source.catalog))
        });
        copy.map(|gap| told(gap, self.target.kinds))
    }

    /// Why a target object may not be deleted with all below it: not all of that could be seen.
    pub(super) fn inside_target(&self, idx: Idx) -> Option<String> {
        let resource = &self.target[idx];
        let is_inside = |under: &Handle| {
            let rest = under.as_str().strip_prefix(resource.handle.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let own = Some(resource.handle.id());
        let in_target = self.in_target.inside(resource.kind, own, is_inside);
        let original = self.original_id(idx);
        let in_source = self.in_source.inside(resource.kind, original, |_| true);
        in_target.into_iter().chain(in_source).min()
    }

    /// Why what lives by an object of this kind is not all known, on either side.
    pub(super) fn around_living(&self, kind: KindId) -> Option<String> {
        let kinds = self.target.kinds;
        let lives_by = |other: KindId| {
            let mut references = kinds.row(other).references.iter();
            references.any(|it| it.kind == kind && it.bond == ReferenceKind::LivesBy)
        };
        let dependent_kinds = kinds.ids().filter(|it| lives_by(*it));
        let sides = [&self.in_target, &self.in_source];
        let reasons = dependent_kinds.flat_map(|kind| sides.map(|side| side.anywhere(kind)));
        reasons.flatten().min()
    }

    /// Why something of this kind may not be written with what it is said to name: the source's list of that is in
    /// doubt.
    pub(super) fn in_source_list(&self, kind: KindId) -> Option<String> {
        self.in_source.list_around(kind, &[]).or_else(|| self.in_source.row_anywhere(kind))
    }

    fn original_id(&self, target: Idx) -> Option<&'a str> {
        let mark = || self.target[target].mark.as_ref().map(|mark| &*mark.id);
        let source = self.pairing.source(target);
        source.map_or_else(mark, |source| Some(self.source[source].handle.id()))
    }
}

/// An object is in the branches of everything that it lives under, by the handles of their server.
fn handles(inventory: &Inventory, idx: Idx) -> Vec<Branch<'_>> {
    let lineage = inventory.lineage(idx);
    lineage.map(|idx| Branch::Handle(inventory[idx].handle.as_str())).collect()
}
