//! What is made only because others name it, where none of those is carried: it waits with them (behaviour.md, "Users").
//! Nobody would use it, and where no list shows it before somebody does, every run would make it again.

use std::collections::{BTreeMap, HashMap};

use super::{
    Cause, StepId,
    build::{Builder, Decision},
};
use crate::engine::model::{Idx, KindId, kind::Presence};

/// Of those who name a thing: the first that is withheld, unless one of them is carried.
#[derive(Default)]
struct Referrers {
    withheld: Option<(Idx, bool)>,
    is_one_carried: bool,
}

impl Builder<'_> {
    /// The creations that nothing in this run has a use for.
    pub(super) fn needless_creations(&self) -> BTreeMap<StepId, Cause> {
        let mut made = self.made_by_reference();
        // Most runs make none, and everything on the source would be asked whom it names.
        if !made.is_empty() {
            self.note_users(&mut made);
        }
        let needless = made.into_values().filter_map(|(step, users)| {
            let (top, incomplete) = users.withheld.filter(|_| !users.is_one_carried)?;
            let top = self.source.address(top).path.to_string();
            Some((step, Cause::Follows { top, incomplete }))
        });
        needless.collect()
    }

    /// What this run makes because others name it, still without these.
    fn made_by_reference(&self) -> HashMap<Idx, (StepId, Referrers)> {
        let kinds = self.source.kinds;
        let by_reference = |kind: &KindId| kinds.row(*kind).presence == Presence::ByReference;
        let things = kinds.ids().filter(by_reference);
        let things = things.flat_map(|kind| self.source.of_kind(kind));
        let made = things.filter_map(|idx| match self.fates[idx.number()] {
            Decision::Creating(step) => Some((idx, (step, Referrers::default()))),
            _ => None,
        });
        made.collect()
    }

    fn note_users(&self, made: &mut HashMap<Idx, (StepId, Referrers)>) {
        let kinds = self.source.kinds;
        for idx in self.source.ids() {
            let references = kinds.row(self.source[idx].kind).references.iter();
            let named = references
                .filter(|it| kinds.row(it.kind).presence == Presence::ByReference)
                .flat_map(|reference| self.source.named(idx, reference));
            for named in named {
                if let Some((_, users)) = made.get_mut(&named) {
                    users.add(idx, self.fates[idx.number()]);
                }
            }
        }
    }
}

impl Referrers {
    fn add(&mut self, idx: Idx, fate: Decision) {
        match fate {
            Decision::Withheld(incomplete) => {
                self.withheld.get_or_insert((idx, incomplete));
            }
            Decision::Present | Decision::Creating(_) => self.is_one_carried = true,
            Decision::Out | Decision::Absent => {}
        }
    }
}
