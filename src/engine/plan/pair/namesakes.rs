//! Namesakes: source objects that the target takes for one, as where letters count in either case on the source and not
//! on the target. One of them is carried; the others, and whatever is known by them, are conflicts (behaviour.md, "Users").

use std::collections::{BTreeMap, HashMap};

use super::Pairing;
use crate::engine::{
    model::{
        Idx, Inventory, KindId, Resource, Seal,
        kind::{Identity, Presence, ReferenceKind},
    },
    plan::{policy::Policy, scope::scope_of_source},
};

/// Decides which of the namesakes of a kind is carried, and notes the others as contested. What they live under is paired
/// already.
pub(super) fn settle(source: &Inventory, target: &Inventory, policy: &Policy, kind: KindId, pairing: &mut Pairing) {
    let row = source.kinds.row(kind);
    if !row.key_is_fixed || row.identity != Identity::Natural || source.kinds.is_carried(kind) {
        return;
    }
    let namesakes = Namesakes { source, target };
    namesakes.follow(kind, pairing);
    let groups = namesakes.groups(kind, pairing);
    if groups.is_empty() {
        return;
    }
    let scope = scope_of_source(source, policy);
    for group in groups {
        let in_scope = |idx: &Idx| row.presence == Presence::Own || scope[idx.number()];
        namesakes.judge(&group, in_scope, pairing);
    }
}

struct Namesakes<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
}

impl Namesakes<'_> {
    /// An object that is known by a contested one is contested with it: it must not become another's.
    fn follow(&self, kind: KindId, pairing: &mut Pairing) {
        if pairing.contested.is_empty() {
            return;
        }
        let lost: Vec<(Idx, String)> =
            self.source.of_kind(kind).filter_map(|idx| Some((idx, self.reason_below(idx, pairing)?))).collect();
        for (idx, reason) in lost {
            pairing.rivals.extend(self.place_of(idx, pairing));
            pairing.contested.insert(idx, reason);
        }
    }

    fn reason_below(&self, idx: Idx, pairing: &Pairing) -> Option<String> {
        let kinds = self.source.kinds;
        let references = kinds.row(self.source[idx].kind).references.iter();
        references
            .filter(|it| it.bond == ReferenceKind::Needs && kinds.row(it.kind).key_is_fixed)
            .flat_map(|reference| self.source.named(idx, reference))
            .find_map(|named| pairing.contested.get(&named).cloned())
    }

    /// Two or more of one key under one parent, in order.
    fn groups(&self, kind: KindId, pairing: &Pairing) -> Vec<Vec<Idx>> {
        let mut first: HashMap<(Option<Idx>, &str), Idx> = HashMap::new();
        let mut groups: BTreeMap<Idx, Vec<Idx>> = BTreeMap::new();
        for idx in self.source.of_kind(kind) {
            if pairing.contested.contains_key(&idx) {
                continue;
            }
            let key = (self.source.parent(idx), self.source[idx].key());
            let head = *first.entry(key).or_insert(idx);
            if head != idx {
                groups.entry(head).or_insert_with(|| vec![head]).push(idx);
            }
        }
        groups.into_values().collect()
    }

    fn judge(&self, group: &[Idx], in_scope: impl Fn(&Idx) -> bool, pairing: &mut Pairing) {
        let Some(first) = group.first().copied() else {
            return;
        };
        let there = self.place_of(first, pairing);
        let winner = match there {
            Some(there) => self.rightful(group, there),
            None => self.made_first(group.iter().copied().filter(in_scope)),
        };
        match (winner, there) {
            (Some((winner, why)), _) => {
                let others = group.iter().filter(|idx| **idx != winner);
                for idx in others {
                    let reason = self.lost_to(*idx, winner, why);
                    pairing.contested.insert(*idx, reason);
                }
            }
            (None, Some(there)) => {
                pairing.rivals.insert(there);
                let reason = self.undecided(group, there);
                let lost = group.iter().map(|idx| (*idx, reason.clone()));
                pairing.contested.extend(lost);
            }
            (None, None) => {}
        }
    }

    /// The one object on the target that has the key of all of them.
    fn place_of(&self, idx: Idx, pairing: &Pairing) -> Option<Idx> {
        let parent = pairing.target(self.source.parent(idx)?)?;
        let mut children = self.target.children(parent, self.source[idx].kind);
        children.find(|child| self.target[*child].key() == self.source[idx].key())
    }

    /// Whose the object on the target is, and how that shows.
    fn rightful(&self, group: &[Idx], there: Idx) -> Option<(Idx, &'static str)> {
        let (partner, catalog) = (&self.target[there], &self.source.catalog);
        let row = self.source.kinds.row(partner.kind);
        let the_one = |fits: &dyn Fn(&Resource) -> bool| {
            let mut fitting = group.iter().filter(|idx| fits(&self.source[**idx]));
            let one = fitting.next().copied();
            one.filter(|_| fitting.next().is_none())
        };
        let mark = partner.mark.as_ref();
        let mark = mark.filter(|mark| mark.is_of(catalog) && partner.seal != Seal::Wrong);
        if let Some(mark) = mark
            && let Some(idx) = the_one(&|it| *mark.id == *it.handle.id())
        {
            return Some((idx, "what the target has bears its mark"));
        }
        if let Some(idx) = the_one(&|it| it.name.text() == partner.name.text()) {
            return Some((idx, "the target spells it so"));
        }
        let value = |it: &Resource| folded(it, row.site_unique?.0);
        let known = value(partner);
        if let Some(idx) = the_one(&|it| known.is_some() && value(it) == known) {
            return Some((idx, "what the target has agrees with it"));
        }
        // People are not one another; of objects that the server itself takes for one, one is as good as the other.
        if row.presence == Presence::ByReference {
            return None;
        }
        self.made_first(group.iter().copied())
    }

    fn made_first(&self, group: impl Iterator<Item = Idx>) -> Option<(Idx, &'static str)> {
        let age = |idx: &Idx| (self.source[*idx].created_at, &self.source[*idx].handle);
        let first = group.min_by(|one, other| age(one).cmp(&age(other)))?;
        Some((first, "it was made first"))
    }

    fn lost_to(&self, idx: Idx, winner: Idx, why: &str) -> String {
        let (own, other) = self.told(idx, winner);
        format!(
            "{own} and {other} are one to the target: {other} is carried ({why}); give one of the two another name on \
             the source"
        )
    }

    fn undecided(&self, group: &[Idx], there: Idx) -> String {
        let singular = self.source.kinds.row(self.target[there].kind).singular;
        let names: Vec<String> = group.iter().map(|idx| self.source.address(*idx).to_string()).collect();
        format!(
            "{singular} {} are one to the target, and nothing tells whose {singular} {} there is: give all but one of \
             them another name on the source",
            names.join(" and "),
            self.target.address(there)
        )
    }

    /// Two of one address are told apart by their ids.
    fn told(&self, one: Idx, other: Idx) -> (String, String) {
        let singular = self.source.kinds.row(self.source[one].kind).singular;
        let addresses = [one, other].map(|idx| self.source.address(idx));
        let [one, other] = [one, other].map(|idx| {
            let address = self.source.address(idx);
            if addresses[0] == addresses[1] {
                format!("{singular} {address} (id {})", self.source[idx].handle.id())
            } else {
                format!("{singular} {address}")
            }
        });
        (one, other)
    }
}

/// A text that counts in either case.
pub(crate) fn folded(resource: &Resource, field: &str) -> Option<String> {
    let value = resource.document.field(field);
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(text.to_lowercase())
}
