//! Pairing: which target object answers to which source object (behaviour.md, "Which target object answers to which
//! source object"). From parents to children; one target object answers to at most one source object.

use std::collections::{HashMap, HashSet};

use super::{namesakes, policy::Policy, step::MarkCount};
use crate::model::{
    Idx, Inventory, KindId,
    kind::{Birth, Identity, Presence},
};

/// Pairs two inventories.
#[must_use]
pub fn pair(source: &Inventory, target: &Inventory, policy: &Policy) -> Pairing {
    let mut pairer = Pairer {
        source,
        target,
        policy,
        source_ids: ids(source),
        target_ids: ids(target),
        pairing: Pairing {
            to_target: vec![None; source.len()],
            to_source: vec![None; target.len()],
            ..Pairing::default()
        },
    };
    for kind in source.kinds.ids() {
        namesakes::settle(source, target, policy, kind, &mut pairer.pairing);
        pairer.by_mark(kind);
        pairer.by_reverse_mark(kind);
        match source.kinds.row(kind).identity {
            Identity::Natural => {
                pairer.by_natural_key(kind);
                pairer.by_birth(kind);
            }
            Identity::Named => pairer.by_name(kind),
        }
    }
    pairer.count_marks();
    pairer.pairing
}

/// Who answers to whom.
#[derive(Debug, Default)]
pub struct Pairing {
    to_target: Vec<Option<(Idx, How)>>,
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
    /// Target objects whose original has become another thing in place, e.g. a subscription to another plan.
    pub outdated: HashMap<Idx, Idx>,
    /// How many marks lead somewhere.
    pub marks: MarkCount,
}

/// By what two partners were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The target object bears the source object's id.
    Mark,
    /// The source object bears the target object's id: it is a copy, the target has the original.
    ReverseMark,
    /// The server itself keeps the key unique.
    NaturalKey,
    /// The target object's mark leads nowhere, and its name is that of a source object without a partner.
    ReMark,
    /// The operator said that equal names mean the same thing.
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
    pub fn how(&self, source: Idx) -> Option<How> {
        self.to_target[source.number()].map(|(_, how)| how)
    }

    /// The source object that a target object answers to.
    #[must_use]
    pub fn source(&self, target: Idx) -> Option<Idx> {
        self.to_source[target.number()]
    }
}

type Ids<'a> = HashMap<(KindId, &'a str), Idx>;

fn ids(inventory: &Inventory) -> Ids<'_> {
    inventory
        .ids()
        .map(|idx| ((inventory[idx].kind, inventory[idx].handle.id()), idx))
        .collect()
}

struct Pairer<'a> {
    source: &'a Inventory,
    target: &'a Inventory,
    policy: &'a Policy,
    source_ids: Ids<'a>,
    target_ids: Ids<'a>,
    pairing: Pairing,
}

