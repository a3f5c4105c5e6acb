//! Stand-ins: what a new thing names in the place of something that cannot be on the target, until it can.

use super::{
    Cause,
    build::Builder,
    pair::MatchedBy,
    policy::{Fallback, Policy},
};
use crate::engine::model::{
    Address, Idx, Inventory, KindId, KindTable,
    address::decode,
    kind::{MadeWithParent, Reference},
};

/// A stand-in of the policy, looked up on the target.
#[derive(Debug, Clone, Copy)]
pub(super) struct FallbackReference<'a> {
    wish: &'a Fallback,
    /// The reference that it is put into.
    reference: &'static Reference,
    /// Where it is; none where the target does not show it.
    at: Option<Idx>,
}

/// What stands in for what a new thing names.
#[derive(Debug, Clone)]
pub(super) struct Substitution {
    /// The reference.
    pub(super) field: &'static str,
    /// What the target has in its place.
    by: Idx,
    /// The same, as documents in terms of the source name it.
    pub(super) address: Address,
    /// What the operator should know of it.
    pub(super) note: String,
}

/// Looks the policy's stand-ins up.
pub(super) fn understudies<'a>(target: &Inventory, policy: &'a Policy) -> Vec<FallbackReference<'a>> {
    let known = |wish: &'a Fallback| {
        let reference = reference(target.kinds, wish.kind, wish.field)?;
        Some(FallbackReference { wish, reference, at: look_up(target, reference.kind, &wish.address) })
    };
    policy.stand_ins.iter().filter_map(known).collect()
}

fn reference(kinds: &KindTable, kind: KindId, field: &str) -> Option<&'static Reference> {
    let mut references = kinds.row(kind).references.iter();
    references.find(|reference| reference.field == field)
}

/// Where letters are the same person in either case, the operator may write them in either.
pub(super) fn look_up(target: &Inventory, kind: KindId, address: &str) -> Option<Idx> {
    target.at(kind, address).or_else(|| {
        let (home, own) = address.rsplit_once('/')?;
        let folded = decode(own).to_lowercase();
        let is_same = |idx: &Idx| {
            let key = target[*idx].key.as_deref();
            let parent = target.parent(*idx);
            key.is_some_and(|key| decode(key) == folded)
                && parent.is_some_and(|parent| &*target.address(parent).path == home)
        };
        target.of_kind(kind).find(is_same)
    })
}

impl Builder<'_> {
    /// What stands in for what a new thing names, where that cannot be on the target.
    ///
    /// # Errors
    /// Why nothing does, although the operator wished so.
    pub(super) fn substitution(&self, idx: Idx) -> Result<Option<Substitution>, Cause> {
        let kind = self.source[idx].kind;
        let found = self.understudies.iter().find_map(|it| {
            let named = self.homeless(idx, it.reference)?;
            (it.wish.kind == kind).then_some((it, named))
        });
        let Some((understudy, named)) = found else {
            return Ok(None);
        };
        let by = understudy.at.ok_or_else(|| self.no_understudy(understudy, named))?;
        let partner = self.pairing.source(by);
        Ok(Some(Substitution {
            field: understudy.wish.field,
            by,
            address: partner.map_or_else(|| self.target.address(by), |partner| self.source.address(partner)),
            note: self.in_place_of(understudy, named),
        }))
    }

    /// What a thing names although the target has no home for it.
    fn homeless(&self, idx: Idx, reference: &Reference) -> Option<Idx> {
        let named = *self.source.named(idx, reference).first()?;
        let home = self.source.parent(named)?;
        let is_missing = self.pairing.target(home).is_none() && !self.target.is_in_doubt(self.source[home].kind);
        is_missing.then_some(named)
    }

    fn in_place_of(&self, understudy: &FallbackReference<'_>, named: Idx) -> String {
        let Fallback { field, setting, .. } = understudy.wish;
        let by = understudy.at.map(|by| self.target.address(by));
        let by = by.map_or_else(|| understudy.wish.address.clone(), |by| by.to_string());
        format!("its {field} is {by} ({setting}) until {} can exist on the target", self.source.address(named))
    }

    fn no_understudy(&self, understudy: &FallbackReference<'_>, named: Idx) -> Cause {
        let Fallback { setting, address, .. } = understudy.wish;
        let home = self.source.parent(named).map(|home| self.absence(home));
        let singular = self.row(understudy.reference.kind).singular;
        Cause::Missing(format!(
            "{}, and the {singular} {address} ({setting}) is not there either, or out of this login's sight: create it \
             there, or correct {setting}",
            home.unwrap_or_default()
        ))
    }

    /// Why a pair's reference is left as it is: a stand-in holds the place, on this side or on the other.
    pub(super) fn held_by_stand_in(&self, idx: Idx, field: &str) -> Option<Cause> {
        let target = self.pairing.target(idx)?;
        let kind = self.source[idx].kind;
        let understudy = self.understudies.iter().find(|it| it.wish.kind == kind && it.wish.field == field)?;
        let now = self.target.named(target, understudy.reference);
        if let Some(named) = self.homeless(idx, understudy.reference)
            && understudy.at.is_some()
            && now.first().copied() == understudy.at
        {
            return Some(Cause::StandIn(self.in_place_of(understudy, named)));
        }
        let wanted = *self.source.named(idx, understudy.reference).first()?;
        let address = self.source.address(wanted);
        let is_stand_in = *address.path == *understudy.wish.address
            || understudy.at.is_some() && self.pairing.target(wanted) == understudy.at;
        (is_stand_in && self.pairing.how(idx) == Some(MatchedBy::ReverseMark)).then(|| {
            Cause::StandIn(format!(
                "{address} ({}) only stands in on the {}: the original keeps its {field}",
                understudy.wish.setting, self.source.side
            ))
        })
    }

    /// Whether a thing on the target is there because the server made it for a stand-in.
    pub(super) fn is_of_stand_in(&self, target: Idx) -> bool {
        let row = self.row(self.target[target].kind);
        let MadeWithParent::NamedByParent { field, child_field, .. } = row.birth else {
            return false;
        };
        let Some(reference) = reference(self.target.kinds, self.target[target].kind, child_field) else {
            return false;
        };
        let named = self.target.named(target, reference);
        let mut understudies = self.understudies.iter();
        understudies.any(|it| {
            Some(it.wish.kind) == row.parent && it.wish.field == field && it.at.is_some_and(|at| named.contains(&at))
        })
    }

    /// Whether the server makes a child along with a parent that names a stand-in. None where the parent names its own.
    pub(super) fn comes_with_stand_in(&self, child: Idx, child_field: &str) -> Option<bool> {
        let by = self.substitutions.get(&self.source.parent(child)?)?.by;
        let reference = reference(self.source.kinds, self.source[child].kind, child_field)?;
        let named = self.source.named(child, reference);
        Some(named.iter().any(|named| self.pairing.target(*named) == Some(by)))
    }

    /// Where the steps will find the stand-ins that no source object answers to.
    pub(super) fn note_stand_ins(&mut self) {
        let mut places: Vec<_> = self
            .substitutions
            .values()
            .filter(|it| self.pairing.source(it.by).is_none())
            .map(|it| (it.address.clone(), self.target[it.by].handle.clone()))
            .collect();
        places.sort_unstable();
        places.dedup();
        self.plan.present.extend(places);
    }
}
