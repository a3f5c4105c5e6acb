//! Claims: marks on objects whose metadata consumers write. One pairs only with support; without it the two objects are a
//! conflict, until the operator names the target's in `ADOPT` or the mark is gone.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use super::{MatchedBy, Pairer};
use crate::engine::{
    model::{Idx, KindId, MarkOrigin, Resource, Side, kind::Trust},
    plan::{
        Adopt,
        mark_support::{Doubt, Support, SupportJudge, testimony},
    },
};

/// A mark that nothing supports: it says that two objects are one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    source: Idx,
    target: Idx,
    /// Which of the two bears the mark.
    bearer: Side,
    doubt: Doubt,
}

/// The claims on objects of one kind, in order.
#[derive(Debug, Default)]
pub(super) struct Doubted {
    claims: Vec<Claim>,
    first_on: HashMap<Idx, usize>,
    /// The source objects that a target object claims to be the copy of.
    claimed: HashSet<Idx>,
}

impl Doubted {
    fn add(&mut self, claim: Claim) {
        let number = self.claims.len();
        self.first_on.entry(claim.target).or_insert(number);
        if claim.bearer == Side::Target {
            self.claimed.insert(claim.source);
        }
        self.claims.push(claim);
    }

    /// A target object claims to be the copy of this, so that nothing else may take that place.
    pub(super) fn is_claimed(&self, source: Idx) -> bool {
        self.claimed.contains(&source)
    }

    /// The first claim on a target object.
    pub(super) fn claim_on(&self, target: Idx) -> Option<Claim> {
        let number = *self.first_on.get(&target)?;
        self.claims.get(number).copied()
    }
}

impl Pairer<'_> {
    /// Of pairs that marks on the target tell of, those that are believed; what more speaks for comes first.
    pub(super) fn believed(&mut self, kind: KindId, led: Vec<(Idx, Idx)>) -> Vec<(Idx, Idx)> {
        if !self.asks_for_support(kind) {
            return led;
        }
        let mut believed = Vec::new();
        for (source, target) in led {
            match self.support(source, target) {
                Ok(support) => believed.push((Reverse(support), (source, target))),
                Err(doubt) => self.doubted.add(Claim { source, target, bearer: Side::Target, doubt }),
            }
        }
        believed.sort_by_key(|(support, _)| *support);
        believed.into_iter().map(|(_, pair)| pair).collect()
    }

    /// The mark of a source object that names a target object is believed only with support.
    pub(super) fn is_believed_in_reverse(&mut self, source: Idx, target: Idx) -> bool {
        if !self.asks_for_support(self.source[source].kind) {
            return true;
        }
        let doubt = match (self.doubted.claim_on(target), self.support(source, target)) {
            (None, Ok(support)) if self.is_outweighed(support, source, target) => Doubt::Outweighed,
            (None, Ok(_)) => return true,
            (Some(claim), _) if claim.source == source => return false,
            // An object whose own mark is not believed answers to nobody else either.
            (Some(claim), _) => claim.doubt,
            (None, Err(doubt)) => doubt,
        };
        self.doubted.add(Claim { source, target, bearer: Side::Source, doubt });
        false
    }

    /// More may speak for the mark that an object bears itself than for that of the source object that names it as its
    /// original: it is another object's copy, by its seal or its maker; or another sync's, and the two have only a name
    /// in common, which anybody can choose.
    fn is_outweighed(&self, support: Support, source: Idx, target: Idx) -> bool {
        let copy = &self.target[target];
        let Some(mark) = &copy.mark else {
            return false;
        };
        match self.policy.origin(mark, &self.source.catalog) {
            MarkOrigin::Own if *mark.id != *self.source[source].handle.id() => {
                support.is_less_than(testimony(copy, self.trust(copy.kind), self.policy))
            }
            MarkOrigin::Other => support.is_of_a_name(),
            MarkOrigin::Own | MarkOrigin::Before | MarkOrigin::Vendor => false,
        }
    }

    fn asks_for_support(&self, kind: KindId) -> bool {
        !self.believes && matches!(self.trust(kind), Trust::WithSupport { .. })
    }

    /// Where two objects name each other, what speaks for either mark is enough.
    fn support(&self, source: Idx, target: Idx) -> Result<Support, Doubt> {
        let (original, copy) = (&self.source[source], &self.target[target]);
        let names = |bearer: &Resource, other: &Resource| {
            let mut mark = bearer.mark.iter();
            mark.any(|mark| *mark.id == *other.handle.id())
        };
        let is_of_source = |copy: &Resource| {
            let mut mark = copy.mark.iter();
            mark.any(|mark| self.policy.origin(mark, &self.source.catalog) != MarkOrigin::Other)
        };
        let is_of_target = |original: &Resource| {
            let mut mark = original.mark.iter();
            mark.any(|mark| mark.is_of(&self.target.catalog))
        };
        let forward = Some(copy).filter(|copy| names(copy, original) && is_of_source(copy));
        let reverse = Some(original).filter(|it| names(it, copy) && is_of_target(it));
        let bearers: Vec<&Resource> = forward.into_iter().chain(reverse).collect();
        self.court().support(source, target, &bearers)
    }

    pub(super) fn court(&self) -> SupportJudge<'_> {
        SupportJudge { source: self.source, target: self.target, policy: self.policy, pairing: &self.pairing }
    }

    /// Decides on the claims that are left when all other ways have been gone: nothing is made in the place of what could
    /// be a copy, and nothing is written to what could be somebody else's.
    pub(super) fn settle_doubted(&mut self) {
        for claim in std::mem::take(&mut self.doubted).claims {
            let Claim { source, target, .. } = claim;
            let is_taken = self.pairing.source(target).is_some();
            let copy = self.pairing.target(source);
            let is_of_original = claim.bearer == Side::Source;
            if is_taken || copy.is_some() && is_of_original {
                continue;
            }
            if copy.is_none() && self.is_named_for_adoption(target) {
                self.join(source, target, MatchedBy::Adopted);
            } else if copy.is_none() && !self.pairing.contested.contains_key(&source) {
                let reason = self.doubt(claim);
                self.contest(source, target, &reason);
            } else if !self.pairing.rivals.contains(&target) {
                let reason = self.doubt(claim);
                self.pairing.left_alone.insert(target, reason);
            }
        }
    }

    /// `ADOPT=all` speaks of equal names only.
    fn is_named_for_adoption(&self, target: Idx) -> bool {
        matches!(self.policy.adopt, Adopt::Listed(_)) && self.may_adopt(target)
    }

    /// Why a claim is not believed, and what can be done, for people.
    pub(super) fn doubt(&self, claim: Claim) -> String {
        let original = self.source.address(claim.source);
        let own = self.target.address(claim.target);
        let why = claim.doubt.reason();
        let copy = self.pairing.target(claim.source);
        match (claim.bearer, copy) {
            (Side::Target, Some(copy)) => format!(
                "bears the mark of {original}, whose copy is {}, and nothing speaks for it: {why}; remove `source_id` \
                 from its metadata",
                self.target.address(copy)
            ),
            (Side::Target, None) => format!(
                "bears the mark of {original}, but somebody else may have written that: {why}; ADOPT={own} takes it for \
                 the copy, otherwise remove `source_id` from its metadata"
            ),
            (Side::Source, _) => format!(
                "is what the metadata of {original} on the source names as its original, but somebody else may have \
                 written that: {why}; ADOPT={own} takes the two for one, otherwise remove `source_id` from {original} \
                 on the source"
            ),
        }
    }
}
