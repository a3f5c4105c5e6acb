//! The gaps of one side by where they are.

use std::{
    collections::{BTreeMap, HashMap},
    iter::{once, successors},
};

use crate::engine::model::{Gap, Handle, Inventory, KindId, KindTable};

/// The gaps of one side, looked up by kind and place.
pub(super) struct Index<'a> {
    kinds: &'static KindTable,
    lists: Reasons<'a>,
    rows: Reasons<'a>,
    /// By each of the ids that the branch's handle consists of.
    by_id: HashMap<&'a str, Vec<&'a Gap>>,
    /// Rows by the id in their mark.
    marked: HashMap<(KindId, &'a str), Vec<&'a Gap>>,
}

/// Where a gap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Branch<'a> {
    /// In no known branch: what is missing may be anywhere.
    Anywhere,
    /// In the branch with this handle.
    Handle(&'a str),
    /// In the branch whose handle ends with this id.
    Id(&'a str),
}

/// The reasons told of gaps: of several in one place the first in the order of the texts.
#[derive(Default)]
struct Reasons<'a> {
    places: HashMap<(KindId, Branch<'a>), String>,
    /// Of all places of a kind.
    kinds: BTreeMap<KindId, String>,
}

impl<'a> Index<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut index = Self {
            kinds: inventory.kinds,
            lists: Reasons::default(),
            rows: Reasons::default(),
            by_id: HashMap::new(),
            marked: HashMap::new(),
        };
        for gap in inventory.gaps.iter() {
            index.add(gap);
        }
        index
    }

    fn add(&mut self, gap: &'a Gap) {
        let reasons = if gap.is_of_list() { &mut self.lists } else { &mut self.rows };
        reasons.add(gap, &told(gap, self.kinds));
        let under = gap.under.as_ref().map_or("", Handle::as_str);
        for id in under.split('/').filter(|id| !id.is_empty()) {
            self.by_id.entry(id).or_default().push(gap);
        }
        if let Some(mark) = gap.row.as_ref().and_then(|row| row.mark.as_ref()) {
            let marked = self.marked.entry((gap.kind, &*mark.id)).or_default();
            marked.push(gap);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.kinds.is_empty() && self.rows.kinds.is_empty()
    }

    /// The reason told of lists in doubt that cover an object of this kind which lives in these places. A gap in a kind
    /// covers everything below that kind too.
    pub(super) fn list_around(&self, kind: KindId, places: &[Branch<'_>]) -> Option<String> {
        let holders = self.holders(kind);
        holders.filter_map(|kind| self.lists.first_in(kind, places)).min()
    }

    /// The reason told of rows of this kind that may be in one of these places.
    pub(super) fn row_in(&self, kind: KindId, places: &[Branch<'_>]) -> Option<String> {
        self.rows.first_in(kind, places)
    }

    /// The reason told of rows of this kind, wherever they are.
    pub(super) fn row_anywhere(&self, kind: KindId) -> Option<String> {
        self.rows.kinds.get(&kind).cloned()
    }

    /// The rows of this kind that say to be the copy of what has this id.
    pub(super) fn rows_marked(&self, kind: KindId, id: &str) -> Vec<&'a Gap> {
        self.marked.get(&(kind, id)).cloned().unwrap_or_default()
    }

    /// The reason told of the gaps in a kind, or in what it lives under, in whatever branch.
    pub(super) fn anywhere(&self, kind: KindId) -> Option<String> {
        let both = |kind| [self.lists.kinds.get(&kind), self.rows.kinds.get(&kind)];
        let reasons = self.holders(kind).flat_map(both);
        reasons.flatten().min().cloned()
    }

    /// The reason told of the gaps in what an object of this kind and with this id holds, as far as they are within it.
    pub(super) fn inside(&self, kind: KindId, id: Option<&str>, is_inside: impl Fn(&Handle) -> bool) -> Option<String> {
        let is_held = |held: KindId| held != kind && self.kinds.is_or_holds(kind, held);
        let placeless = [&self.lists, &self.rows].into_iter().flat_map(|reasons| {
            let held = self.kinds.ids().filter(|kind| is_held(*kind));
            held.filter_map(|kind| reasons.first_in(kind, &[]))
        });
        let of_id = id.and_then(|id| self.by_id.get(id)).into_iter().flatten();
        let inside = of_id.filter(|gap| is_held(gap.kind) && gap.under.as_ref().is_some_and(&is_inside));
        let inside = inside.map(|gap| told(gap, self.kinds));
        placeless.chain(inside).min()
    }

    /// A kind and those that it lives under.
    fn holders(&self, kind: KindId) -> impl Iterator<Item = KindId> + use<> {
        let kinds = self.kinds;
        successors(Some(kind), move |kind| kinds.row(*kind).parent)
    }
}

impl<'a> Reasons<'a> {
    fn add(&mut self, gap: &'a Gap, told: &str) {
        let places = match gap.under.as_ref() {
            None => [Some(Branch::Anywhere), None],
            Some(under) => [Some(Branch::Handle(under.as_str())), Some(Branch::Id(under.id()))],
        };
        for place in places.into_iter().flatten() {
            let first = self.places.entry((gap.kind, place));
            keep_first(first.or_insert_with(|| told.to_owned()), told);
        }
        let first = self.kinds.entry(gap.kind);
        keep_first(first.or_insert_with(|| told.to_owned()), told);
    }

    fn first_in(&self, kind: KindId, places: &[Branch<'_>]) -> Option<String> {
        let places = places.iter().copied().chain(once(Branch::Anywhere));
        let reasons = places.filter_map(|place| self.places.get(&(kind, place)));
        reasons.min().cloned()
    }
}

fn keep_first(first: &mut String, told: &str) {
    if told < first.as_str() {
        told.clone_into(first);
    }
}

/// The reason told of a gap, which names its side and its list.
pub(super) fn told(gap: &Gap, kinds: &KindTable) -> String {
    if !gap.is_of_list() {
        return format!("on the {}, {}", gap.side, gap.reason);
    }
    format!("the {} list of {} is incomplete: {}", gap.side, kinds.row(gap.kind).name, gap.reason)
}
