//! Lost marks: some tools write metadata as a whole and leave a copy without its mark, and some runs die before they have
//! written it. What came with a copy, and nobody else writes, still tells what it is a copy of; and so does the copy of what
//! came with it.

use super::{MatchedBy, Pairer};
use crate::engine::model::{Idx, KindId, MarkOrigin, kind::MadeWithParent};

impl Pairer<'_> {
    /// A child that bears the mark and the natural key of a source child tells whose copy its parent is.
    pub(super) fn by_child(&mut self, kind: KindId) {
        let kinds = self.source.kinds;
        let telling = kinds.ids().filter(|child| {
            let row = kinds.row(*child);
            row.parent == Some(kind) && row.birth == MadeWithParent::FirstOfParent
        });
        let children: Vec<Idx> = telling.flat_map(|child| self.target.of_kind(child)).collect();
        for child in children {
            if let Some((source, target)) = self.parents_of_partners(child) {
                self.join(source, target, MatchedBy::Child);
            }
        }
    }

    fn parents_of_partners(&self, child: Idx) -> Option<(Idx, Idx)> {
        let target = self.target.parent(child)?;
        let original = self.original_of_child(child)?;
        let source = self.source.parent(original)?;
        let is_ours = self.has_lost_its_mark(target)
            && self.pairing.target(source).is_none()
            && self.parents_are_partners(source, target);
        is_ours.then_some((source, target))
    }

    fn original_of_child(&self, child: Idx) -> Option<Idx> {
        let resource = &self.target[child];
        let mark = resource.mark.as_ref()?;
        let original = *self.source_ids.get(&(resource.kind, &*mark.id))?;
        let is_same = self.source[original].key() == resource.key()
            && self.policy.origin(mark, &self.source.catalog) != MarkOrigin::Other;
        is_same.then_some(original)
    }

    /// One that leads nowhere is as good as none.
    fn has_lost_its_mark(&self, target: Idx) -> bool {
        let leads_nowhere = self.target[target].mark.is_none() || self.pairing.orphans.contains(&target);
        self.is_free(target) && leads_nowhere
    }

    /// A child that a server made along with a copy, and that a run which died could not complete, bears the mark of
    /// the copy itself. It becomes the first child that has no partner.
    pub(super) fn by_birth(&mut self, kind: KindId) {
        if self.source.kinds.row(kind).birth != MadeWithParent::FirstOfParent
            || self.source.has_gap(kind)
            || self.source.has_row_gap(kind)
        {
            return;
        }
        let born: Vec<Idx> = self
            .target
            .of_kind(kind)
            .filter(|target| self.is_free(*target) && self.pairing.orphans.contains(target))
            .collect();
        for target in born {
            if let Some(source) = self.first_without_partner(target) {
                self.join(source, target, MatchedBy::ReMark);
            }
        }
    }

    /// The first child without a partner of the source object whose mark a child of its copy bears.
    fn first_without_partner(&self, target: Idx) -> Option<Idx> {
        let parent = self.pairing.source(self.target.parent(target)?)?;
        let mark = self.target[target].mark.as_ref()?;
        if *mark.id != *self.source[parent].handle.id() {
            return None;
        }
        let children = self.source.children(parent, self.target[target].kind);
        let free = children.filter(|source| self.pairing.target(*source).is_none());
        free.min_by_key(|source| (self.source[*source].created_at, *source))
    }
}
