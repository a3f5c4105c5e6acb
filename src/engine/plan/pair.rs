//! Pairing: which target object answers to which source object (behaviour.md, "Which target object answers to which
//! source object"). From parents to children; one target object answers to at most one source object.

mod claim;
mod lost;
mod names;
pub(super) mod namesakes;

use std::collections::{HashMap, HashSet};

use self::claim::Doubted;
use super::{policy::Policy, step::MarkCount};
use crate::engine::model::{
    Idx, Inventory, KindId, MarkOrigin,
    kind::{Identity, Presence, Trust},
};

/// Pairs two inventories.
#[must_use]
pub fn pair(source: &Inventory, target: &Inventory, policy: &Policy) -> Pairing {
    Pairer::new(source, target, policy).pair()
}

/// Pairs two inventories of which not all is known yet that speaks for marks or against them: all marks are believed.
#[must_use]
pub fn pair_as_claimed(source: &Inventory, target: &Inventory, policy: &Policy) -> Pairing {
    let pairer = Pairer { believes: true, ..Pairer::new(source, target, policy) };
    pairer.pair()
}

/// Who answers to whom.
#[derive(Debug, Default)]
pub struct Pairing {
    to_target: Vec<Option<(Idx, MatchedBy)>>,
    to_source: Vec<Option<Idx>>,
    /// Source objects that another target object stands in the way of, with the reason.
    pub contested: HashMap<Idx, String>,
    /// The target objects that stand in the way.
    pub rivals: HashSet<Idx>,
    /// Target objects that are left alone because more than one claim exists on them, with the reason.
    pub left_alone: HashMap<Idx, String>,
    /// Target objects that belong to another sync.
    pub foreign: HashSet<Idx>,
    /// Target objects that bear a mark of this source whose original was not listed.
    pub orphans: HashSet<Idx>,
    /// Target objects whose original has become another object in place, e.g. a subscription to another plan.
    pub outdated: HashMap<Idx, Idx>,
    /// The marks that lead somewhere, counted.
    pub marks: MarkCount,
}

/// Two objects that answer to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partners {
    /// The source's.
    pub source: Idx,
    /// The target's.
    pub target: Idx,
    /// By what they were found.
    pub how: MatchedBy,
}

/// By what two partners were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    /// The target object bears the source object's id.
    Mark,
    /// The source object bears the target object's id: it is a copy, the target has the original.
    ReverseMark,
    /// The server itself keeps the key unique.
    NaturalKey,
    /// The target object's mark leads nowhere, and its name is that of a source object without a partner.
    ReMark,
    /// A child of the target object bears the mark and the natural key of a child of the source object: its own mark was
    /// lost to somebody's edit.
    Child,
    /// The operator said that equal names, or a mark that nothing supports, mean the same thing.
    Adopted,
}

impl Pairing {
    /// The target object that answers to a source object.
    #[must_use]
    pub fn target(&self, source: Idx) -> Option<Idx> {
        self.to_target[source.number()].map(|(target, _)| target)
    }

    /// By what a source object's partner was found.
    #[must_use]
    pub fn how(&self, source: Idx) -> Option<MatchedBy> {
        self.to_target[source.number()].map(|(_, how)| how)
    }

    /// A source object with what answers to it.
    #[must_use]
    pub fn partners(&self, source: Idx) -> Option<Partners> {
        self.to_target[source.number()].map(|(target, how)| Partners { source, target, how })
    }

    /// The source object that a target object answers to.
    #[must_use]
    pub fn source(&self, target: Idx) -> Option<Idx> {
        self.to_source[target.number()]
    }
}

type Ids<'a> = HashMap<(KindId, &'a str), Idx>;

fn ids(inventory: &Inventory) -> Ids<'_> {
    inventory.ids().map(|idx| ((inventory[idx].kind, inventory[idx].handle.id()), idx)).collect()
}

struct Pairer<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    policy: &'a Policy,
    source_ids: Ids<'a>,
    target_ids: Ids<'a>,
    /// Marks are believed without support.
    believes: bool,
    /// Marks that nothing supports, of the kind that is being paired.
    doubted: Doubted,
    /// Objects of that kind whose mark leads to something that stands elsewhere.
    misplaced: Vec<(Idx, Idx)>,
    pairing: Pairing,
}

