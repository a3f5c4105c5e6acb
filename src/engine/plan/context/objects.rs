//! Questions about single objects and kinds: which may be touched, which depend on which, and which the target lacks.

use std::collections::HashMap;

use crate::engine::{
    model::{Idx, Inventory, Kind, KindId, kind::ReferenceKind},
    plan::{context::Context, step::Cause},
};

impl Context<'_> {
    /// A pair must not be touched in a branch that the source's lists leave in doubt, nor where another sync owns the
    /// target object.
    pub(crate) fn reason_not_to_touch(&self, idx: Idx, target: Idx) -> Option<Cause> {
        if let Some(reason) = self.gaps.around_source(idx) {
            return Some(Cause::Gap(reason));
        }
        self.pairing.foreign.contains(&target).then(|| {
            Cause::Conflict(format!(
                "{} {} belongs to another sync (its `source_catalog` names another catalog)",
                self.row(self.target[target].kind).singular,
                self.target.address(target)
            ))
        })
    }

    pub(crate) fn is_replicated(&self, kind: KindId) -> bool {
        self.policy.replicates(self.source.kinds, kind)
    }

    pub(crate) fn row(&self, kind: KindId) -> &'static Kind {
        self.source.kinds.row(kind)
    }

    /// A target object is contested where something on the source lays claim to it and does not get it.
    pub(crate) fn is_contested(&self, target: Idx) -> bool {
        self.pairing.left_alone.contains_key(&target) || self.pairing.rivals.contains(&target)
    }

    /// Objects that live by another one vanish with it. Finding them takes a look at everything, so it is done once,
    /// and only in runs that need it.
    pub(crate) fn dependents_on_source(&self, idx: Idx) -> Vec<Idx> {
        self.source_dependents.get_or_init(|| Dependents::of(self.source)).by(idx)
    }

    /// The same on the target.
    pub(crate) fn dependents_on_target(&self, idx: Idx) -> Vec<Idx> {
        self.target_dependents.get_or_init(|| Dependents::of(self.target)).by(idx)
    }

    /// Finding the carriers of a part takes a look at every carrier, so it is done once.
    pub(crate) fn carriers_on_target(&self, part: Idx) -> &[Idx] {
        let all = || {
            let mut carriers: HashMap<Idx, Vec<Idx>> = HashMap::new();
            for carrier in self.target.ids() {
                for part in self.target.carried(carrier) {
                    carriers.entry(part).or_default().push(carrier);
                }
            }
            carriers
        };
        let carriers = self.target_carriers.get_or_init(all).get(&part);
        carriers.map_or(&[], Vec::as_slice)
    }
}

/// Which objects live by which one.
#[derive(Debug, Default)]
pub(crate) struct Dependents(HashMap<Idx, Vec<Idx>>);

impl Dependents {
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let mut found: HashMap<Idx, Vec<Idx>> = HashMap::new();
        for kind in inventory.kinds.ids() {
            let references = inventory.kinds.row(kind).references.iter();
            for reference in references.filter(|it| it.bond == ReferenceKind::LivesBy) {
                for dependent in inventory.of_kind(kind) {
                    for named in inventory.named(dependent, reference) {
                        found.entry(named).or_default().push(dependent);
                    }
                }
            }
        }
        Self(found)
    }

    /// The objects that live by one.
    pub(crate) fn by(&self, idx: Idx) -> Vec<Idx> {
        self.0.get(&idx).cloned().unwrap_or_default()
    }
}
