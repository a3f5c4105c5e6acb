//! Deletions: only what the tool itself made, only where the source's list is whole, and never along with what is
//! the target's own (behaviour.md, "Deleted").

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Action, Cause, StepId, Verb,
    build::{Builder, Decision},
};
use crate::engine::{
    change::Removal,
    model::{
        Handle, Idx, Inventory,
        kind::{Identity, MadeWithParent, ReferenceKind, RemovalRule},
    },
};

impl Builder<'_> {
    /// Plans all deletions, tops of cascades first; what others live by comes last.
    pub(super) fn plan_deletions(&mut self) {
        self.plan_graces();
        let kinds = self.target.kinds;
        let (last, first): (Vec<Idx>, Vec<Idx>) =
            self.target.ids().partition(|idx| kinds.is_lived_by(self.target[*idx].kind));
        for target in first.into_iter().chain(last) {
            let is_settled =
                self.going.contains_key(&target) || self.is_waiting(target) || self.is_below_distrusted(target);
            if is_settled || !self.is_candidate(target) {
                continue;
            }
            let living = || self.objection_of_the_living(target);
            match self.objection(target).or_else(living).or_else(|| self.grace_of_its_own(target)) {
                Some(cause) => {
                    self.withhold(self.target.address(target), Verb::Delete, Vec::new(), cause);
                }
                None => self.delete(target),
            }
        }
    }

    fn delete(&mut self, target: Idx) {
        let (needs, along) = self.removed_along(target);
        let resource = &self.target[target];
        let delete = Removal {
            target: resource.handle.clone(),
            before: resource.document.clone(),
            seen: self.seen(target),
            hanging: self.hanging(target),
            cascade: along.iter().map(|idx| self.target.address(*idx)).collect(),
            // What has become another thing in place is there to be seen: there is nothing to ask for.
            original: if self.pairing.outdated.contains_key(&target) { None } else { self.original(target) },
        };
        let step = self.add(self.target.address(target), Action::Delete(delete), needs);
        self.going.insert(target, step);
        self.going.extend(along.into_iter().map(|idx| (idx, step)));
    }

    /// What the server removes along with a thing, and the steps that remove by themselves what would go along.
    fn removed_along(&self, target: Idx) -> (Vec<StepId>, Vec<Idx>) {
        let mut along = self.target.below(target);
        let mut steps = Vec::new();
        for living in self.living_on_target(target) {
            match self.going.get(&living) {
                Some(step) => steps.push(*step),
                None => along.push(living),
            }
        }
        along.extend(self.carried_by_nothing_else(target));
        steps.sort();
        steps.dedup();
        (steps, along)
    }

    /// What a thing carries that the source no longer has, once all else that carries it goes too.
    fn carried_by_nothing_else(&self, target: Idx) -> Vec<Idx> {
        let goes = |carrier: &Idx| *carrier == target || self.going.contains_key(carrier);
        let carried = self.target.carried(target).into_iter();
        carried
            .filter(|load| self.pairing.source(*load).is_none())
            .filter(|load| self.carriers_on_target(*load).iter().all(goes))
            .collect()
    }

    /// What on the target carries a thing. Finding that out takes a look at every carrier, so it is done once.
    pub(super) fn carriers_on_target(&self, load: Idx) -> &[Idx] {
        let all = || {
            let mut carriers: HashMap<Idx, Vec<Idx>> = HashMap::new();
            for carrier in self.target.ids() {
                for load in self.target.carried(carrier) {
                    carriers.entry(load).or_default().push(carrier);
                }
            }
            carriers
        };
        let carriers = self.carriers_on_target.get_or_init(all).get(&load);
        carriers.map_or(&[], Vec::as_slice)
    }

    /// What the source still has, but nothing on the target carries any more once all is done, goes with what carried
    /// it there.
    pub(super) fn take_along_what_nothing_carries(&mut self) {
        let is_going = |idx: &Idx| self.going.contains_key(idx);
        let (going, staying): (Vec<Idx>, Vec<Idx>) = self.target.ids().partition(is_going);
        let left: Vec<(Idx, Idx)> = going
            .into_iter()
            .flat_map(|carrier| self.target.carried(carrier).into_iter().map(move |load| (carrier, load)))
            .filter(|(_, load)| !self.is_sent(*load))
            .collect();
        if left.is_empty() {
            return;
        }
        let kept: BTreeSet<Idx> = staying.into_iter().flat_map(|carrier| self.carried_in_the_end(carrier)).collect();
        for (carrier, load) in left {
            if !kept.contains(&load) && !self.going.contains_key(&load) {
                self.take_along(carrier, load);
            }
        }
    }

    fn take_along(&mut self, carrier: Idx, load: Idx) {
        let Some(step) = self.going.get(&carrier).copied() else {
            return;
        };
        self.going.insert(load, step);
        let address = self.target.address(load);
        if let Action::Delete(delete) = &mut self.plan.steps[step.number()].action {
            delete.cascade.push(address);
        }
    }

    /// What a target object carries when the run is done: what is published again carries what the source says.
    fn carried_in_the_end(&self, carrier: Idx) -> Vec<Idx> {
        let is_published =
            self.updates.get(&carrier).is_some_and(|step| self.plan.steps[step.number()].package().is_some());
        match self.pairing.source(carrier).filter(|_| is_published) {
            Some(source) => {
                let loads = self.source.carried(source).into_iter();
                loads.filter_map(|load| self.pairing.target(load)).collect()
            }
            None => self.target.carried(carrier),
        }
    }

    /// Whether this run writes something that carries a target object.
    fn is_sent(&self, load: Idx) -> bool {
        let source = self.pairing.source(load);
        let load = source.and_then(|source| self.loads.get(&source));
        load.is_some_and(|load| !load.carriers.is_empty())
    }

    /// Whether the source no longer has what a target object was made from.
    pub(super) fn is_candidate(&self, target: Idx) -> bool {
        let kind = self.target[target].kind;
        self.scope.target(target)
            && self.pairing.source(target).is_none()
            && self.is_replicated(kind)
            && self.row(kind).removal == RemovalRule::Explicit
            && (self.pairing.orphans.contains(&target)
                || self.pairing.outdated.contains_key(&target)
                || self.is_ours_without_mark(target))
            && !self
                .target
                .lineage(target)
                .any(|idx| self.is_contested(idx) || self.pairing.foreign.contains(&idx) || self.is_copy_of_row(idx))
    }

    /// Whether a target object's original is there, and only lacks what its kind needs.
    fn is_copy_of_row(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        let mark = resource.mark.as_ref();
        mark.is_some_and(|mark| self.source.is_row(resource.kind, &mark.id))
    }

    /// Why a thing that the source no longer has must stay, what lives by it aside.
    pub(super) fn objection(&self, target: Idx) -> Option<Cause> {
        let gap = self.gaps.around_target(target);
        let gap = gap.or_else(|| self.gaps.inside_target(target));
        let gap = gap.or_else(|| self.hidden_with_its_place(target));
        if let Some(reason) = gap.or_else(|| self.gaps.around_living(self.target[target].kind)) {
            return Some(Cause::Gap(reason));
        }
        if let Some(cause) = self.doubt_about_carried(target) {
            return Some(cause);
        }
        if self.policy.report_deletions {
            return Some(Cause::DeletePolicy);
        }
        if let Some(cause) = self.distrust(target) {
            return Some(cause);
        }
        if let Some(reason) = self.objection_of_the_nameless(target) {
            return Some(Cause::Gap(reason));
        }
        let own: Vec<String> = self
            .target
            .below(target)
            .into_iter()
            .filter(|idx| self.is_own_of_target(*idx))
            .map(|idx| self.target.address(idx).path.to_string())
            .collect();
        (!own.is_empty()).then(|| Cause::HoldsOwn(holds_own(&own)))
    }

    /// A mark tells a thing's own id alone. Where what it stands in bears none, there is nothing to ask the source for, and
    /// no deletion goes unconfirmed.
    fn objection_of_the_nameless(&self, target: Idx) -> Option<String> {
        let parent = self.target.parent(target)?;
        let is_outdated = self.pairing.outdated.contains_key(&target);
        let is_marked = self.target[target].mark.is_some();
        if is_outdated || !is_marked || self.original(target).is_some() {
            return None;
        }
        let (singular, address) = (self.row(self.target[parent].kind).singular, self.target.address(parent));
        Some(format!(
            "the {singular} {address} that it is in bears no mark, so the source cannot be asked whether it is really gone: \
             delete it on the target yourself"
        ))
    }

    /// What goes along with its last carrier must be known on both sides.
    fn doubt_about_carried(&self, target: Idx) -> Option<Cause> {
        let references = self.row(self.target[target].kind).references.iter();
        let mut carried = references.filter(|reference| reference.bond == ReferenceKind::Carries);
        let in_doubt = |side: &Inventory, kind| side.has_gap(kind) || side.has_row_gap(kind);
        let doubtful = carried.find(|it| in_doubt(self.source, it.kind) || in_doubt(self.target, it.kind))?;
        let name = self.row(doubtful.kind).name;
        Some(Cause::Gap(format!("the list of {name} is incomplete, and some of them would go along")))
    }

    /// Deletions that must wait for a later run, judged when all else is planned.
    pub(super) fn premature_deletions(&self) -> BTreeMap<StepId, Cause> {
        let tops = self
            .going
            .iter()
            .filter(|(target, step)| self.plan.steps[step.number()].address.kind == self.target[**target].kind);
        tops.filter_map(|(target, step)| Some((*step, self.prematurity(*target)?))).collect()
    }

    fn prematurity(&self, target: Idx) -> Option<Cause> {
        if self.names_its_parent(target) {
            return Some(Cause::Missing(
                "it belongs to the owner, who can go only when the ownership has been transferred".into(),
            ));
        }
        let successor = *self.pairing.outdated.get(&target)?;
        match self.fates[successor.number()] {
            Decision::Withheld(incomplete) => {
                Some(Cause::Follows { top: self.source.address(successor).path.to_string(), incomplete })
            }
            _ => None,
        }
    }

    /// Whether a thing was born on the target, so that no deletion on the source may take it along.
    ///
    /// What bears no mark on a server that stores none tells nothing, and goes with its parent.
    pub(super) fn is_own_of_target(&self, target: Idx) -> bool {
        let resource = &self.target[target];
        // The tool makes none of those.
        if resource.uncarried.is_some() {
            return true;
        }
        if resource.is_copy_from(&self.source.catalog) {
            return false;
        }
        let tells_nothing = self.policy.delete_unmarked_children
            || self.bears_no_marks(resource.kind)
            || self.came_with_parent(target)
            || self.is_of_stand_in(target);
        self.row(resource.kind).identity == Identity::Named || resource.mark.is_some() || !tells_nothing
    }

    fn came_with_parent(&self, target: Idx) -> bool {
        self.is_named_by_parent(self.target, target) || self.was_born_with_parent(target)
    }

    /// A parent's named child cannot be deleted unless the parent takes another one in this run.
    pub(super) fn names_its_parent(&self, target: Idx) -> bool {
        let MadeWithParent::NamedByParent { field, .. } = self.row(self.target[target].kind).birth else {
            return false;
        };
        let step = self.target.parent(target).and_then(|parent| self.updates.get(&parent));
        let is_replaced = step.is_some_and(|step| {
            let mut fields = self.plan.steps[step.number()].fields().iter();
            fields.any(|change| change.field() == field)
        });
        self.is_named_by_parent(self.target, target) && !is_replaced
    }

    /// Where the source would have what a target object was made from.
    pub(super) fn original(&self, target: Idx) -> Option<Handle> {
        if let Some(source) = self.pairing.source(target) {
            return Some(self.source[source].handle.clone());
        }
        let id = &self.target[target].mark.as_ref()?.id;
        match self.target.parent(target) {
            None => Some(Handle::new(id)),
            Some(parent) => Some(self.original(parent)?.child(id)),
        }
    }
}

pub(super) fn holds_own(own: &[String]) -> String {
    let shown = own.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if own.len() > 3 { format!(" and {} more", own.len() - 3) } else { String::new() };
    format!(
        "the source has deleted it, but under it the target has what the source never had: {shown}{more}; \
         delete it on the target yourself, or sync back first (where the target stores no marks: DELETE_UNMARKED_CHILDREN=true)"
    )
}
