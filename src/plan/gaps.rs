//! What gaps forbid: a gap in the source leads to no change in its branch, a gap in the target to no creation and no
//! deletion there.

use std::{
    collections::{BTreeMap, HashMap},
    iter::successors,
};

use super::pair::Pairing;
use crate::model::{Gap, Handle, Idx, Inventory, KindId, KindTable, kind::Bond};

/// The gaps of both sides, ready to be asked. Every object asks, and there may be a gap in each of many thousand branches, so
/// nothing here walks over all of them.
pub(super) struct Gaps<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    pairing: &'a Pairing,
    in_source: Index<'a>,
    in_target: Index<'a>,
}

impl<'a> Gaps<'a> {
    pub(super) fn new(source: &'a Inventory, target: &'a Inventory, pairing: &'a Pairing) -> Self {
        Self {
            source,
            target,
            pairing,
            in_source: Index::of(source),
            in_target: Index::of(target),
        }
    }

    /// Why nothing may change for a source object.
    pub(super) fn around_source(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() {
            return None;
        }
        self.in_source
            .around(self.source[idx].kind, &handles(self.source, idx))
    }

    /// Why a child of this kind may not be created under a target parent.
    pub(super) fn below_target(&self, parent: Option<Idx>, kind: KindId) -> Option<String> {
        if self.in_target.is_empty() {
            return None;
        }
        let lineage = parent.map(|parent| handles(self.target, parent));
        self.in_target.around(kind, &lineage.unwrap_or_default())
    }

    /// Why a target object may not be deleted: its own list is in doubt, or the list that would hold its original.
    pub(super) fn around_target(&self, idx: Idx) -> Option<String> {
        if self.in_source.is_empty() && self.in_target.is_empty() {
            return None;
        }
        let kind = self.target[idx].kind;
        let lineage = self.target.lineage(idx);
        let originals: Vec<&str> = lineage.filter_map(|idx| self.original_id(idx)).collect();
        self.in_target
            .around(kind, &handles(self.target, idx))
            .or_else(|| self.in_source.around_originals(kind, &originals))
    }

