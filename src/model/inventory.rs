//! An inventory: everything that one catalog was found to hold, and what could not be found out.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    ops::Range,
    sync::Arc,
};

use serde_json::Value;

use super::{Address, Document, Handle, KindId, KindTable, Name, Resource, kind::Birth};

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
    pub gaps: Vec<Gap>,
    resources: Vec<Resource>,
    parents: Vec<Option<Idx>>,
    ranges: Vec<Range<usize>>,
    by_handle: Vec<HashMap<Handle, Idx>>,
    by_address: Vec<HashMap<Arc<str>, Idx>>,
    loose: HashSet<KindId>,
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

/// A part of a catalog that could not be read, or not be proven to be read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The side.
    pub side: Side,
    /// The kind whose list it is.
    pub kind: KindId,
    /// The branch; all of the kind where there is none.
    pub under: Option<Handle>,
    /// What the branch is called, where that is known.
    pub at: String,
    /// What went wrong, for people.
    pub reason: String,
}

impl Inventory {
    /// Joins what was listed: children to parents, references to addresses.
    ///
    /// What names a parent or a part of its own name that was not listed is left out and becomes a gap.
    #[must_use]
    pub fn new(
        side: Side,
        kinds: &'static KindTable,
        catalog: &str,
        found: Vec<Resource>,
        gaps: Vec<Gap>,
    ) -> Self {
        let mut by_kind: Vec<Vec<Resource>> = kinds.ids().map(|_| Vec::new()).collect();
        for resource in found {
            by_kind[usize::from(resource.kind.0)].push(resource);
        }
        let mut inventory = Self {
            side,
            kinds,
            catalog: catalog.into(),
            gaps,
            resources: Vec::new(),
            parents: Vec::new(),
            ranges: Vec::new(),
            by_handle: kinds.ids().map(|_| HashMap::new()).collect(),
            by_address: kinds.ids().map(|_| HashMap::new()).collect(),
            loose: HashSet::new(),
        };
        for (kind, resources) in kinds.ids().zip(by_kind) {
            inventory.add_kind(kind, resources);
        }
        inventory.check_claims();
        inventory.name_gaps();
        inventory
    }

    fn add_kind(&mut self, kind: KindId, resources: Vec<Resource>) {
        let start = self.resources.len();
        let mut joined: Vec<_> = resources
            .into_iter()
            .filter_map(|resource| self.join(resource))
            .collect();
        joined.sort_by(|(a_parent, a), (b_parent, b)| {
            (a_parent, a.name.text(), a.created_at, &a.handle).cmp(&(
                b_parent,
                b.name.text(),
                b.created_at,
                &b.handle,
            ))
        });
        joined.dedup_by(|(_, a), (_, b)| a.handle == b.handle);
        for (parent, resource) in joined {
            let idx = Idx::of(self.resources.len());
            self.by_handle[usize::from(kind.0)].insert(resource.handle.clone(), idx);
            self.parents.push(parent);
            self.resources.push(resource);
            if self.kinds.is_pointed_at(kind) {
                let address = self.address(idx);
                self.by_address[usize::from(kind.0)]
                    .entry(address.path)
                    .or_insert(idx);
            }
        }
        self.ranges.push(start..self.resources.len());
    }

    fn join(&mut self, mut resource: Resource) -> Option<(Option<Idx>, Resource)> {
        let parent = match self.kinds.row(resource.kind).parent {
            None => None,
            Some(kind) => match self.find(kind, resource.handle.parent().unwrap_or_default()) {
                Some(parent) => Some(parent),
                None => return self.leave_out(&resource, kind, None),
            },
        };
        if let Name::Of { kind, handle, rest } = &resource.name {
            let Some(named) = self.find(*kind, handle.as_str()) else {
                let under = resource.handle.parent().map(Handle::new);
                return self.leave_out(&resource, *kind, under);
            };
            let after = rest
                .as_deref()
                .map_or_else(String::new, |rest| format!("/{rest}"));
            resource.key = Some(format!("{}{after}", self.key_path(named)).into());
            resource.name = Name::Plain(format!("{}{after}", self.address(named)).into());
        }
        resource.document = self.with_addresses(resource.kind, &resource.document);
        Some((parent, resource))
    }

