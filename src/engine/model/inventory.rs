//! An inventory: everything that one catalog was found to hold, and what could not be found out.

mod join;
mod seals;

pub use join::row_reason;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    ops::Range,
    sync::Arc,
};

use serde_json::Value;

use super::{
    Address, GapList, Handle, KindId, KindTable, Resource,
    kind::{Reference, ReferenceKind},
};

/// Everything that one catalog was found to hold.
///
/// Resources stand in the order of their kinds, then of their parents, then of their names, so that whatever walks
/// them does so in the same order however the server listed them.
#[derive(Debug)]
pub struct Inventory {
    /// Which side this is.
    pub side: Side,
    /// The kinds that may occur.
    pub kinds: &'static KindTable,
    /// The catalog's id.
    pub catalog: Box<str>,
    /// What could not be found out.
    pub gaps: GapList,
    resources: Vec<Resource>,
    parents: Vec<Option<Idx>>,
    ranges: Vec<Range<usize>>,
    by_handle: Vec<HashMap<Handle, Idx>>,
    by_address: Vec<HashMap<Arc<str>, Idx>>,
    loose: HashSet<KindId>,
    /// What lists of references name although it was not listed.
    dangling: BTreeSet<(KindId, Handle)>,
    unknown: HashSet<(KindId, Handle, &'static str)>,
    rows: Rows,
    /// Who names a row that could not be used.
    askers: HashMap<(KindId, Handle), Vec<Referrer>>,
}

/// The rows of lists that could not be used, and what hangs on them.
#[derive(Debug, Default)]
struct Rows {
    handles: BTreeSet<(KindId, Handle)>,
    ids: HashSet<(KindId, Box<str>)>,
}

/// A thing that names a row of a list which could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// The kind of what names it.
    pub kind: KindId,
    /// What names it.
    pub handle: Handle,
}

/// A resource's place in its inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Idx(u32);

impl Idx {
    /// The place as a number, for tables that run parallel to an inventory.
    #[must_use]
    pub fn number(self) -> usize {
        self.0 as usize
    }

