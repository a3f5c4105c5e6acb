//! Unlisted places: the source no longer lists some place, although the target has copies in it. A login that has lost
//! its role there gets lists without all that the place holds and is told of each object that there is none, so nothing
//! of that may be taken to be gone. Each such place is a gap, so deletions ask for it.

use std::collections::BTreeMap;

use crate::engine::{
    model::{
        Gap, Idx, Inventory, KindTable, Side,
        kind::{Reference, ReferenceKind, Role},
    },
    plan::pair::Pairing,
};

/// The target's places that the source does not list, with what is to be said of each.
#[derive(Default)]
pub(crate) struct UnlistedPlaces(pub(crate) BTreeMap<Idx, String>);

impl UnlistedPlaces {
    /// Looks where the copies are that the source no longer shows.
    pub(crate) fn of(target: &Inventory, pairing: &Pairing) -> Self {
        let copies = target.ids().filter(|idx| pairing.orphans.contains(idx));
        let places = copies.flat_map(|copy| places(target, copy));
        let unlisted = places.filter(|place| pairing.source(*place).is_none());
        Self(unlisted.map(|place| (place, reason(target, place))).collect())
    }

    /// Each of them is a gap in the source.
    pub(crate) fn gaps<'a>(&'a self, target: &'a Inventory) -> impl Iterator<Item = Gap> + 'a {
        self.0.iter().map(|(place, reason)| Gap {
            at: target.address(*place).path.to_string(),
            ..Gap::of_list(Side::Source, target[*place].kind, None, reason.clone())
        })
    }
}

/// The places of an object, of all that it hangs on and of what it lives by.
pub(crate) fn places(inventory: &Inventory, idx: Idx) -> Vec<Idx> {
    let named = |idx: Idx, is_meant: fn(&KindTable, &Reference) -> bool| {
        let references = inventory.kinds.row(inventory[idx].kind).references.iter();
        let meant = references.filter(move |it| is_meant(inventory.kinds, it));
        meant.flat_map(move |it| inventory.named(idx, it))
    };
    let lineage = inventory.lineage(idx);
    let lived_by = named(idx, |_, reference| reference.bond == ReferenceKind::LivesBy);
    lineage.chain(lived_by).flat_map(|idx| named(idx, is_place)).collect()
}

/// A reference names the place that an object is in where it names one object that must be there already.
fn is_place(kinds: &KindTable, reference: &Reference) -> bool {
    reference.bond == ReferenceKind::Needs && kinds.row(reference.kind).task == Role::Prerequisite
}

fn reason(target: &Inventory, place: Idx) -> String {
    let singular = target.kinds.row(target[place].kind).singular;
    let name = target.address(place);
    format!(
        "the source does not list the {singular} {name}, in which the target has copies: give the source's login its role there \
         back, or delete on the target what the {singular} held if it was deleted on the source"
    )
}
