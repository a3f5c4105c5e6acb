//! What gaps forbid: a gap in the source leads to no change in its branch, a gap in the target to no creation and no
//! deletion there. A single row that cannot be used is one unknown thing: it forbids deletions where that thing could be,
//! and nothing else.

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
        if self.source.gaps.is_empty() && self.target.gaps.is_empty() {
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
        .or_else(|| self.row_around_target(idx, &originals))
    }

    /// The row of the source that a target object, or something that it lives under, may be the copy of. What is paired
    /// has its original elsewhere.
    fn row_around_target(&self, idx: Idx, originals: &[String]) -> Option<String> {
        let unpaired = |kind: KindId| {
            let mut lineage = self.target.lineage(idx);
            lineage.any(|it| self.target[it].kind == kind && self.pairing.source(it).is_none())
        };
        let could_hold = |under: &Handle| originals.iter().any(|id| under.id() == id);
        let rows = self
            .source
            .row_gaps()
            .filter(|gap| gap.under.as_ref().is_none_or(could_hold) && unpaired(gap.kind));
        rows.map(|gap| told(gap, self.target)).min()
    }

    /// Why something that takes the place of what bears its name may not be made on the target: a row there that cannot
    /// be used may be that very thing.
    pub(super) fn row_in_target(&self, parent: Option<Idx>, kind: KindId) -> Option<String> {
        let lineage = parent.map(|parent| handles(self.target, parent));
        let lineage = lineage.unwrap_or_default();
        let here = |under: &Handle| lineage.contains(&under.as_str());
        self.target
            .row_gaps()
            .filter(|gap| gap.kind == kind && gap.under.as_ref().is_none_or(here))
            .map(|gap| told(gap, self.target))
            .min()
    }

    /// The row of the target that says to be the copy of a source object.
    pub(super) fn row_of_copy(&self, idx: Idx) -> Option<String> {
        let original = &self.source[idx];
        let is_copy = |gap: &&Gap| {
            let mark = gap.row.as_ref().and_then(|row| row.mark.as_ref());
            gap.kind == original.kind
                && mark.is_some_and(|mark| {
                    mark.is_of(&self.source.catalog) && *mark.id == *original.handle.id()
                })
        };
        self.target
            .row_gaps()
            .find(is_copy)
            .map(|gap| told(gap, self.target))
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
        let row = || self.source.row_gaps().find(|gap| gap.kind == kind);
        find(&self.in_source, self.source, kind, |_| false)
            .or_else(|| row().map(|gap| told(gap, self.source)))
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
        .filter(|gap| gap.is_of_list())
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
    if !gap.is_of_list() {
        return format!("on the {}, {}", gap.side, gap.reason);
    }
    format!(
        "the {} list of {} is incomplete: {}",
        gap.side,
        inventory.kinds.row(gap.kind).name,
        gap.reason
    )
}
