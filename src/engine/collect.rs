//! Collecting: reading two catalogs into inventories, and noting what could not be read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    iter::successors,
};

use futures_util::{StreamExt, future::join_all, stream};
use tokio::sync::SetOnce;

use crate::engine::{
    catalog::{CatalogError, Listing, Reader, UnusableRow},
    model::{
        Gap, GapList, Handle, Idx, Inventory, KindId, KindTable, MarkKeys, Resource, Row, Side, inventory::row_reason,
        kind::ListMode,
    },
    plan::{
        Policy,
        pair::pair_as_claimed,
        scope::{scope, scope_of_source},
        wanted::wanted,
    },
};

/// More requests than any ceiling lets through: the pace is the client's business.
const IN_FLIGHT: usize = 256;

/// Reads both catalogs at the same time.
///
/// Whole-catalog lists run beside each other; what can only be read parent by parent follows as soon as the parents are
/// known, on the target those of both sides, because a pair is in scope by the source's name. Kinds nest to any depth: what
/// stands under parents that were themselves read parent by parent follows level by level. What lists do not show is read
/// last, and only where a hint does not say that nothing happened.
pub async fn collect(source: &dyn Reader, target: &dyn Reader, policy: &Policy) -> (Inventory, Inventory) {
    let courses = ReadOrder::of(source.kinds(), policy);
    let (mut from, mut to) = (
        CollectedSide::new(source, Side::Source, policy.mark_keys.as_ref()),
        CollectedSide::new(target, Side::Target, policy.mark_keys.as_ref()),
    );
    let (rest_from, rest_to, nested) = tokio::join!(
        list_whole(source, &courses.rest),
        list_whole(target, &courses.rest),
        list_nested(source, target, policy, &courses),
    );
    from.take_all(rest_from);
    from.take_all(nested.0);
    to.take_all(rest_to);
    to.take_all(nested.1);
    for kinds in &courses.deeper {
        let (below_from, below_to) = list_deeper(&from, &to, kinds, policy).await;
        from.take_all(below_from);
        to.take_all(below_to);
    }
    let (mut source_inventory, mut target_inventory) = tokio::join!(from.join(), to.join());
    let missing = wanted(&source_inventory, &target_inventory, policy);
    tokio::join!(
        read_details(source, &mut source_inventory, missing.source),
        read_details(target, &mut target_inventory, missing.target),
    );
    source_inventory.hide_placeholders();
    (source_inventory, target_inventory)
}

/// Reads one catalog as a source, without its details.
pub async fn collect_alone(source: &dyn Reader, policy: &Policy) -> Collected {
    let order = ReadOrder::of(source.kinds(), policy);
    let mut side = CollectedSide::new(source, Side::Source, policy.mark_keys.as_ref());
    let (rest, nested) = tokio::join!(list_whole(source, &order.rest), async {
        let mut listed = list_whole(source, &order.frames).await;
        let frames = ParentLists::new(source, Side::Source, &listed, policy);
        let scope = scope_of_source(&frames.joined, policy);
        let parents = frames.parents(&order.nested, |idx| scope[idx.number()]);
        listed.extend(list_under(source, parents).await);
        listed
    });
    side.take_all(rest);
    side.take_all(nested);
    for kinds in &order.deeper {
        let known = side.parent_lists();
        let scope = scope_of_source(&known.joined, policy);
        let below = list_under(source, known.parents(kinds, |idx| scope[idx.number()])).await;
        side.take_all(below);
    }
    let inventory = side.join().await;
    let listed = side.lists.values().flatten().chain(side.of_use_among_mentioned()).cloned().collect();
    Collected { listed, inventory }
}

/// One catalog as it was read.
pub struct Collected {
    /// All objects as they were listed, with handles for references.
    pub listed: Vec<Resource>,
    /// The same joined, with what could not be read.
    pub inventory: Inventory,
}

/// In which order kinds are listed.
struct ReadOrder {
    /// Whole lists of things that have others listed somewhere below them.
    frames: Vec<KindId>,
    /// Lists under each of those.
    nested: Vec<KindId>,
    /// Lists under things that are themselves listed parent by parent, each level after that of its parents.
    deeper: Vec<Vec<KindId>>,
    /// All other whole lists.
    rest: Vec<KindId>,
}

