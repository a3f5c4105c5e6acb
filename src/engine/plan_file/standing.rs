//! Standing: what both sides have of the things that a kept plan has steps for and a fresh one does not.

use std::collections::HashSet;

use super::KeptStep;
use crate::engine::{
    model::{Address, Inventory},
    plan::{
        Policy, Verb,
        pair::{Pairing, pair},
        scope::{Scope, scope},
    },
};

/// Where the things are that steps were kept for.
#[derive(Default)]
pub(super) struct KnownPlaces<'a> {
    /// On the source, in scope.
    source: HashSet<&'a Address>,
    /// There, and on the target.
    paired: HashSet<&'a Address>,
    /// On the target, or where it cannot be told that they are not.
    target: HashSet<&'a Address>,
}

impl<'a> KnownPlaces<'a> {
    /// Looks the things up.
    pub(super) fn of(steps: &[&'a KeptStep], source: &Inventory, target: &Inventory, policy: &Policy) -> Self {
        let mut standing = Self::default();
        if steps.is_empty() {
            return standing;
        }
        let asked: HashSet<&'a Address> = steps.iter().map(|step| &step.address).collect();
        let pairing = pair(source, target, policy);
        let scope = scope(source, target, &pairing, policy);
        standing.look_at_source(&asked, source, policy, &pairing, &scope);
        standing.look_at_target(&asked, target, &scope);
        standing
    }

    fn look_at_source(
        &mut self,
        asked: &HashSet<&'a Address>,
        source: &Inventory,
        policy: &Policy,
        pairing: &Pairing,
        scope: &Scope,
    ) {
        let concerns = |kind, idx| policy.replicates(source.kinds, kind) && scope.source(idx);
        for idx in source.ids().filter(|idx| concerns(source[*idx].kind, *idx)) {
            if let Some(address) = asked.get(&source.address(idx)) {
                self.source.insert(address);
                if pairing.target(idx).is_some() {
                    self.paired.insert(address);
                }
            }
        }
    }

    fn look_at_target(&mut self, asked: &HashSet<&'a Address>, target: &Inventory, scope: &Scope) {
        for idx in target.ids() {
            if let Some(address) = asked.get(&target.address(idx)) {
                self.target.insert(address);
            }
        }
        let unseen =
            asked.iter().filter(|address| is_in_doubt(target, address) || is_below_others(target, scope, address));
        self.target.extend(unseen);
    }

    /// Whether what a step was kept for is so already.
    pub(super) fn is_done(&self, step: &KeptStep) -> bool {
        match step.verb {
            Verb::Create | Verb::Update => self.paired.contains(&step.address),
            Verb::Delete => !self.target.contains(&step.address),
        }
    }

    /// How things stand with a step that is due no more.
    pub(super) fn word_of(&self, step: &KeptStep) -> &'static str {
        match (step.verb, self.is_done(step)) {
            (Verb::Delete, true) => "already done: the target does not have it any more",
            (Verb::Delete, false) => "it is not to be deleted any more, or it is out of scope or out of sight now",
            (_, true) => "already done: source and target agree",
            _ if self.source.contains(&step.address) => "it is not to be carried any more",
            _ => "the source does not have it any more, or it is out of scope or out of sight now",
        }
    }
}

/// Whether a list that could show a thing is in doubt.
fn is_in_doubt(inventory: &Inventory, address: &Address) -> bool {
    let kinds = inventory.kinds;
    let mut doubted = inventory.gaps.kinds();
    doubted.any(|kind| kinds.is_or_holds(kind, address.kind))
}

/// Whether a thing lives under something that is out of scope, where not everything is listed.
fn is_below_others(target: &Inventory, scope: &Scope, address: &Address) -> bool {
    let kinds = target.kinds;
    let above = std::iter::successors(kinds.row(address.kind).parent, |kind| kinds.row(*kind).parent);
    let prefixes = || address.path.match_indices('/').map(|(at, _)| &address.path[..at]);
    above.flat_map(|kind| prefixes().filter_map(move |path| target.at(kind, path))).any(|idx| !scope.target(idx))
}
