//! Lifecycles: a state in which nothing new may refer to a thing is entered last, one in which the server removes what
//! lives by the thing only when nothing of the target's own does, and links between things when both are there.

use std::collections::{HashMap, HashSet};

use super::{
    Action, Cause, StepId, Verb,
    build::{Builder, Decision},
};
use crate::engine::{
    change::{Change, FieldChange},
    model::{
        Idx, Inventory,
        kind::{Reference, ReferenceKind},
    },
};

impl Builder<'_> {
    /// Why a thing is left as it is on the target, or not made there: the state that it is in on the source.
    pub(super) fn reason_to_stay_home(&self, idx: Idx) -> Option<Cause> {
        let row = self.row(self.source[idx].kind);
        let lifecycle = row.lifecycle.as_ref()?;
        let state = self.source[idx].document.field(lifecycle.field);
        let state = state.as_str()?;
        let paired = self.pairing.target(idx).is_some();
        let stays = lifecycle.home.contains(&state) || (lifecycle.emptied.contains(&state) && !paired);
        stays.then(|| Cause::StaysAtHome(format!("is {state} on the source, and stays there")))
    }

    /// Takes the entering of a closed state out of what differs.
    pub(super) fn take_closing(&self, idx: Idx, fields: &mut Vec<FieldChange>) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let at = fields.iter().position(|change| {
            let closes = change.after.as_str().is_some_and(|state| lifecycle.closed.contains(&state));
            change.field() == lifecycle.field && closes
        })?;
        Some(fields.remove(at))
    }

    /// What is new can be made to live by a thing only while that is open: then the way from one closed state to another
    /// leads through the open one.
    pub(super) fn open_between(&self, idx: Idx, closing: &mut FieldChange) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let mut living = self.living_on_source(idx).into_iter();
        let is_awaited = living.any(|living| self.is_due_anew(living));
        (is_awaited && closing.before != lifecycle.open).then(|| FieldChange {
            path: closing.path.clone(),
            before: std::mem::replace(&mut closing.before, lifecycle.open.into()),
            after: lifecycle.open.into(),
        })
    }

    /// The entering of a closed state that the target has already: being published again may open a thing.
    pub(super) fn closing_anew(&self, idx: Idx) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let mut change = vec![FieldChange {
            path: format!("/{}", lifecycle.field),
            before: lifecycle.open.into(),
            after: self.source[idx].document.field(lifecycle.field),
        }];
        self.take_closing(idx, &mut change)
    }

    /// Plans that a thing enters a closed state. `main` is the step that writes all else of it.
    pub(super) fn close(&mut self, idx: Idx, target: Option<Idx>, closing: FieldChange, main: Option<StepId>) {
        if let Some(cause) = target.and_then(|target| self.objection_to_emptying(idx, target)) {
            self.withhold(self.source.address(idx), Verb::Update, vec![closing], cause);
            return;
        }
        let step = self.complete(idx, target, closing, main);
        self.closings.insert(idx, step);
    }

    /// A step of its own for one change of a thing that another step may make or change.
    fn complete(&mut self, idx: Idx, target: Option<Idx>, change: FieldChange, main: Option<StepId>) -> StepId {
        let before =
            target.map_or_else(|| self.source[idx].document.clone(), |target| self.target[target].document.clone());
        let fields = vec![change];
        let alone = target.filter(|_| main.is_none()).zip(self.pairing.how(idx));
        let metadata = alone.and_then(|(target, how)| self.metadata(idx, target, how, &fields, false));
        let note = alone.and_then(|(target, how)| self.note_on(target, how));
        let update = Change {
            target: target.map(|target| self.target[target].handle.clone()),
            parent: None,
            before,
            seen: target.map(|target| Box::new(self.seen(target))),
            after: self.due(idx).into_owned(),
            fields,
            metadata,
            beside_note: alone.and_then(|(target, how)| self.beside_note(idx, target, how, false)),
            package: None,
        };
        let step = self.add(self.source.address(idx), Action::Update(update), main.into_iter().collect());
        self.plan.steps[step.number()].auxiliary = main.is_some();
        self.plan.steps[step.number()].note = note;
        step
    }

    /// Why a thing must not enter a state in which the server removes what lives by it.
    fn objection_to_emptying(&self, idx: Idx, target: Idx) -> Option<Cause> {
        if !self.is_emptied(idx) {
            return None;
        }
        let gap = self.gaps.around_living(self.target[target].kind);
        gap.map(Cause::Gap).or_else(|| self.objection_of_the_living(target))
    }

    /// Why what things on the target live by must stay: not all of them go anyway.
    pub(super) fn objection_of_the_living(&self, target: Idx) -> Option<Cause> {
        let path = |idx: Idx| self.target.address(idx).path.to_string();
        let (mut own, mut kept) = (Vec::new(), None);
        for idx in self.living_on_target(target) {
            if self.going.contains_key(&idx) || !self.has_reason_to_stay(idx) {
                continue;
            }
            match self.kept_with(idx) {
                Some(top) if self.pairing.orphans.contains(&idx) => kept = kept.or(Some(path(top))),
                _ => own.push(path(idx)),
            }
        }
        if own.is_empty() {
            // It stays as long as what hangs on it is kept, and then goes after it.
            return kept.map(|top| Cause::Follows { top, incomplete: false });
        }
        Some(Cause::HoldsOwn(super::delete::holds_own(&own)))
    }

    /// Whether a thing that is not to be removed by itself must not be removed with what it lives by.
    pub(super) fn has_reason_to_stay(&self, idx: Idx) -> bool {
        self.is_own_of_target(idx) || self.target[idx].mark.is_some()
    }

    /// A closed state waits for what is made to live by the thing, and for what goes.
    pub(super) fn link_closings(&mut self) {
        for (idx, step) in self.closings.clone() {
            for living in self.living_on_source(idx) {
                if let Decision::Creating(create) = self.fates[living.number()] {
                    self.need(step, create);
                }
            }
            let Some(target) = self.pairing.target(idx) else {
                continue;
            };
            let empties = self.is_emptied(idx);
            for living in self.living_on_target(target) {
                match self.going.get(&living).copied() {
                    // What turns out to exist on the source after all must not vanish in another way.
                    Some(delete) if empties => self.need(step, delete),
                    Some(delete) => self.follow(step, delete),
                    None => {}
                }
            }
        }
    }

    /// Whether the server removes what lives by a thing in the state that it shall have.
    fn is_emptied(&self, idx: Idx) -> bool {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref();
        lifecycle.is_some_and(|lifecycle| {
            let state = self.source[idx].document.field(lifecycle.field);
            let state = state.as_str();
            state.is_some_and(|state| lifecycle.emptied.contains(&state))
        })
    }

    /// What lives by a thing that is rewritten comes after that, and what goes by itself goes before: what is rewritten
    /// may no longer have room for it.
    pub(super) fn link_living(&mut self) {
        for idx in self.source.ids() {
            let Some(target) = self.pairing.target(idx) else {
                continue;
            };
            let Some(update) = self.updates.get(&target).copied() else {
                continue;
            };
            // On a target where it is not open, nothing can be made to live by it before it is.
            let is_open = self.target.is_carried_whole(target);
            for living in self.living_on_source(idx) {
                match self.fates[living.number()] {
                    Decision::Creating(create) if is_open => self.follow(create, update),
                    Decision::Creating(create) => self.need(create, update),
                    _ => {}
                }
            }
            for living in self.living_on_target(target) {
                let delete = self.going.get(&living).copied();
                if let Some(delete) = delete.filter(|delete| self.plan.steps[delete.number()].needs.is_empty()) {
                    self.follow(update, delete);
                }
            }
        }
    }

    /// Plans the links between things of one kind.
    pub(super) fn plan_links(&mut self) {
        for idx in self.source.ids() {
            let kind = self.source[idx].kind;
            let links = self.row(kind).references.iter().filter(|it| it.bond.is_link());
            let is_due = self.is_replicated(kind) && self.scope.source(idx) && self.source.is_carried_whole(idx);
            let is_there = matches!(self.fates[idx.number()], Decision::Present | Decision::Creating(_));
            for link in links.filter(|_| is_due && is_there) {
                if let Some(change) = self.link_change(idx, link) {
                    self.plan_link(idx, link, change);
                }
            }
        }
    }

    fn link_change(&self, idx: Idx, link: &Reference) -> Option<FieldChange> {
        let ReferenceKind::Link { terms } = link.bond else {
            return None;
        };
        let document = &self.source[idx].document;
        let after = document.field(link.field);
        after.as_str()?;
        let present = self.pairing.target(idx).map(|target| self.in_source_terms(&self.target[target]));
        let field = |name: &str| present.as_ref().map(|document| document.field(name)).unwrap_or_default();
        let before = field(link.field);
        let (old_terms, new_terms) = (field(terms), document.field(terms));
        let same_terms = old_terms.is_null() || new_terms.is_null() || old_terms == new_terms;
        (before != after || !same_terms).then(|| FieldChange { path: format!("/{}", link.field), before, after })
    }

    fn plan_link(&mut self, idx: Idx, link: &Reference, change: FieldChange) {
        let Some(named) = self.source.named(idx, link).first().copied() else {
            return;
        };
        let target = self.pairing.target(idx);
        let main = match self.fates[idx.number()] {
            Decision::Creating(step) => Some(step),
            _ => target.and_then(|target| self.updates.get(&target).copied()),
        };
        let main = self.closings.get(&idx).copied().or(main);
        // A note alone makes no change of which the link would be a part.
        let main = main.filter(|main| !self.plan.steps[main.number()].is_bookkeeping());
        let other = match self.fates[named.number()] {
            Decision::Creating(step) => Some(step),
            _ if self.pairing.target(named).is_some() => None,
            fate => {
                let reason = format!("{} is not on the target", self.source.address(named));
                let cause = match fate {
                    Decision::Out | Decision::Withheld(false) => Cause::StaysAtHome(reason),
                    _ => Cause::Missing(reason),
                };
                self.withhold(self.source.address(idx), Verb::Update, vec![change], cause);
                return;
            }
        };
        let step = self.complete(idx, target, change, main);
        if let Some(needed) = other {
            self.need(step, needed);
        }
        // A link may close a thing, so what will live by it comes first.
        for living in self.living_on_source(idx) {
            if let Decision::Creating(create) = self.fates[living.number()] {
                self.need(step, create);
            }
        }
    }

    /// What lives by a source object. Finding that out takes a look at everything, so it is done once, and only in runs
    /// that need it.
    pub(super) fn living_on_source(&self, idx: Idx) -> Vec<Idx> {
        self.lives_on_source.get_or_init(|| Dependents::of(self.source)).by(idx)
    }

    /// What lives by a target object.
    pub(super) fn living_on_target(&self, idx: Idx) -> Vec<Idx> {
        self.lives_on_target.get_or_init(|| Dependents::of(self.target)).by(idx)
    }

    /// Lets a step wait for another, whatever comes of it, unless that one waits for it.
    pub(super) fn follow(&mut self, step: StepId, other: StepId) {
        if step == other || self.waits_for(other, step) {
            return;
        }
        let after = &mut self.plan.steps[step.number()].after;
        if !after.contains(&other) {
            after.push(other);
            after.sort();
        }
    }

    fn waits_for(&self, step: StepId, other: StepId) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![step];
        while let Some(step) = open.pop() {
            if step == other {
                return true;
            }
            if seen.insert(step) {
                let step = &self.plan.steps[step.number()];
                open.extend(step.needs.iter().chain(&step.after));
            }
        }
        false
    }
}

/// What vanishes together with which thing that it names.
#[derive(Debug, Default)]
pub(super) struct Dependents(HashMap<Idx, Vec<Idx>>);

impl Dependents {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut found: HashMap<Idx, Vec<Idx>> = HashMap::new();
        for kind in inventory.kinds.ids() {
            let references = inventory.kinds.row(kind).references.iter();
            for reference in references.filter(|it| it.bond == ReferenceKind::LivesBy) {
                for living in inventory.of_kind(kind) {
                    for named in inventory.named(living, reference) {
                        found.entry(named).or_default().push(living);
                    }
                }
            }
        }
        Self(found)
    }

    /// What lives by a thing.
    pub(super) fn by(&self, idx: Idx) -> Vec<Idx> {
        self.0.get(&idx).cloned().unwrap_or_default()
    }
}
