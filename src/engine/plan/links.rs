//! Order that does not follow from parents and references: unique values, owners, displaced siblings.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Action, Cause, StepId,
    build::{Builder, Decision},
    claims::{ClaimResult, ValueMoves},
};
use crate::engine::{
    change::{Change, FieldChange},
    model::{
        Document, Idx, KindId,
        kind::{MadeWithParent, OnConflict, Unique},
    },
};

impl Builder<'_> {
    /// Finds out which paired objects give up a unique value, and who holds the one that they want.
    pub(super) fn find_moves(&mut self) {
        for idx in self.source.ids() {
            let unique = self.row(self.source[idx].kind).unique;
            let Some(target) = self.pairing.target(idx).filter(|_| !unique.is_empty()) else {
                continue;
            };
            if !self.may_move(idx, target) {
                continue;
            }
            let changes = self.changes(idx, target);
            for unique in unique.iter().filter(|unique| changes.iter().any(|change| change.field() == unique.field)) {
                let holder = self.holder(idx, unique).unwrap_or(target);
                self.wanted.insert((unique.field, target), holder);
            }
        }
        self.forget_stuck_moves();
    }

    /// An object that cannot have one of its values is not written at all, so it gives up none of the others either;
    /// that may leave further ones without theirs.
    fn forget_stuck_moves(&mut self) {
        loop {
            let stuck: HashSet<Idx> =
                self.wanted.keys().map(|(_, target)| *target).filter(|target| self.is_stuck(*target)).collect();
            if stuck.is_empty() {
                return;
            }
            self.wanted.retain(|(_, target), _| !stuck.contains(target));
        }
    }

    fn is_stuck(&self, target: Idx) -> bool {
        let Some(idx) = self.pairing.source(target) else {
            return false;
        };
        let moves = ValueMoves { wanted: &self.wanted, going: &self.going };
        let unique = self.row(self.source[idx].kind).unique.iter();
        unique.filter(|unique| unique.clash == OnConflict::Withholds).any(|unique| {
            let verdict = moves.verdict(unique.field, self.holder(idx, unique), Some(target));
            matches!(verdict, ClaimResult::Clash(_))
        })
    }

    fn may_move(&self, idx: Idx, target: Idx) -> bool {
        self.is_replicated(self.source[idx].kind)
            && self.scope.source(idx)
            && !self.source[idx].pending
            && self.obstacle(idx, target).is_none()
    }

    /// Who has, on the target, the unique value of a source object.
    fn holder(&self, idx: Idx, unique: &Unique) -> Option<Idx> {
        let parent = self.source.parent(idx).and_then(|parent| self.pairing.target(parent));
        let value = self.source[idx].document.field(unique.field);
        self.holders.of(self.source[idx].kind, unique, parent, value.as_str()?)
    }

    /// Holds an object's unique values against who has them now. Returns the fields that it goes without.
    pub(super) fn claim(
        &mut self,
        idx: Idx,
        target: Option<Idx>,
        needs: &mut Vec<StepId>,
    ) -> Result<Vec<&'static str>, Cause> {
        let unique = self.row(self.source[idx].kind).unique;
        if unique.is_empty() {
            return Ok(Vec::new());
        }
        let mut yielded = Vec::new();
        for unique in unique {
            let holder = self.holder(idx, unique);
            let verdict = ValueMoves { wanted: &self.wanted, going: &self.going }.verdict(unique.field, holder, target);
            match verdict {
                ClaimResult::Free => {}
                ClaimResult::AfterDelete(holder) => needs.extend(self.going.get(&holder)),
                ClaimResult::AfterUpdate(holder) => needs.extend(self.update_of(holder)),
                ClaimResult::AfterParking(holder) => needs.push(self.parking(unique.field, holder)),
                ClaimResult::Clash(_) if unique.clash == OnConflict::Yields => yielded.push(unique.field),
                ClaimResult::Clash(holder) => return Err(self.clash(idx, unique, holder)),
            }
        }
        Ok(yielded)
    }

    fn clash(&self, idx: Idx, unique: &Unique, holder: Idx) -> Cause {
        let address = self.target.address(holder);
        let value = self.source[idx].document.field(unique.field);
        Cause::Claimed(format!(
            "{} {} is held on the target by {} {address}, which stays",
            unique.label,
            value.as_str().unwrap_or_default(),
            self.row(address.kind).singular
        ))
    }

    /// The update of an object that gives up a value. It may be planned later than the claim on that value.
    fn update_of(&mut self, holder: Idx) -> Option<StepId> {
        let source = self.pairing.source(holder)?;
        let how = self.pairing.how(source)?;
        if !self.updates.contains_key(&holder) && self.early.insert(source) {
            self.fates[source.number()] = self.update(source, holder, how);
        }
        self.updates.get(&holder).copied()
    }

    /// A step that gives an object a value that nobody wants, so that a circle of claims can begin to turn.
    fn parking(&mut self, field: &'static str, holder: Idx) -> StepId {
        if let Some(step) = self.parkings.get(&(field, holder)) {
            return *step;
        }
        let resource = &self.target[holder];
        let value = format!("parked-{}", resource.handle.id());
        let before = resource.document.clone();
        let update = Change {
            target: Some(resource.handle.clone()),
            parent: self
                .pairing
                .source(holder)
                .and_then(|idx| self.source.parent(idx))
                .map(|idx| self.source.address(idx)),
            after: before.with([(field.to_owned(), Value::from(value.as_str()))]),
            fields: vec![FieldChange { path: format!("/{field}"), before: before.field(field), after: value.into() }],
            before,
            seen: Some(Box::new(self.seen(holder))),
            metadata: None,
            beside_note: None,
            package: None,
        };
        let step = self.add(self.target.address(holder), Action::Update(update), Vec::new());
        self.plan.steps[step.number()].auxiliary = true;
        self.parkings.insert((field, holder), step);
        step
    }

    /// A parent takes another named child only when that child is there; what the old one loses follows after.
    pub(super) fn link_named_children(&mut self) {
        let kinds: Vec<_> = self.source.kinds.ids().collect();
        for kind in kinds {
            let MadeWithParent::NamedByParent { field, .. } = self.row(kind).birth else {
                continue;
            };
            let Some(parent_kind) = self.row(kind).parent else {
                continue;
            };
            for parent in self.source.of_kind(parent_kind) {
                let Some(target) = self.pairing.target(parent) else {
                    continue;
                };
                let Some(step) = self.updates.get(&target).copied() else {
                    continue;
                };
                if self.plan.steps[step.number()].fields().iter().any(|change| change.field() == field) {
                    self.link_children_of(parent, target, kind, step);
                }
            }
        }
    }

    fn link_children_of(&mut self, parent: Idx, target: Idx, kind: KindId, step: StepId) {
        for child in self.source.children(parent, kind) {
            let named = self.is_named_by_parent(self.source, child);
            let own = match self.fates[child.number()] {
                Decision::Creating(step) => Some(step),
                _ => self.pairing.target(child).and_then(|target| self.updates.get(&target).copied()),
            };
            match (own, named) {
                (Some(own), true) if matches!(self.fates[child.number()], Decision::Creating(_)) => {
                    self.need(step, own);
                }
                (Some(own), false) => self.need(own, step),
                _ => {}
            }
        }
        let going: Vec<StepId> =
            self.target.children(target, kind).filter_map(|child| self.going.get(&child).copied()).collect();
        for delete in going {
            self.need(delete, step);
        }
    }

    /// The child that comes along with a new parent gets its values first: until then it holds values of the server's
    /// choice, which a sibling may be about to claim.
    pub(super) fn link_born(&mut self) {
        let mut born: HashMap<(KindId, Option<Idx>), StepId> = HashMap::new();
        let mut later = Vec::new();
        for idx in self.source.ids() {
            let Decision::Creating(step) = self.fates[idx.number()] else {
                continue;
            };
            let Action::Create(create) = &self.plan.steps[step.number()].action else {
                continue;
            };
            let family = (self.source[idx].kind, self.source.parent(idx));
            if self.row(family.0).birth != MadeWithParent::FirstOfParent {
                continue;
            }
            if create.comes_along {
                born.insert(family, step);
            } else {
                later.push((family, step));
            }
        }
        for (family, step) in later {
            if let Some(first) = born.get(&family) {
                self.need(step, *first);
            }
        }
    }

    /// A new child that takes the place of one to be deleted under the same parent is made first, so that nothing is
    /// lost in between; or after it, where it turns out that the server allows only one.
    pub(super) fn link_displaced(&mut self) {
        let mut leaving: HashMap<(Idx, KindId, String), StepId> = HashMap::new();
        for (target, step) in &self.going {
            let place = self.place(self.target[*target].kind, &self.in_source_terms(&self.target[*target]));
            let parent = self.target.parent(*target).filter(|parent| !self.going.contains_key(parent));
            if let (Some(parent), Some(place)) = (parent, place) {
                leaving.insert((parent, self.target[*target].kind, place), *step);
            }
        }
        for idx in self.source.ids() {
            let Decision::Creating(step) = self.fates[idx.number()] else {
                continue;
            };
            let parent = self.source.parent(idx).and_then(|parent| self.pairing.target(parent));
            let place = self.place(self.source[idx].kind, &self.source[idx].document);
            let (Some(parent), Some(place)) = (parent, place) else {
                continue;
            };
            if let Some(delete) = leaving.remove(&(parent, self.source[idx].kind, place)) {
                self.plan.steps[step.number()].displaces = Some(delete);
                self.need(delete, step);
            }
        }
    }

    fn place(&self, kind: KindId, document: &Document) -> Option<String> {
        document.field(self.row(kind).exclusive?).as_str().map(str::to_owned)
    }

    pub(super) fn need(&mut self, step: StepId, needed: StepId) {
        let needs = &mut self.plan.steps[step.number()].needs;
        if !needs.contains(&needed) {
            needs.push(needed);
            needs.sort();
        }
    }
}
