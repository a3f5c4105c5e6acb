//! Joining: from what lists showed to an inventory in which everything knows its place.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Idx, Inventory, Referrer, Rows, Side};
use crate::engine::model::{
    Document, Gap, GapList, Handle, KindId, KindTable, Name, Resource, Row,
    kind::{MadeWithParent, Reference, ReferenceKind},
};

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
        gaps: impl Into<GapList>,
    ) -> Self {
        let mut by_kind: Vec<Vec<Resource>> = kinds.ids().map(|_| Vec::new()).collect();
        for resource in found {
            by_kind[usize::from(resource.kind.0)].push(resource);
        }
        let mut inventory = Self {
            side,
            kinds,
            catalog: catalog.into(),
            gaps: gaps.into(),
            resources: Vec::new(),
            parents: Vec::new(),
            ranges: Vec::new(),
            by_handle: kinds.ids().map(|_| HashMap::new()).collect(),
            by_address: kinds.ids().map(|_| HashMap::new()).collect(),
            loose: HashSet::new(),
            dangling: BTreeSet::new(),
            unknown: HashSet::new(),
            rows: Rows::default(),
            askers: HashMap::new(),
        };
        inventory.note_rows();
        for (kind, resources) in kinds.ids().zip(by_kind) {
            inventory.add_kind(kind, resources);
            inventory.follow_links(kind);
        }
        inventory.join_states();
        inventory.check_claims();
        inventory.name_gaps();
        inventory
    }

    fn add_kind(&mut self, kind: KindId, mut resources: Vec<Resource>) {
        let start = self.resources.len();
        // Gaps name what they were found by, so they are looked for in an order that is not the server's.
        resources.sort_by(|a, b| a.handle.cmp(&b.handle));
        let mut joined: Vec<_> = resources.into_iter().filter_map(|resource| self.join(resource)).collect();
        joined.sort_by(|(a_parent, a), (b_parent, b)| {
            (a_parent, a.name.text(), a.created_at, &a.handle).cmp(&(b_parent, b.name.text(), b.created_at, &b.handle))
        });
        joined.dedup_by(|(_, a), (_, b)| a.handle == b.handle);
        for (parent, resource) in joined {
            let idx = Idx::of(self.resources.len());
            self.by_handle[usize::from(kind.0)].insert(resource.handle.clone(), idx);
            self.parents.push(parent);
            self.resources.push(resource);
            if self.kinds.is_pointed_at(kind) {
                let address = self.address(idx);
                self.by_address[usize::from(kind.0)].entry(address.path).or_insert(idx);
            }
        }
        self.ranges.push(start..self.resources.len());
    }

    fn note_rows(&mut self) {
        for gap in self.gaps.iter() {
            let handle = gap.row.as_ref().and_then(|row| row.handle.clone());
            if let Some(handle) = handle {
                self.rows.insert(gap.kind, handle);
            }
        }
    }

    fn is_row_at(&self, kind: KindId, handle: &str) -> bool {
        self.rows.contains(kind, handle)
    }

    fn join(&mut self, mut resource: Resource) -> Option<(Option<Idx>, Resource)> {
        let parent = match self.kinds.row(resource.kind).parent {
            None => None,
            Some(kind) => match self.find(kind, resource.handle.parent().unwrap_or_default()) {
                Some(parent) => Some(parent),
                // The row's own gap speaks for all that is below it.
                None if self.is_row_at(kind, resource.handle.parent().unwrap_or_default()) => {
                    self.rows.insert(resource.kind, resource.handle);
                    return None;
                }
                None => return self.leave_out(&resource, kind, None),
            },
        };
        if let Name::Of { kind, handle, rest } = &resource.name {
            let Some(named) = self.find(*kind, handle.as_str()) else {
                if self.is_row_at(*kind, handle.as_str()) {
                    return self.hang_on_row(&resource, *kind, handle);
                }
                let under = resource.handle.parent().map(Handle::new);
                return self.leave_out(&resource, *kind, under);
            };
            let after = rest.as_deref().map_or_else(String::new, |rest| format!("/{rest}"));
            resource.key = Some(format!("{}{after}", self.key_path(named)).into());
            resource.name = Name::Plain(format!("{}{after}", self.address(named)).into());
        }
        resource.document = self.with_addresses(&resource);
        if resource.mark.is_none() {
            resource.mark = resource.mark_of_birth().filter(|birth| {
                let above = parent.and_then(|parent| self[parent].mark.as_ref());
                above.is_some_and(|mark| mark.id == birth.id)
            });
        }
        Some((parent, resource))
    }

    /// What takes its name from a row that cannot be used is such a row itself.
    fn hang_on_row<T>(&mut self, resource: &Resource, missing: KindId, row: &Handle) -> Option<T> {
        self.ask_for_row(resource, missing, row);
        let (singular, id) = (self.kinds.row(missing).singular, row.id());
        let reason = format!("it hangs on the {singular} {id}, whose row cannot be used");
        self.gaps.push(Gap {
            side: self.side,
            kind: resource.kind,
            under: resource.handle.parent().map(Handle::new),
            at: String::new(),
            reason: row_reason(self.kinds.row(resource.kind).singular, resource.handle.id(), &reason),
            row: Some(Row { handle: Some(resource.handle.clone()), mark: resource.mark.clone() }),
        });
        self.rows.insert(resource.kind, resource.handle.clone());
        None
    }

    fn ask_for_row(&mut self, resource: &Resource, row_kind: KindId, row: &Handle) {
        let askers = self.askers.entry((row_kind, row.clone())).or_default();
        askers.push(Referrer { kind: resource.kind, handle: resource.handle.clone() });
    }

    fn leave_out<T>(&mut self, resource: &Resource, missing: KindId, under: Option<Handle>) -> Option<T> {
        self.loose.insert(resource.kind);
        self.loose.insert(missing);
        // Where the whole other list is in doubt there is nothing to say of each single one.
        let under = under.filter(|_| !self.has_gap(missing));
        if !self.gaps.has_list(resource.kind, under.clone()) {
            let reason = format!(
                "{} {} hangs on a {} that was not listed",
                self.kinds.row(resource.kind).singular,
                resource.handle.id(),
                self.kinds.row(missing).singular,
            );
            self.gaps.push(Gap::of_list(self.side, resource.kind, under, reason));
        }
        None
    }

    /// References arrive as handles. One that leads nowhere is dropped: the planner then finds none.
    fn with_addresses(&mut self, resource: &Resource) -> Document {
        let references = self.kinds.row(resource.kind).references;
        if references.is_empty() {
            return resource.document.clone();
        }
        let fields = resource.document.fields();
        let mut known = Vec::new();
        for reference in references.iter().filter(|it| !it.bond.is_link()) {
            let value = match fields.get(reference.field) {
                Some(Value::Array(handles)) => self.addresses(resource, reference, handles),
                Some(Value::String(handle)) => {
                    if self.is_row_at(reference.kind, handle) {
                        self.ask_for_row(resource, reference.kind, &Handle::new(handle));
                    }
                    self.address_value(reference.kind, handle)
                }
                _ => continue,
            };
            known.push((reference.field.to_owned(), value));
        }
        resource.document.with(known)
    }

    fn address_value(&self, kind: KindId, handle: &str) -> Value {
        let found = self.find(kind, handle);
        found.map_or(Value::Null, |idx| Value::from(&*self.address(idx).path))
    }

    /// The addresses of a list of references. What dangles is left out, unless the list that should hold it is in
    /// doubt: then nothing is known of the whole.
    fn addresses(&mut self, resource: &Resource, reference: &Reference, handles: &[Value]) -> Value {
        let handles: Vec<&str> = handles.iter().filter_map(Value::as_str).collect();
        let mut addresses: Vec<String> = handles
            .iter()
            .filter_map(|handle| self.find(reference.kind, handle))
            .map(|idx| self.address(idx).path.to_string())
            .collect();
        if addresses.len() < handles.len() {
            if reference.bond == ReferenceKind::Carries {
                self.miss_carried(resource, reference.kind, &handles);
            } else if self.has_gap(reference.kind)
                || handles.iter().any(|handle| self.is_row_at(reference.kind, handle))
            {
                let place = (resource.kind, resource.handle.clone(), reference.field);
                self.unknown.insert(place);
                return Value::Null;
            } else {
                let lost = handles
                    .iter()
                    .filter(|handle| self.find(reference.kind, handle).is_none())
                    .map(|handle| (reference.kind, Handle::new(handle)));
                let lost: Vec<_> = lost.collect();
                self.dangling.extend(lost);
            }
        }
        addresses.sort();
        addresses.dedup();
        addresses.into()
    }

    /// What carries something that was not listed cannot be written as a whole.
    fn miss_carried(&mut self, resource: &Resource, missing: KindId, handles: &[&str]) {
        for row in handles.iter().filter(|it| self.is_row_at(missing, it)).collect::<Vec<_>>() {
            self.ask_for_row(resource, missing, &Handle::new(row));
        }
        // Reading again would not mend a row.
        if !self.has_row_gap(missing) {
            self.loose.insert(resource.kind);
            self.loose.insert(missing);
        }
        let reason = format!(
            "{} {} names an {} that was not listed",
            self.kinds.row(resource.kind).singular,
            resource.name.text(),
            self.kinds.row(missing).singular,
        );
        self.gaps.push(Gap::of_list(self.side, resource.kind, Some(resource.handle.clone()), reason));
    }

    /// Links lead from one thing to another of its kind, so they are followed when all of the kind are known.
    fn follow_links(&mut self, kind: KindId) {
        let links: Vec<&Reference> =
            self.kinds.row(kind).references.iter().filter(|reference| reference.bond.is_link()).collect();
        if links.is_empty() {
            return;
        }
        for idx in self.of_kind(kind) {
            let fields = self[idx].document.fields();
            let found: Vec<(String, Value)> = links
                .iter()
                .filter_map(|link| {
                    let handle = fields.get(link.field)?.as_str()?;
                    Some((link.field.to_owned(), self.address_value(kind, handle)))
                })
                .collect();
            if !found.is_empty() {
                let document = self[idx].document.with(found);
                self.resources[idx.number()].document = document;
            }
        }
    }

    /// What stands for the unread parts of a thing stands for those of all that it carries as well.
    fn join_states(&mut self) {
        for idx in self.ids() {
            let references = self.kinds.row(self[idx].kind).references;
            if !references.iter().any(|it| it.bond == ReferenceKind::Carries) {
                continue;
            }
            let mut carried = self.carried(idx);
            carried.sort_by(|a, b| self[*a].key().cmp(self[*b].key()));
            let all = std::iter::once(idx).chain(carried);
            let states: Option<Vec<String>> = all
                .map(|idx| {
                    let state = self[idx].state.as_deref()?;
                    Some(format!("{} {state}", self[idx].key()))
                })
                .collect();
            let joined = states.map(|states| digest(&states.join("\n")));
            self.resources[idx.number()].state = joined.map(Into::into);
        }
    }

    /// Holds what parents say of their children against what was listed.
    fn check_claims(&mut self) {
        for parent in self.ids() {
            let Some(claims) = &self[parent].claims else {
                continue;
            };
            let Some(kind) = self.kinds.ids().find(|kind| {
                let row = self.kinds.row(*kind);
                row.birth == MadeWithParent::FirstOfParent && row.parent == Some(self[parent].kind)
            }) else {
                continue;
            };
            if self.kind(kind).is_empty() && self.has_gap(kind) {
                continue;
            }
            let claimed: HashSet<&str> = claims.iter().map(AsRef::as_ref).collect();
            let unusable = self.rows.below(&self[parent].handle, kind);
            let listed: HashSet<&str> =
                self.children(parent, kind).map(|child| self[child].handle.id()).chain(unusable).collect();
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
                self.gaps.push(Gap::of_list(self.side, kind, under, reason));
            }
        }
    }

    /// Says in people's words where the gaps are.
    fn name_gaps(&mut self) {
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.name(|gap| {
            let kinds = self.kinds.ids();
            let mut holders = kinds.filter(|kind| self.kinds.is_or_holds(*kind, gap.kind)).rev();
            let branch = gap.under.as_ref().and_then(|under| holders.find_map(|kind| self.find(kind, under.as_str())));
            branch.map_or_else(String::new, |idx| self.address(idx).path.to_string())
        });
        self.gaps = gaps;
    }
}

/// Why a row cannot be used, for people.
#[must_use]
pub fn row_reason(singular: &str, id: &str, lack: &str) -> String {
    format!("the {singular} {id} cannot be used, and nothing that it could be is deleted: {lack}")
}

/// 128 bits of a digest, in hexadecimal digits.
fn digest(text: &str) -> String {
    use std::fmt::Write;
    let hash = Sha256::digest(text);
    let mut digits = String::with_capacity(32);
    for byte in &hash[..16] {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