impl<'a> Pairer<'a> {
    fn new(source: &'a Inventory, target: &'a Inventory, policy: &'a Policy) -> Self {
        Self {
            source,
            target,
            policy,
            source_ids: ids(source),
            target_ids: ids(target),
            believes: false,
            doubted: Doubted::default(),
            misplaced: Vec::new(),
            pairing: Pairing {
                to_target: vec![None; source.len()],
                to_source: vec![None; target.len()],
                ..Pairing::default()
            },
        }
    }

    fn pair(mut self) -> Pairing {
        for kind in self.source.kinds.ids() {
            namesakes::settle(self.source, self.target, self.policy, kind, &mut self.pairing);
            let identity = self.source.kinds.row(kind).identity;
            self.by_mark(kind);
            if identity == Identity::Named {
                self.leave_misplaced();
            }
            self.by_reverse_mark(kind);
            match identity {
                Identity::Natural => {
                    // A mark that counts nowhere stands in nobody's way.
                    self.by_natural_key(kind);
                    self.leave_misplaced();
                    self.by_birth(kind);
                }
                Identity::Named => {
                    self.by_re_mark(kind);
                    self.by_child(kind);
                    self.by_name(kind);
                }
            }
            self.settle_doubted();
        }
        self.count_marks();
        self.pairing
    }

    fn by_mark(&mut self, kind: KindId) {
        let trust = self.trust(kind);
        let mut led = Vec::new();
        for target in self.marked_by_age(kind) {
            let Some(mark) = &self.target[target].mark else {
                continue;
            };
            if self.policy.origin(mark, &self.source.catalog) == MarkOrigin::Other {
                self.pairing.foreign.insert(target);
                continue;
            }
            if trust == Trust::Never {
                continue;
            }
            match self.source_ids.get(&(kind, &*mark.id)).copied() {
                None => {
                    self.pairing.orphans.insert(target);
                }
                Some(source) if self.is_another_thing(source, target) => {
                    self.pairing.outdated.insert(target, source);
                }
                Some(source) if self.parents_are_partners(source, target) => {
                    led.push((source, target));
                }
                Some(source) => self.misplaced.push((source, target)),
            }
        }
        for (source, target) in self.believed(kind, led) {
            self.pair_or_contest(source, target);
        }
    }

    fn trust(&self, kind: KindId) -> Trust {
        self.source.kinds.row(kind).trust
    }

    /// The object made first wins a mark that two bear.
    fn marked_by_age(&self, kind: KindId) -> Vec<Idx> {
        let all = self.target.of_kind(kind);
        let mut marked: Vec<Idx> = all.filter(|idx| self.target[*idx].mark.is_some()).collect();
        let age = |idx: &Idx| (self.target[*idx].created_at, &self.target[*idx].handle);
        marked.sort_by(|one, other| age(one).cmp(&age(other)));
        marked
    }

    fn is_another_thing(&self, source: Idx, target: Idx) -> bool {
        self.source.kinds.row(self.source[source].kind).key_is_fixed
            && self.source[source].key() != self.target[target].key()
    }

    fn pair_or_contest(&mut self, source: Idx, target: Idx) {
        match self.pairing.target(source) {
            None => self.join(source, target, MatchedBy::Mark),
            Some(first) => {
                let why = if self.target[first].created_at <= self.target[target].created_at {
                    "was made first"
                } else {
                    "has more that speaks for it"
                };
                let reason = format!(
                    "bears the same mark as {} (id {}), which {why} and is used; remove the mark or the object",
                    self.target.address(first),
                    self.target[first].handle.id(),
                );
                self.pairing.left_alone.insert(target, reason);
            }
        }
    }

    /// Leaves alone what bears a mark that leads elsewhere, and answers to nothing else. Where the parents have no partners
    /// there is a better reason to report, further up.
    fn leave_misplaced(&mut self) {
        for (source, target) in std::mem::take(&mut self.misplaced) {
            let parent = self.source.parent(source);
            let expected = parent.and_then(|parent| self.pairing.target(parent));
            let Some(expected) = expected.filter(|_| self.pairing.source(target).is_none()) else {
                continue;
            };
            let reason = format!(
                "bears the mark of {}, but stands outside {}; remove the mark or the object",
                self.source.address(source),
                self.target.address(expected),
            );
            self.pairing.left_alone.insert(target, reason);
        }
    }

    fn by_reverse_mark(&mut self, kind: KindId) {
        if self.trust(kind) == Trust::Never {
            return;
        }
        for source in self.source.of_kind(kind) {
            let Some(mark) = &self.source[source].mark else {
                continue;
            };
            if self.pairing.target(source).is_some() || !mark.is_of(&self.target.catalog) {
                continue;
            }
            let Some(target) = self.target_ids.get(&(kind, &*mark.id)).copied() else {
                continue;
            };
            if self.is_free(target)
                && self.parents_are_partners(source, target)
                && self.is_believed_in_reverse(source, target)
            {
                self.join(source, target, MatchedBy::ReverseMark);
            }
        }
    }