impl Pairer<'_> {
    /// The object made first wins a mark that two bear.
    fn by_mark(&mut self, kind: KindId) {
        let mut marked: Vec<Idx> = self
            .target
            .of_kind(kind)
            .filter(|idx| self.target[*idx].mark.is_some())
            .collect();
        marked.sort_by_key(|idx| {
            (
                self.target[*idx].created_at,
                self.target[*idx].handle.clone(),
            )
        });
        for target in marked {
            let Some(mark) = &self.target[target].mark else {
                continue;
            };
            if !mark.is_of(&self.source.catalog) {
                self.pairing.foreign.insert(target);
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
                    self.pair_or_contest(source, target);
                }
                Some(source) => self.leave_under_wrong_parent(source, target),
            }
        }
    }

    fn is_another_thing(&self, source: Idx, target: Idx) -> bool {
        self.source.kinds.row(self.source[source].kind).key_is_fixed
            && self.source[source].key() != self.target[target].key()
    }

    fn pair_or_contest(&mut self, source: Idx, target: Idx) {
        match self.pairing.target(source) {
            None => self.join(source, target, How::Mark),
            Some(first) => {
                let reason = format!(
                    "bears the same mark as {} (id {}), which was made first and is used; remove the mark or the object",
                    self.target.address(first),
                    self.target[first].handle.id(),
                );
                self.pairing.left_alone.insert(target, reason);
            }
        }
    }

    /// Where the parents have no partners there is a better reason to report, further up.
    fn leave_under_wrong_parent(&mut self, source: Idx, target: Idx) {
        let Some(expected) = self
            .source
            .parent(source)
            .and_then(|parent| self.pairing.target(parent))
        else {
            return;
        };
        let reason = format!(
            "bears the mark of {}, but stands outside {}; remove the mark or the object",
            self.source.address(source),
            self.target.address(expected),
        );
        self.pairing.left_alone.insert(target, reason);
    }

    fn by_reverse_mark(&mut self, kind: KindId) {
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
            if self.is_free(target) && self.parents_are_partners(source, target) {
                self.join(source, target, How::ReverseMark);
            }
        }
    }

    fn by_natural_key(&mut self, kind: KindId) {
        for (source, target) in self.same_key(kind) {
            // What has its home outside the catalog is shared by all syncs that need it.
            let is_shared = self.source.kinds.row(kind).presence == Presence::ByReference;
            if self.pairing.foreign.contains(&target) && !is_shared {
                self.contest(
                    source,
                    target,
                    "belongs to another sync (its `source_catalog` names another catalog)",
                );
            } else {
                self.join(source, target, How::NaturalKey);
            }
        }
    }

    /// What a server made along with a copy, and a run that died could not complete, bears the mark of the copy itself.
    /// It becomes the first child that has no partner.
    fn by_birth(&mut self, kind: KindId) {
        if self.source.kinds.row(kind).birth != Birth::FirstOfParent || self.source.has_gap(kind) {
            return;
        }
        let born: Vec<Idx> = self
            .target
            .of_kind(kind)
            .filter(|target| self.is_free(*target) && self.pairing.orphans.contains(target))
            .collect();
        for target in born {
            if let Some(source) = self.first_without_partner(target) {
                self.join(source, target, How::ReMark);
            }
        }
    }

    /// The first child without a partner of the source object whose mark a child of its copy bears.
    fn first_without_partner(&self, target: Idx) -> Option<Idx> {
        let parent = self.pairing.source(self.target.parent(target)?)?;
        let mark = self.target[target].mark.as_ref()?;
        if *mark.id != *self.source[parent].handle.id() {
            return None;
        }
        let children = self.source.children(parent, self.target[target].kind);
        let free = children.filter(|source| self.pairing.target(*source).is_none());
        free.min_by_key(|source| (self.source[*source].created_at, *source))
    }

    fn by_name(&mut self, kind: KindId) {
        let doubtful = self.source.has_gap(kind);
        for (source, target) in self.same_key(kind) {
            if self.pairing.foreign.contains(&target) {
                self.contest(
                    source,
                    target,
                    "belongs to another sync (its `source_catalog` names another catalog)",
                );
            } else if self.pairing.orphans.contains(&target) {
                if !doubtful {
                    self.join(source, target, How::ReMark);
                }
            } else if self.target[target].mark.is_none() && self.may_adopt(target) {
                self.join(source, target, How::Adopted);
            } else {
                let reason = "exists on the target without a mark: ADOPT takes it over, or rename one of the two";
                self.contest(source, target, reason);
            }
        }
    }

    /// Unpaired objects with the same key under paired parents.
    fn same_key(&self, kind: KindId) -> Vec<(Idx, Idx)> {
        let free = self
            .target
            .of_kind(kind)
            .filter(|target| self.is_free(*target));
        let mut by_key: HashMap<(Option<Idx>, &str), Idx> = HashMap::new();
        for target in free {
            by_key
                .entry((self.target.parent(target), self.target[target].key()))
                .or_insert(target);
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

    /// What is contested beforehand answers to nothing.
    fn join(&mut self, source: Idx, target: Idx, how: How) {
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
        self.pairing
            .contested
            .insert(source, format!("{singular} {address} {reason}"));
    }

    /// A mark whose original a doubtful list may have left out tells nothing of the source.
    fn count_marks(&mut self) {
        for target in self.target.ids() {
            let resource = &self.target[target];
            if self.source.is_in_doubt(resource.kind) {
                continue;
            }
            let Some(mark) = resource
                .mark
                .as_ref()
                .filter(|mark| mark.is_of(&self.source.catalog))
            else {
                continue;
            };
            self.pairing.marks.seen += 1;
            self.pairing.marks.resolved +=
                usize::from(self.source_ids.contains_key(&(resource.kind, &*mark.id)));
        }
    }
}