    fn of(number: usize) -> Self {
        Self(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

/// One of the two sides of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Where things are read from. Never written to.
    Source,
    /// Where things are written to.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

impl Inventory {
    /// The kinds whose lists do not fit together, as happens when something changed between two reads.
    #[must_use]
    pub fn loose_kinds(&self) -> &HashSet<KindId> {
        &self.loose
    }

    /// Whether all of a kind is in doubt.
    #[must_use]
    pub fn has_gap(&self, kind: KindId) -> bool {
        self.gaps.whole_kinds().contains(&kind)
    }

    /// Whether a row of a kind could not be used, so that one thing of it is unknown.
    #[must_use]
    pub fn has_row_gap(&self, kind: KindId) -> bool {
        self.gaps.has_row_of(kind)
    }

    /// Whether a row that could not be used may be the thing with this id.
    #[must_use]
    pub fn may_be_row(&self, kind: KindId, id: &str) -> bool {
        self.gaps.may_be_row(kind, id)
    }

    /// Whether the thing with this id is a row that could not be used, or hangs on one.
    #[must_use]
    pub fn is_row(&self, kind: KindId, id: &str) -> bool {
        !self.rows.ids.is_empty() && self.rows.ids.contains(&(kind, id.into()))
    }

    /// Who names a row that could not be used.
    #[must_use]
    pub fn askers(&self, kind: KindId, row: &Handle) -> &[Referrer] {
        let askers = self.askers.get(&(kind, row.clone()));
        askers.map_or(&[], Vec::as_slice)
    }

    /// Whether all of a kind is in doubt, by its own list or by that of what it lives under.
    #[must_use]
    pub fn is_in_doubt(&self, kind: KindId) -> bool {
        let mut kinds = self.gaps.whole_kinds().iter();
        kinds.any(|doubted| self.kinds.is_or_holds(*doubted, kind))
    }

    /// Whether nothing is in doubt of a kind, nor of what it lives under, in any branch. Single rows that cannot be used
    /// aside.
    #[must_use]
    pub fn is_whole(&self, kind: KindId) -> bool {
        let mut kinds = self.gaps.listed_kinds().iter();
        !kinds.any(|doubted| self.kinds.is_or_holds(*doubted, kind))
    }

    /// All places, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = Idx> + use<> {
        (0..self.resources.len()).map(Idx::of)
    }

    /// How many resources there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// The resources of a kind.
    #[must_use]
    pub fn kind(&self, kind: KindId) -> &[Resource] {
        &self.resources[self.ranges[usize::from(kind.0)].clone()]
    }

    /// The places of a kind's resources.
    pub fn of_kind(&self, kind: KindId) -> impl DoubleEndedIterator<Item = Idx> + use<> {
        self.ranges[usize::from(kind.0)].clone().map(Idx::of)
    }

    /// What a resource lives under.
    #[must_use]
    pub fn parent(&self, idx: Idx) -> Option<Idx> {
        self.parents[idx.number()]
    }

    /// The resource itself and all that it lives under, from below.
    pub fn lineage(&self, idx: Idx) -> impl Iterator<Item = Idx> + '_ {
        std::iter::successors(Some(idx), |idx| self.parent(*idx))
    }

    /// The children of one kind.
    pub fn children(&self, parent: Idx, kind: KindId) -> impl Iterator<Item = Idx> + use<> {
        let range = self.ranges[usize::from(kind.0)].clone();
        let parents = &self.parents[range.clone()];
        let from = range.start + parents.partition_point(|other| *other < Some(parent));
        let to = range.start + parents.partition_point(|other| *other <= Some(parent));
        (from..to).map(Idx::of)
    }

    /// Everything below a resource, children before grandchildren.
    #[must_use]
    pub fn below(&self, top: Idx) -> Vec<Idx> {
        let mut found = Vec::new();
        for kind in self.kinds.ids().filter(|kind| self.kinds.row(*kind).parent == Some(self[top].kind)) {
            for child in self.children(top, kind) {
                found.push(child);
                found.extend(self.below(child));
            }
        }
        found
    }

    /// The resource with that handle.
    #[must_use]
    pub fn find(&self, kind: KindId, handle: &str) -> Option<Idx> {
        self.by_handle[usize::from(kind.0)].get(handle).copied()
    }

    /// The resource with that address, of the kinds that others point at.
    #[must_use]
    pub fn at(&self, kind: KindId, path: &str) -> Option<Idx> {
        self.by_address[usize::from(kind.0)].get(path).copied()
    }

    /// What a resource names in one of its references, as far as it is here.
    #[must_use]
    pub fn named(&self, idx: Idx, reference: &Reference) -> Vec<Idx> {
        let paths = match self[idx].document.field(reference.field) {
            Value::Array(paths) => paths,
            path => vec![path],
        };
        let paths = paths.iter().filter_map(Value::as_str);
        paths.filter_map(|path| self.at(reference.kind, path)).collect()
    }

    /// What lists of references name although it was not listed: it is gone, or its list is not whole.
    #[must_use]
    pub fn dangling(&self) -> &BTreeSet<(KindId, Handle)> {
        &self.dangling
    }

    /// Whether a resource names something in a reference, but it is not known what, because the list of it is in doubt.
    #[must_use]
    pub fn is_unknown(&self, idx: Idx, reference: &Reference) -> bool {
        let resource = &self[idx];
        !self.unknown.is_empty() && self.unknown.contains(&(resource.kind, resource.handle.clone(), reference.field))
    }

    /// What a resource carries: things that are written along with it.
    #[must_use]
    pub fn carried(&self, idx: Idx) -> Vec<Idx> {
        let references = self.kinds.row(self[idx].kind).references.iter();
        references
            .filter(|reference| reference.bond == ReferenceKind::Carries)
            .flat_map(|reference| self.named(idx, reference))
            .collect()
    }

    /// Whether a resource is in a state in which all that it has is carried to the other side.
    #[must_use]
    pub fn is_carried_whole(&self, idx: Idx) -> bool {
        let Some(lifecycle) = &self.kinds.row(self[idx].kind).lifecycle else {
            return true;
        };
        let state = self[idx].document.field(lifecycle.field);
        state.as_str().is_none_or(|state| lifecycle.is_carried_in(state))
    }

    /// What a resource is called.
    #[must_use]
    pub fn address(&self, idx: Idx) -> Address {
        Address::new(self[idx].kind, &self.path(idx, |resource| resource.name.text()))
    }

    /// The natural keys from the top down to a resource.
    #[must_use]
    pub fn key_path(&self, idx: Idx) -> String {
        self.path(idx, Resource::key)
    }

    fn path(&self, idx: Idx, part: impl Fn(&Resource) -> &str) -> String {
        let mut parts: Vec<&str> = self.lineage(idx).map(|idx| part(&self[idx])).collect();
        parts.reverse();
        parts.join("/")
    }

    /// Takes for unreadable what several things of a kind show as their secret in clear: it is a placeholder. Nothing may
    /// be noted of them as carried.
    pub fn hide_placeholders(&mut self) {
        let clear = |resource: &Resource| {
            let secret = resource.document.secret().filter(|it| it.is_of_clear())?;
            Some((resource.kind, secret.expose().to_owned()))
        };
        let mut shown: HashMap<(KindId, String), usize> = HashMap::new();
        for secret in self.resources.iter().filter_map(clear) {
            *shown.entry(secret).or_default() += 1;
        }
        for resource in &mut self.resources {
            let is_shared = |secret| shown.get(&secret).is_some_and(|count| *count > 1);
            if clear(resource).is_some_and(is_shared) {
                resource.document = resource.document.with_secret(None);
                resource.state = None;
            }
        }
    }

    /// Puts in what a list had not shown. The read gives references as they stand here already: as addresses.
    pub fn complete(&mut self, idx: Idx, read: Resource) {
        let resource = &mut self.resources[idx.number()];
        resource.document = read.document;
        resource.state = read.state;
        resource.files = read.files;
        resource.unread = false;
    }
}

impl Rows {
    fn insert(&mut self, kind: KindId, handle: Handle) {
        self.ids.insert((kind, handle.id().into()));
        self.handles.insert((kind, handle));
    }

    fn contains(&self, kind: KindId, handle: &str) -> bool {
        !self.handles.is_empty() && self.handles.contains(&(kind, Handle::new(handle)))
    }

    /// The ids of those right below something.
    fn below(&self, parent: &Handle, kind: KindId) -> impl Iterator<Item = &str> {
        let from = (kind, parent.child(""));
        let after = self.handles.range(from..);
        let prefix = parent.child("");
        let below = after.take_while(move |(of, row)| *of == kind && row.as_str().starts_with(prefix.as_str()));
        below.filter(|(_, row)| row.parent() == Some(parent.as_str())).map(|(_, row)| row.id())
    }
}

impl std::ops::Index<Idx> for Inventory {
    type Output = Resource;

    fn index(&self, idx: Idx) -> &Resource {
        &self.resources[idx.number()]
    }
}