    fn by_natural_key(&mut self, kind: KindId) {
        for (source, target) in self.same_key(kind) {
            // An object with its home outside the catalog is shared by all syncs that need it.
            let is_shared = self.source.kinds.row(kind).presence == Presence::ByReference;
            if self.pairing.foreign.contains(&target) && !is_shared {
                self.contest(source, target, "belongs to another sync (its `source_catalog` names another catalog)");
            } else {
                self.join(source, target, MatchedBy::NaturalKey);
            }
        }
    }

    /// A target object may be the copy of something that the source lists without what its kind needs.
    pub(super) fn may_be_copy_of_row(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let mark = resource.mark.as_ref();
        mark.is_some_and(|mark| self.source.may_be_row(resource.kind, &mark.id))
    }

    /// Unpaired objects with the same key under paired parents.
    fn same_key(&self, kind: KindId) -> Vec<(Idx, Idx)> {
        let free = self.target.of_kind(kind).filter(|target| self.is_free(*target));
        let mut by_key: HashMap<(Option<Idx>, &str), Idx> = HashMap::new();
        for target in free {
            by_key.entry((self.target.parent(target), self.target[target].key())).or_insert(target);
        }
        let unpaired = self
            .source
            .of_kind(kind)
            .filter(|source| self.pairing.target(*source).is_none())
            .filter(|source| !self.pairing.contested.contains_key(source));
        unpaired
            .filter_map(|source| {
                let parent = match self.source.parent(source) {
                    None => None,
                    Some(parent) => Some(self.pairing.target(parent)?),
                };
                let target = by_key.remove(&(parent, self.source[source].key()))?;
                Some((source, target))
            })
            .collect()
    }

    fn may_adopt(&self, target: Idx) -> bool {
        self.policy.adopt.takes(&self.target.address(target).path)
    }

    fn is_free(&self, target: Idx) -> bool {
        self.pairing.source(target).is_none() && !self.pairing.left_alone.contains_key(&target)
    }

    fn parents_are_partners(&self, source: Idx, target: Idx) -> bool {
        match (self.source.parent(source), self.target.parent(target)) {
            (None, None) => true,
            (Some(source), Some(target)) => self.pairing.target(source) == Some(target),
            _ => false,
        }
    }

    /// An object that is contested beforehand answers to nothing.
    fn join(&mut self, source: Idx, target: Idx, how: MatchedBy) {
        if self.pairing.contested.contains_key(&source) {
            return;
        }
        self.pairing.to_target[source.number()] = Some((target, how));
        self.pairing.to_source[target.number()] = Some(source);
    }

    fn contest(&mut self, source: Idx, target: Idx, reason: &str) {
        let address = self.target.address(target);
        let singular = self.target.kinds.row(address.kind).singular;
        self.pairing.rivals.insert(target);
        self.pairing.contested.insert(source, format!("{singular} {address} {reason}"));
    }

    /// Marks that name this source's catalog, as far as they tell something of the source: those that are not believed do
    /// not, nor does one whose original an incomplete list may have left out.
    fn count_marks(&mut self) {
        for target in self.target.ids() {
            let resource = &self.target[target];
            let is_own = resource.mark.as_ref().filter(|mark| {
                self.policy.origin(mark, &self.source.catalog) == MarkOrigin::Own
                    && self.refuted(target).is_none()
                    && !self.may_be_copy_of_row(target)
            });
            let Some(mark) = is_own else {
                continue;
            };
            let resolves = self.source_ids.contains_key(&(resource.kind, &*mark.id)) || self.is_marked_anew(target);
            let lists = [self.source, self.target];
            if resolves || lists.iter().all(|it| it.is_whole(resource.kind)) {
                self.pairing.marks.seen += 1;
                self.pairing.marks.resolved += usize::from(resolves);
            }
        }
    }

    fn is_marked_anew(&self, target: Idx) -> bool {
        let source = self.pairing.source(target);
        source.and_then(|source| self.pairing.how(source)) == Some(MatchedBy::ReMark)
    }
}

impl MatchedBy {
    /// A pair found in this way bears the source's mark.
    pub(crate) fn is_marked(self) -> bool {
        self != Self::ReverseMark
    }
}
