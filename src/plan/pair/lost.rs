//! Lost marks: some tools write metadata as a whole and leave a copy without its mark. What came with it, and nobody else
//! writes, still tells what it is a copy of.

use super::{How, Pairer};
use crate::model::{Idx, KindId, Origin, kind::Birth};

impl Pairer<'_> {
    /// A child that bears the mark and the natural key of a source child tells whose copy its parent is.
    pub(super) fn by_child(&mut self, kind: KindId) {
        let kinds = self.source.kinds;
        let telling = kinds.ids().filter(|child| {
            let row = kinds.row(*child);
            row.parent == Some(kind) && row.birth == Birth::FirstOfParent
        });
        let children: Vec<Idx> = telling
            .flat_map(|child| self.target.of_kind(child))
            .collect();
        for child in children {
            if let Some((source, target)) = self.parents_of_partners(child) {
                self.join(source, target, How::Child);
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
            && self.policy.origin(mark, &self.source.catalog) != Origin::Other;
        is_same.then_some(original)
    }

    /// One that leads nowhere is as good as none.
    fn has_lost_its_mark(&self, target: Idx) -> bool {
        let leads_nowhere =
            self.target[target].mark.is_none() || self.pairing.orphans.contains(&target);
        self.is_free(target) && leads_nowhere
    }
}