    fn leave_out<T>(
        &mut self,
        resource: &Resource,
        missing: KindId,
        under: Option<Handle>,
    ) -> Option<T> {
        self.loose.insert(resource.kind);
        self.loose.insert(missing);
        // Where the whole other list is in doubt there is nothing to say of each single one.
        let under = under.filter(|_| !self.has_gap(missing));
        let is_known = |gap: &Gap| gap.kind == resource.kind && gap.under == under;
        if !self.gaps.iter().any(is_known) {
            let reason = format!(
                "{} {} hangs on a {} that was not listed",
                self.kinds.row(resource.kind).singular,
                resource.handle.id(),
                self.kinds.row(missing).singular,
            );
            self.gaps.push(Gap {
                side: self.side,
                kind: resource.kind,
                under,
                at: String::new(),
                reason,
            });
        }
        None
    }

    /// References arrive as handles. One that leads nowhere is dropped: the planner then finds none.
    fn with_addresses(&self, kind: KindId, document: &Document) -> Document {
        let references = self.kinds.row(kind).references;
        if references.is_empty() {
            return document.clone();
        }
        let fields = document.fields();
        document.with(references.iter().filter_map(|reference| {
            let handle = fields.get(reference.field)?.as_str()?;
            let address = self
                .find(reference.kind, handle)
                .map(|idx| self.address(idx).path);
            Some((
                reference.field.to_owned(),
                address.map_or(Value::Null, |path| Value::from(&*path)),
            ))
        }))
    }

    /// Holds what parents say of their children against what was listed.
    fn check_claims(&mut self) {
        for parent in self.ids() {
            let Some(claims) = &self[parent].claims else {
                continue;
            };
            let Some(kind) = self.kinds.ids().find(|kind| {
                let row = self.kinds.row(*kind);
                row.birth == Birth::FirstOfParent && row.parent == Some(self[parent].kind)
            }) else {
                continue;
            };
            if self.kind(kind).is_empty() && self.has_gap(kind) {
                continue;
            }
            let claimed: HashSet<&str> = claims.iter().map(AsRef::as_ref).collect();
            let listed: HashSet<&str> = self
                .children(parent, kind)
                .map(|child| self[child].handle.id())
                .collect();
            if claimed != listed {
                let singular = self.kinds.row(self[parent].kind).singular;
                let reason = format!(
                    "the {singular} names {} {}, the list has {}",
                    claimed.len(),
                    self.kinds.row(kind).name,
                    listed.len()
                );
                let under = Some(self[parent].handle.clone());
                self.loose.extend([kind, self[parent].kind]);
                self.gaps.push(Gap {
                    side: self.side,
                    kind,
                    under,
                    at: String::new(),
                    reason,
                });
            }
        }
    }

    /// Says in people's words where the gaps are.
    fn name_gaps(&mut self) {
        let mut gaps = std::mem::take(&mut self.gaps);
        for gap in gaps.iter_mut().filter(|gap| gap.at.is_empty()) {
            let kinds = self
                .kinds
                .ids()
                .filter(|kind| self.kinds.is_or_holds(*kind, gap.kind));
            let branch = gap
                .under
                .as_ref()
                .and_then(|under| kinds.rev().find_map(|kind| self.find(kind, under.as_str())));
            gap.at = branch.map_or_else(String::new, |idx| self.address(idx).path.to_string());
        }
        self.gaps = gaps;
    }

    /// The kinds whose lists do not fit together, as happens when something changed between two reads.
    #[must_use]
    pub fn loose_kinds(&self) -> &HashSet<KindId> {
        &self.loose
    }

    /// Whether all of a kind is in doubt.
    #[must_use]
    pub fn has_gap(&self, kind: KindId) -> bool {
        self.gaps
            .iter()
            .any(|gap| gap.kind == kind && gap.under.is_none())
    }

    /// Whether all of a kind is in doubt, by its own list or by that of what it lives under.
    #[must_use]
    pub fn is_in_doubt(&self, kind: KindId) -> bool {
        self.gaps
            .iter()
            .any(|gap| gap.under.is_none() && self.kinds.is_or_holds(gap.kind, kind))
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
        for kind in self
            .kinds
            .ids()
            .filter(|kind| self.kinds.row(*kind).parent == Some(self[top].kind))
        {
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

    /// What a resource is called.
    #[must_use]
    pub fn address(&self, idx: Idx) -> Address {
        Address::new(
            self[idx].kind,
            &self.path(idx, |resource| resource.name.text()),
        )
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

    /// Puts in what a list had not shown. The read gives references as they stand here already: as addresses.
    pub fn complete(&mut self, idx: Idx, read: Resource) {
        let resource = &mut self.resources[idx.number()];
        resource.document = read.document;
        resource.state = read.state;
        resource.unread = false;
    }
}

impl std::ops::Index<Idx> for Inventory {
    type Output = Resource;

    fn index(&self, idx: Idx) -> &Resource {
        &self.resources[idx.number()]
    }
}
