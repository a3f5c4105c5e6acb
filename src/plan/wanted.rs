//! What has still to be read before two inventories can be compared: parts that lists do not show, unless a hint says
//! that nothing happened.

use super::{Policy, pair::pair, scope::scope};
use crate::model::{Idx, Inventory};

/// The objects of both sides that are still to be read one by one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// On the source.
    pub source: Vec<Idx>,
    /// On the target.
    pub target: Vec<Idx>,
}

/// Finds out what has to be read.
#[must_use]
pub fn wanted(source: &Inventory, target: &Inventory, policy: &Policy) -> Wanted {
    let pairing = pair(source, target, policy);
    let scope = scope(source, target, &pairing, policy);
    let mut wanted = Wanted::default();
    for idx in source.ids().filter(|idx| scope.source(*idx)) {
        if !policy.replicates(source.kinds, source[idx].kind) {
            continue;
        }
        let partner = pairing.target(idx);
        if !policy.deep
            && partner.is_some_and(|partner| source[idx].is_as_noted_on(&target[partner]))
        {
            continue;
        }
        if source[idx].unread {
            wanted.source.push(idx);
        }
        wanted
            .target
            .extend(partner.filter(|partner| target[*partner].unread));
    }
    wanted
}