impl ReadOrder {
    fn of(kinds: &'static KindTable, policy: &Policy) -> Self {
        let needed: Vec<KindId> = kinds.ids().filter(|kind| is_needed(kinds, *kind, policy)).collect();
        let reading =
            |wish: ListMode| needed.iter().copied().filter(|kind| kinds.row(*kind).reading == wish).collect::<Vec<_>>();
        let mut levels: Vec<Vec<KindId>> = vec![Vec::new()];
        let mut holders = HashSet::new();
        for kind in reading(ListMode::PerParent) {
            let above: Vec<KindId> = holders_of(kinds, kind).collect();
            let level = above.iter().filter(|kind| kinds.row(**kind).reading == ListMode::PerParent).count();
            // A parent that is listed parent by parent stands before its children in the table, so its level is there already.
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            levels[level].push(kind);
            holders.extend(above);
        }
        let (frames, rest) = reading(ListMode::Whole).into_iter().partition(|kind| holders.contains(kind));
        let nested = levels.remove(0);
        Self { frames, nested, deeper: levels, rest }
    }
}

/// The kinds that a kind lives under, from below.
fn holders_of(kinds: &'static KindTable, kind: KindId) -> impl Iterator<Item = KindId> {
    let above = |kind: &KindId| kinds.row(*kind).parent;
    successors(above(&kind), above)
}

/// Whether a run needs a kind: to replicate it, or because what it replicates points at it.
fn is_needed(kinds: &KindTable, kind: KindId, policy: &Policy) -> bool {
    let is_parent_of = |other: KindId| kinds.row(other).parent == Some(kind) && is_needed(kinds, other, policy);
    let is_named_by = |other: KindId| {
        let mut references = kinds.row(other).references.iter();
        policy.replicates(kinds, other) && references.any(|reference| reference.kind == kind)
    };
    policy.replicates(kinds, kind)
        || kinds.ids().filter(|other| *other > kind).any(|other| is_parent_of(other) || is_named_by(other))
}

/// What one list brought.
struct Listed {
    kind: KindId,
    under: Option<Handle>,
    result: Result<Listing, CatalogError>,
}

async fn list_whole(reader: &dyn Reader, kinds: &[KindId]) -> Vec<Listed> {
    join_all(
        kinds.iter().map(|kind| async { Listed { kind: *kind, under: None, result: reader.list(*kind, None).await } }),
    )
    .await
}

/// The source waits for nothing; what is in scope on the target depends on what is on both sides.
async fn list_nested(
    source: &dyn Reader,
    target: &dyn Reader,
    policy: &Policy,
    courses: &ReadOrder,
) -> (Vec<Listed>, Vec<Listed>) {
    let known = SetOnce::new();
    let from = async {
        let mut listed = list_whole(source, &courses.frames).await;
        // Nobody else sets it.
        let _ = known.set(ParentLists::new(source, Side::Source, &listed, policy));
        let frames = known.wait().await;
        let scope = scope_of_source(&frames.joined, policy);
        let parents = frames.parents(&courses.nested, |idx| scope[idx.number()]);
        listed.extend(list_under(source, parents).await);
        listed
    };
    let to = async {
        let mut listed = list_whole(target, &courses.frames).await;
        let frames = ParentLists::new(target, Side::Target, &listed, policy);
        let source_frames = known.wait().await;
        let pairing = pair_as_claimed(&source_frames.joined, &frames.joined, policy);
        let scope = scope(&source_frames.joined, &frames.joined, &pairing, policy);
        let parents = frames.parents(&courses.nested, |idx| scope.target(idx));
        listed.extend(list_under(target, parents).await);
        listed
    };
    tokio::join!(from, to)
}

/// Lists what stands under things that were listed parent by parent themselves. All whole lists are there by now, so that
/// it shows which of the parents are in scope, on whatever their names hang.
async fn list_deeper(
    from: &CollectedSide<'_>,
    to: &CollectedSide<'_>,
    kinds: &[KindId],
    policy: &Policy,
) -> (Vec<Listed>, Vec<Listed>) {
    let (source, target) = (from.parent_lists(), to.parent_lists());
    let pairing = pair_as_claimed(&source.joined, &target.joined, policy);
    let scope = scope(&source.joined, &target.joined, &pairing, policy);
    tokio::join!(
        list_under(from.reader, source.parents(kinds, |idx| scope.source(idx))),
        list_under(to.reader, target.parents(kinds, |idx| scope.target(idx))),
    )
}

/// The things of one side that have others listed under them.
struct ParentLists {
    /// As they were listed, with handles for references.
    listed: HashMap<(KindId, Handle), Resource>,
    /// Joined, to be paired.
    joined: Inventory,
}

