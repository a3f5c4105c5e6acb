//! What is made only because others name it, where none of those is carried: it waits with them (behaviour.md, "Users").
//! Nobody would use it, and where no list shows it before somebody does, every run would make it again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Cause, StepId,
    build::{Builder, Fate},
};
use crate::model::{Idx, KindId, kind::Presence};

/// Of those who name a thing: the first that is withheld, unless one of them is carried.
#[derive(Default)]
struct Users {
    withheld: Option<(Idx, bool)>,
    is_one_carried: bool,
}

impl Builder<'_> {
    /// The creations that nothing in this run has a use for.
    pub(super) fn needless_creations(&self) -> BTreeMap<StepId, Cause> {
        let users = self.users_of_what_is_made();
        let mut needless = BTreeMap::new();
        for (made, users) in users {
            let Fate::Creating(step) = self.fates[made.number()] else {
                continue;
            };
            if let (Some((top, incomplete)), false) = (users.withheld, users.is_one_carried) {
                let top = self.source.address(top).path.to_string();
                needless.insert(step, Cause::Follows { top, incomplete });
            }
        }
        needless
    }

    fn users_of_what_is_made(&self) -> HashMap<Idx, Users> {
        let kinds = self.source.kinds;
        let by_reference = |kind: &KindId| kinds.row(*kind).presence == Presence::ByReference;
        let wanted: BTreeSet<KindId> = kinds.ids().filter(by_reference).collect();
        let mut users: HashMap<Idx, Users> = HashMap::new();
        for idx in self.source.ids() {
            let references = kinds.row(self.source[idx].kind).references.iter();
            let named = references
                .filter(|reference| wanted.contains(&reference.kind))
                .flat_map(|reference| self.source.named(idx, reference));
            for named in named {
                users
                    .entry(named)
                    .or_default()
                    .add(idx, self.fates[idx.number()]);
            }
        }
        users
    }
}

impl Users {
    fn add(&mut self, idx: Idx, fate: Fate) {
        match fate {
            Fate::Withheld(incomplete) => {
                self.withheld.get_or_insert((idx, incomplete));
            }
            Fate::Present | Fate::Creating(_) => self.is_one_carried = true,
            Fate::Out | Fate::Absent => {}
        }
    }
}