    /// Why a target object may not be deleted with all below it: not all of that could be seen.
    pub(super) fn inside_target(&self, idx: Idx) -> Option<String> {
        let resource = &self.target[idx];
        let is_inside = |gap: &Gap| {
            let under = gap.under.as_ref().map_or("", Handle::as_str);
            let rest = under.strip_prefix(resource.handle.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let id = resource.handle.id();
        let own = self.in_target.inside(resource.kind, Some(id), is_inside);
        let original = self.original_id(idx);
        let of_original = self.in_source.inside(resource.kind, original, |_| true);
        own.into_iter().chain(of_original).min()
    }

    /// Why what lives by a thing of this kind is not all known, on either side.
    pub(super) fn around_living(&self, kind: KindId) -> Option<String> {
        let kinds = self.target.kinds;
        let lives_by = |living: KindId| {
            let mut references = kinds.row(living).references.iter();
            references.any(|it| it.kind == kind && it.bond == Bond::LivesBy)
        };
        let living: Vec<KindId> = kinds.ids().filter(|it| lives_by(*it)).collect();
        let sides = [&self.in_target, &self.in_source];
        let reasons = living
            .iter()
            .flat_map(|kind| sides.map(|side| side.anywhere(*kind)));
        reasons.flatten().min()
    }

    /// Why something of this kind may not be written with what it is said to name: the source's list of that is in
    /// doubt.
    pub(super) fn in_source_list(&self, kind: KindId) -> Option<String> {
        self.in_source.around(kind, &[])
    }

    fn original_id(&self, target: Idx) -> Option<&'a str> {
        let mark = || self.target[target].mark.as_ref().map(|mark| &*mark.id);
        let source = self.pairing.source(target);
        source.map_or_else(mark, |source| Some(self.source[source].handle.id()))
    }
}

/// The gaps of one side by where they are.
struct Index<'a> {
    kinds: &'static KindTable,
    whole: BTreeMap<KindId, &'a Gap>,
    /// By the whole handle of the branch.
    branches: HashMap<(KindId, &'a str), &'a Gap>,
    /// By each of the ids that the branch's handle consists of.
    by_id: HashMap<&'a str, Vec<&'a Gap>>,
    /// The first of each kind, in the order of what is told.
    first: BTreeMap<KindId, String>,
}

impl<'a> Index<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let mut index = Self {
            kinds: inventory.kinds,
            whole: BTreeMap::new(),
            branches: HashMap::new(),
            by_id: HashMap::new(),
            first: BTreeMap::new(),
        };
        for gap in inventory.gaps.iter() {
            index.add(gap);
        }
        index
    }

    fn add(&mut self, gap: &'a Gap) {
        let told = self.told(gap);
        let first = self.first.entry(gap.kind).or_insert_with(|| told.clone());
        if told < *first {
            *first = told;
        }
        let Some(under) = &gap.under else {
            self.whole.insert(gap.kind, gap);
            return;
        };
        self.branches.insert((gap.kind, under.as_str()), gap);
        for id in under.as_str().split('/') {
            self.by_id.entry(id).or_default().push(gap);
        }
    }

    fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// What is told of the gaps that cover a thing of this kind which lives under these handles. A gap in a kind covers
    /// everything below that kind too.
    fn around(&self, kind: KindId, lineage: &[&str]) -> Option<String> {
        let of_kind = |kind: KindId| {
            let branches = lineage
                .iter()
                .filter_map(move |handle| self.branches.get(&(kind, *handle)));
            self.whole.get(&kind).into_iter().chain(branches)
        };
        let covering = self.holders(kind).flat_map(of_kind);
        covering.map(|gap| self.told(gap)).min()
    }

    /// The same of a thing whose originals, its own and those of what it lives under, have these ids.
    fn around_originals(&self, kind: KindId, ids: &[&str]) -> Option<String> {
        let branches = ids.iter().flat_map(|id| {
            let of_id = self.by_id.get(id).into_iter().flatten();
            of_id.filter(move |gap| gap.under.as_ref().is_some_and(|under| under.id() == *id))
        });
        let covering = branches.filter(|gap| self.kinds.is_or_holds(gap.kind, kind));
        let of_branches = covering.map(|gap| self.told(gap)).min();
        self.around(kind, &[]).into_iter().chain(of_branches).min()
    }

    /// What is told of the gaps in lists of what a thing of this kind holds, as far as they are within it.
    fn inside(
        &self,
        kind: KindId,
        id: Option<&str>,
        is_inside: impl Fn(&Gap) -> bool,
    ) -> Option<String> {
        let of_id = id.and_then(|id| self.by_id.get(id)).into_iter().flatten();
        let branches = of_id.filter(|gap| is_inside(gap));
        let held = self
            .whole
            .values()
            .chain(branches)
            .filter(|gap| gap.kind != kind && self.kinds.is_or_holds(kind, gap.kind));
        held.map(|gap| self.told(gap)).min()
    }

    /// What is told of the gaps in a kind, or in what it lives under, in whatever branch.
    fn anywhere(&self, kind: KindId) -> Option<String> {
        let firsts = self.holders(kind).filter_map(|kind| self.first.get(&kind));
        firsts.min().cloned()
    }

    /// A kind and those that it lives under.
    fn holders(&self, kind: KindId) -> impl Iterator<Item = KindId> + use<> {
        let kinds = self.kinds;
        successors(Some(kind), move |kind| kinds.row(*kind).parent)
    }

    fn told(&self, gap: &Gap) -> String {
        format!(
            "the {} list of {} is incomplete: {}",
            gap.side,
            self.kinds.row(gap.kind).name,
            gap.reason
        )
    }
}

/// What a thing and everything that it lives under are called by their server.
fn handles(inventory: &Inventory, idx: Idx) -> Vec<&str> {
    let lineage = inventory.lineage(idx);
    lineage.map(|idx| inventory[idx].handle.as_str()).collect()
}