impl ParentLists {
    fn new(reader: &dyn Reader, side: Side, lists: &[Listed], policy: &Policy) -> Self {
        let lists = lists.iter().filter_map(|listed| listed.result.as_ref().ok());
        let resources: Vec<Resource> = lists.flat_map(|list| list.resources.clone()).collect();
        let listed =
            resources.iter().map(|resource| ((resource.kind, resource.handle.clone()), resource.clone())).collect();
        let mut joined = Inventory::new(side, reader.kinds(), reader.id(), resources, Vec::new());
        if let Some(keys) = &policy.mark_keys {
            joined.judge_seals(keys);
        }
        Self { listed, joined }
    }

    /// The parents in scope, each with a kind to list under it. Of one that could not be joined yet, because its name hangs on
    /// a list that is still being read, nobody knows whether it is in scope: it is asked too, for to read too much harms
    /// nobody.
    fn parents(&self, kinds: &[KindId], in_scope: impl Fn(Idx) -> bool) -> Vec<(KindId, &Resource)> {
        let mut parents = Vec::new();
        for kind in kinds {
            let Some(parent_kind) = self.joined.kinds.row(*kind).parent else {
                continue;
            };
            let in_scope = self.joined.of_kind(parent_kind).filter(|idx| in_scope(*idx));
            let as_listed = in_scope.filter_map(|idx| self.listed.get(&(parent_kind, self.joined[idx].handle.clone())));
            parents.extend(as_listed.map(|parent| (*kind, parent)));
            parents.extend(self.unplaced(parent_kind).into_iter().map(|parent| (*kind, parent)));
        }
        parents
    }

    /// What was listed of a kind and could not be joined, in order.
    fn unplaced(&self, kind: KindId) -> Vec<&Resource> {
        let of_kind = self.listed.values().filter(|it| it.kind == kind);
        let mut unplaced: Vec<_> = of_kind.filter(|it| self.joined.find(kind, it.handle.as_str()).is_none()).collect();
        unplaced.sort_by(|one, other| one.handle.cmp(&other.handle));
        unplaced
    }
}

async fn list_under(reader: &dyn Reader, parents: Vec<(KindId, &Resource)>) -> Vec<Listed> {
    let requests: Vec<_> = parents
        .into_iter()
        .map(|(kind, parent)| async move {
            Listed { kind, under: Some(parent.handle.clone()), result: reader.list(kind, Some(parent)).await }
        })
        .collect();
    stream::iter(requests).buffered(IN_FLIGHT).collect().await
}

/// What has been read of one side so far.
struct CollectedSide<'a> {
    reader: &'a dyn Reader,
    side: Side,
    lists: BTreeMap<KindId, Vec<Resource>>,
    mentioned: Vec<Resource>,
    gaps: GapList,
    /// What seals are judged with.
    keys: Option<&'a MarkKeys>,
}

impl<'a> CollectedSide<'a> {
    fn new(reader: &'a dyn Reader, side: Side, keys: Option<&'a MarkKeys>) -> Self {
        Self { reader, side, keys, lists: BTreeMap::new(), mentioned: Vec::new(), gaps: GapList::default() }
    }

    fn take_all(&mut self, listed: Vec<Listed>) {
        for listed in listed {
            self.take(listed);
        }
    }

