//! The context of a plan: both catalogs, who answers to whom, what the operator wants, and what could not be read. Nothing
//! in it changes while a plan is made, so whatever asks it may ask in any order; what depends on decisions is asked of the
//! [`Draft`](super::draft::Draft).

mod births;
mod bundles;
mod deletions;
mod evidence;
pub(super) mod lifecycle;
mod marks;
mod objects;
mod ownership;
mod planned_state;
mod references;
mod unique_values;
mod unmarked;

use std::{cell::OnceCell, collections::HashMap};

pub(crate) use self::deletions::holds_own;
pub(crate) use self::marks::metadata_change;
use self::{evidence::Evidence, objects::Dependents, unique_values::ValueHolders};
use super::{
    gaps::Gaps,
    pair::Pairing,
    policy::Policy,
    rules::{
        fallback_reference::{FallbackReference, fallback_references},
        site_values::SiteValues,
        unlisted_places::UnlistedPlaces,
    },
    scope::Scope,
};
use crate::engine::model::{Gap, Idx, Inventory};

/// Everything that a plan is made from.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a Inventory,
    pub(crate) target: &'a Inventory,
    pub(crate) policy: &'a Policy,
    pub(crate) pairing: &'a Pairing,
    pub(crate) scope: &'a Scope,
    pub(crate) gaps: Gaps<'a>,
    /// The places that the source does not list.
    pub(crate) unlisted_places: UnlistedPlaces,
    pub(crate) value_holders: ValueHolders,
    pub(crate) site_values: SiteValues,
    /// The fallback references that the operator named.
    pub(crate) fallbacks: Vec<FallbackReference<'a>>,
    evidence: Evidence,
    // These take a look at everything, so they are found out once, and only in runs that ask.
    source_dependents: OnceCell<Dependents>,
    target_dependents: OnceCell<Dependents>,
    target_carriers: OnceCell<HashMap<Idx, Vec<Idx>>>,
    begins_to_manage: OnceCell<bool>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        source: &'a Inventory,
        target: &'a Inventory,
        policy: &'a Policy,
        pairing: &'a Pairing,
        scope: &'a Scope,
    ) -> Self {
        Self {
            source,
            target,
            policy,
            pairing,
            scope,
            gaps: Gaps::new(source, target, pairing),
            unlisted_places: UnlistedPlaces::of(target, pairing),
            value_holders: ValueHolders::new(target),
            site_values: SiteValues::new(source, target, policy, pairing, scope),
            fallbacks: fallback_references(target, policy),
            evidence: Evidence::new(source.kinds),
            source_dependents: OnceCell::new(),
            target_dependents: OnceCell::new(),
            target_carriers: OnceCell::new(),
            begins_to_manage: OnceCell::new(),
        }
    }

    /// All gaps of both sides are told, and so are the places that only the source's login does not see.
    pub(crate) fn all_gaps(&self) -> Vec<Gap> {
        let mut gaps = self.source.gaps.to_vec();
        gaps.extend(self.target.gaps.iter().cloned());
        gaps.extend(self.unlisted_places.gaps(self.target));
        gaps
    }
}
