//! What gaps forbid: a gap in the source leads to no change in its branch, a gap in the target to no creation and no
//! deletion there.

use std::collections::HashMap;

use super::pair::Pairing;
use crate::model::{Gap, Handle, Idx, Inventory, KindId, kind::Bond};

/// The gaps of both sides, ready to be asked.
pub(super) struct Gaps<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    pairing: &'a Pairing,
    in_source: Index<'a>,
    in_target: Index<'a>,
}

type Index<'a> = HashMap<(KindId, Option<&'a str>), &'a Gap>;

impl<'a> Gaps<'a> {
    pub(super) fn new(source: &'a Inventory, target: &'a Inventory, pairing: &'a Pairing) -> Self {
        Self {
            source,
            target,
            pairing,
            in_source: index(&source.gaps),
            in_target: index(&target.gaps),
        }
    }

    /// Why nothing may change for a source object.
    pub(super) fn around_source(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() {
            return None;
        }
        let lineage = handles(self.source, idx);
        look_up(&self.in_source, self.source, idx, |handle| {
            lineage.contains(&handle)
        })
    }

    /// Why a child of this kind may not be created under a target parent.
    pub(super) fn below_target(&self, parent: Option<Idx>, kind: KindId) -> Option<String> {
        if self.in_target.is_empty() {
            return None;
        }
        let lineage = parent
            .map(|parent| handles(self.target, parent))
            .unwrap_or_default();
        find(&self.in_target, self.target, kind, |handle| {
            lineage.contains(&handle)
        })
    }

    /// Why a target object may not be deleted: its own list is in doubt, or the list that would hold its original.
    pub(super) fn around_target(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() && self.in_target.is_empty() {
            return None;
        }
        let own = handles(self.target, idx);
        let originals: Vec<String> = self
            .target
            .lineage(idx)
            .filter_map(|idx| self.original_id(idx))
            .collect();
        look_up(&self.in_target, self.target, idx, |handle| {
            own.contains(&handle)
        })
        .or_else(|| {
            look_up(&self.in_source, self.target, idx, |handle| {
                originals.iter().any(|id| Handle::new(handle).id() == id)
            })
        })
    }

    /// Why a target object may not be deleted with all below it: not all of that could be seen.
    pub(super) fn inside_target(&self, idx: Idx) -> Option<String> {
        let resource = &self.target[idx];
        let original = self.original_id(idx);
        let holds = |gap: &Gap| {
            gap.kind != resource.kind && self.target.kinds.is_or_holds(resource.kind, gap.kind)
        };
        let in_target = self.target.gaps.iter().filter(|gap| {
            let inside = |under: &Handle| {
                let rest = under.as_str().strip_prefix(resource.handle.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            holds(gap) && gap.under.as_ref().is_none_or(inside)
        });
        let in_source = self.source.gaps.iter().filter(|gap| {
            let inside = |under: &Handle| {
                under
                    .as_str()
                    .split('/')
                    .any(|id| Some(id) == original.as_deref())
            };
            holds(gap) && gap.under.as_ref().is_none_or(inside)
        });
        in_target
            .chain(in_source)
            .map(|gap| told(gap, self.target))
            .min()
    }

    /// Why what lives by a thing of this kind is not all known, on either side.
    pub(super) fn around_living(&self, kind: KindId) -> Option<String> {
        let kinds = self.target.kinds;
        let lives_by = |living: KindId| {
            let mut references = kinds.row(living).references.iter();
            references.any(|it| it.kind == kind && it.bond == Bond::LivesBy)
        };
        let living: Vec<KindId> = kinds.ids().filter(|it| lives_by(*it)).collect();
        let hides = |gap: &&Gap| living.iter().any(|it| kinds.is_or_holds(gap.kind, *it));
        let gaps = self.target.gaps.iter().chain(&self.source.gaps);
        gaps.filter(hides).map(|gap| told(gap, self.target)).min()
    }

    /// Why something of this kind may not be written with what it is said to name: the source's list of that is in
    /// doubt.
    pub(super) fn in_source_list(&self, kind: KindId) -> Option<String> {
        find(&self.in_source, self.source, kind, |_| false)
    }

    fn original_id(&self, target: Idx) -> Option<String> {
        match self.pairing.source(target) {
            Some(source) => Some(self.source[source].handle.id().to_owned()),
            None => self.target[target]
                .mark
                .as_ref()
                .map(|mark| mark.id.to_string()),
        }
    }
}

fn index(gaps: &[Gap]) -> Index<'_> {
    gaps.iter()
        .map(|gap| ((gap.kind, gap.under.as_ref().map(Handle::as_str)), gap))
        .collect()
}

/// What a thing and everything that it lives under are called by their server.
fn handles(inventory: &Inventory, idx: Idx) -> Vec<&str> {
    let lineage = inventory.lineage(idx);
    lineage.map(|idx| inventory[idx].handle.as_str()).collect()
}

fn look_up(
    index: &Index<'_>,
    inventory: &Inventory,
    idx: Idx,
    covers: impl Fn(&str) -> bool,
) -> Option<String> {
    find(index, inventory, inventory[idx].kind, covers)
}

/// A gap in a kind covers everything below that kind too.
fn find(
    index: &Index<'_>,
    inventory: &Inventory,
    kind: KindId,
    covers: impl Fn(&str) -> bool,
) -> Option<String> {
    index
        .iter()
        .filter(|((gap_kind, under), _)| {
            inventory.kinds.is_or_holds(*gap_kind, kind) && under.is_none_or(&covers)
        })
        .map(|(_, gap)| told(gap, inventory))
        .min()
}

fn told(gap: &Gap, inventory: &Inventory) -> String {
    format!(
        "the {} list of {} is incomplete: {}",
        gap.side,
        inventory.kinds.row(gap.kind).name,
        gap.reason
    )
}