    fn take(&mut self, listed: Listed) {
        let reason = match listed.result {
            Ok(list) => {
                self.lists.entry(listed.kind).or_default().extend(list.resources);
                self.mentioned.extend(list.mentioned);
                let rows = list.unusable.into_iter();
                let gaps = rows.map(|row| self.gap_of(row, listed.kind, listed.under.as_ref()));
                let gaps: Vec<Gap> = gaps.collect();
                self.gaps.extend(gaps);
                list.doubt
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = reason {
            tracing::warn!(side = %self.side, kind = self.reader.kinds().row(listed.kind).name, reason, "a list is incomplete");
            self.gaps.push(Gap::of_list(self.side, listed.kind, listed.under, reason));
        }
    }

    /// A row that cannot be used is one unknown thing of its kind; the rest of its list is as good as any.
    fn gap_of(&self, row: UnusableRow, kind: KindId, under: Option<&Handle>) -> Gap {
        let name = self.reader.kinds().row(kind).singular;
        let under = under.cloned().or(row.under);
        let reason = row_reason(name, row.id.as_deref().unwrap_or("without id"), &row.lack);
        tracing::warn!(side = %self.side, kind = name, reason, "a row of a list cannot be used");
        let handle = row.id.map(|id| under.as_ref().map_or_else(|| Handle::new(&id), |under| under.child(&id)));
        Gap { side: self.side, kind, under, at: String::new(), reason, row: Some(Row { handle, mark: row.mark }) }
    }

    /// Joins the lists. Where they do not fit together something changed while they were read: the lists concerned
    /// are read once more.
    async fn join(&mut self) -> Inventory {
        let first = self.inventory();
        let loose: BTreeSet<KindId> = first.loose_kinds().iter().copied().collect();
        let again: Vec<KindId> = loose
            .into_iter()
            .filter(|kind| self.reader.kinds().row(*kind).reading == ListMode::Whole && !first.has_gap(*kind))
            .collect();
        let in_vain =
            again.is_empty() || first.loose_kinds().iter().any(|kind| self.gaps.listed_kinds().contains(kind));
        if in_vain {
            return self.held_against_references(first).await;
        }
        tracing::debug!(side = %self.side, kinds = ?again.iter().map(|kind| self.reader.kinds().row(*kind).name).collect::<Vec<_>>(), "lists do not fit together: reading them again");
        for kind in &again {
            self.lists.remove(kind);
        }
        self.gaps.forget(&again);
        let lists = list_whole(self.reader, &again).await;
        self.take_all(lists);
        let second = self.inventory();
        self.held_against_references(second).await
    }

    /// What is named on the source but was not listed is gone, or the list is not whole: the source is asked.
    async fn held_against_references(&mut self, joined: Inventory) -> Inventory {
        let before = self.gaps.len();
        if self.side == Side::Source {
            for (kind, handle) in joined.dangling() {
                if self.gaps.whole_kinds().contains(kind) {
                    continue;
                }
                let reason = match self.reader.read(*kind, handle).await {
                    Ok(None) => continue,
                    Ok(Some(_)) => format!("it does not show {}, which is there", handle.id()),
                    Err(error) => format!("it does not show {}: {error}", handle.id()),
                };
                self.gaps.push(Gap::of_list(self.side, *kind, None, reason));
            }
        }
        if self.gaps.len() == before {
            return joined;
        }
        self.inventory()
    }

    /// Somebody who is only mentioned is of use where his home is known; elsewhere he is none of the catalog's.
    fn of_use_among_mentioned(&self) -> impl Iterator<Item = &Resource> {
        let kinds: BTreeSet<KindId> = self.mentioned.iter().map(|resource| resource.kind).collect();
        let handles =
            |kind: KindId| self.lists.get(&kind).into_iter().flatten().map(|resource| resource.handle.as_str());
        let listed: HashSet<&str> = kinds.iter().copied().flat_map(handles).collect();
        let parents = kinds.iter().filter_map(|kind| self.reader.kinds().row(*kind).parent);
        let homes: HashSet<&str> = parents.flat_map(handles).collect();
        self.mentioned.iter().filter(move |resource| {
            let is_at_home = resource.handle.parent().is_some_and(|home| homes.contains(home));
            is_at_home && !listed.contains(resource.handle.as_str())
        })
    }

    /// What is known so far of things under which others are listed.
    fn parent_lists(&self) -> ParentLists {
        let all = self.lists.values().flatten();
        let listed = all.map(|resource| ((resource.kind, resource.handle.clone()), resource.clone())).collect();
        ParentLists { listed, joined: self.inventory() }
    }

    fn inventory(&self) -> Inventory {
        let mut found: Vec<Resource> = self.lists.values().flatten().cloned().collect();
        found.extend(self.of_use_among_mentioned().cloned());
        let mut inventory = Inventory::new(self.side, self.reader.kinds(), self.reader.id(), found, self.gaps.clone());
        if let Some(keys) = self.keys {
            inventory.judge_seals(keys);
        }
        inventory
    }
}

async fn read_details(reader: &dyn Reader, inventory: &mut Inventory, wanted: Vec<Idx>) {
    let results: Vec<(Idx, Result<Resource, CatalogError>)> = {
        let inventory = &*inventory;
        stream::iter(wanted)
            .map(|idx| async move { (idx, reader.detail(&inventory[idx]).await) })
            .buffered(IN_FLIGHT)
            .collect()
            .await
    };
    for (idx, result) in results {
        match result {
            Ok(resource) => inventory.complete(idx, resource),
            Err(error) => {
                let (kind, under) = (inventory[idx].kind, Some(inventory[idx].handle.clone()));
                inventory.gaps.push(Gap {
                    at: inventory.address(idx).path.to_string(),
                    ..Gap::of_list(inventory.side, kind, under, error.to_string())
                });
            }
        }
    }
}
