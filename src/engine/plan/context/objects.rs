//! Questions about single objects and kinds: which may be touched, which depend on which, and which the target lacks.

use std::collections::HashMap;

use crate::engine::{
    model::{
        Idx, Inventory, Kind, KindId,
        kind::{Presence, ReferenceKind, Role},
    },
    plan::{context::Context, pair::Partners, step::Cause},
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

    /// A partner whose home is wider than the catalog may have been made by another catalog's sync, which then keeps it
    /// up to date.
    pub(crate) fn is_kept_by_another_sync(&self, pair: Partners) -> bool {
        self.pairing.foreign.contains(&pair.target)
            && self.row(self.source[pair.source].kind).presence == Presence::ByReference
    }

    /// The text says that the target lacks an object.
    pub(crate) fn missing_on_target(&self, idx: Idx) -> String {
        let address = self.source.address(idx);
        self.missing_at(address.kind, &address.path)
    }

    /// The text names what the target has instead, so that a misspelt name is seen.
    pub(crate) fn missing_at(&self, kind: KindId, path: &str) -> String {
        let row = self.source.kinds.row(kind);
        let known: Vec<String> = self
            .target
            .of_kind(kind)
            .filter(|_| row.task == Role::Prerequisite)
            .map(|idx| self.target.address(idx).path.to_string())
            .collect();
        let known = if known.is_empty() { String::new() } else { format!(" (it has: {})", known.join(", ")) };
        let advice = match row.task {
            Role::Prerequisite => " (`check` says how to add it)",
            Role::Replicate => "",
        };
        format!("the target has no {} {path}{known}{advice}", row.singular)
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
