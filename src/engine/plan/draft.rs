//! The draft of a plan: what has been decided so far, and the steps that do it. It only keeps what others decide.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    decide::{bundle::CarriedPart, unique_values::ValueMoves},
    rules::{
        fallback_reference::ChosenFallback,
        grace::{Graces, KeptForNow},
    },
    step::{Action, Cause, Step, StepId, Verb, Withheld},
};
use crate::engine::{
    change::FieldChange,
    model::{Address, Idx, KindId},
};

/// A plan in the making.
pub(crate) struct Draft {
    /// By source object.
    decisions: Vec<Decision>,
    /// The target objects that this run removes, with the step that does it.
    pub(crate) removals: HashMap<Idx, StepId>,
    /// The target objects that this run changes, with the step that does it.
    pub(crate) updates: HashMap<Idx, StepId>,
    /// The target objects that this run approves, with the step that does it.
    pub(crate) approvals: BTreeMap<Idx, StepId>,
    /// The source objects whose copies enter a closed state, with the step that does it.
    pub(crate) closings: BTreeMap<Idx, StepId>,
    /// Who gives up which unique value.
    pub(crate) moves: ValueMoves,
    /// The new objects that name a fallback.
    pub(crate) fallbacks: BTreeMap<Idx, ChosenFallback>,
    /// The target objects that the source misses and that are kept for now.
    pub(crate) graces: Graces,
    /// The source objects that others carry, as far as a carrier has asked.
    pub(crate) parts: HashMap<Idx, CarriedPart>,
    /// The number of pairs of a kind that are left as they are.
    pub(crate) unchanged: BTreeMap<KindId, usize>,
    pub(crate) steps: Vec<Step>,
    pub(crate) withheld: Vec<Withheld>,
}

/// A source object is made, kept, left out or withheld on the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Its turn has not come yet.
    Undecided,
    /// It is none of this run's business.
    OutOfScope,
    /// The target has it, or will have it whatever its own update does.
    Present,
    /// A step makes it.
    Creating(StepId),
    /// It is not carried. Whether that makes the run incomplete.
    Withheld(bool),
    /// The target has none, and this run does not make any.
    Absent,
}

impl Draft {
    pub(crate) fn new(source_objects: usize) -> Self {
        Self {
            decisions: vec![Decision::Undecided; source_objects],
            removals: HashMap::new(),
            updates: HashMap::new(),
            approvals: BTreeMap::new(),
            closings: BTreeMap::new(),
            moves: ValueMoves::default(),
            fallbacks: BTreeMap::new(),
            graces: Graces::default(),
            parts: HashMap::new(),
            unchanged: BTreeMap::new(),
            steps: Vec::new(),
            withheld: Vec::new(),
        }
    }

    pub(crate) fn decision(&self, source: Idx) -> Decision {
        self.decisions[source.number()]
    }

    pub(crate) fn decide(&mut self, source: Idx, decision: Decision) {
        self.decisions[source.number()] = decision;
    }

    /// The step that makes a source object on the target.
    pub(crate) fn creation(&self, source: Idx) -> Option<StepId> {
        match self.decision(source) {
            Decision::Creating(step) => Some(step),
            _ => None,
        }
    }

    /// The step that changes a target object.
    pub(crate) fn update(&self, target: Idx) -> Option<StepId> {
        self.updates.get(&target).copied()
    }

    /// The step that removes a target object.
    pub(crate) fn removal(&self, target: Idx) -> Option<StepId> {
        self.removals.get(&target).copied()
    }

    pub(crate) fn is_removed(&self, target: Idx) -> bool {
        self.removals.contains_key(&target)
    }

    pub(crate) fn step(&self, id: StepId) -> &Step {
        &self.steps[id.number()]
    }

    pub(crate) fn step_mut(&mut self, id: StepId) -> &mut Step {
        &mut self.steps[id.number()]
    }

    pub(crate) fn add(&mut self, address: Address, action: Action, mut needs: Vec<StepId>) -> StepId {
        needs.sort();
        needs.dedup();
        let id = StepId(u32::try_from(self.steps.len()).unwrap_or(u32::MAX));
        self.steps.push(Step {
            address,
            action,
            needs,
            after: Vec::new(),
            displaces: None,
            auxiliary: false,
            approves: false,
            note: None,
        });
        id
    }

    pub(crate) fn withhold(&mut self, address: Address, verb: Verb, fields: Vec<FieldChange>, cause: Cause) {
        self.withheld.push(Withheld { address, verb, fields, cause });
    }

    /// The deletion of an object in its grace is told as withheld, and noted on the object.
    pub(crate) fn keep_for_now(&mut self, address: Address, kept: KeptForNow) {
        if let Some(note) = kept.note {
            self.add(address.clone(), note, Vec::new());
        }
        self.withhold(address, Verb::Delete, Vec::new(), kept.cause);
    }

    pub(crate) fn leave_unchanged(&mut self, kind: KindId) -> Decision {
        *self.unchanged.entry(kind).or_default() += 1;
        Decision::Present
    }

    /// Lets a step wait until another one is done.
    pub(crate) fn add_need(&mut self, step: StepId, needed: StepId) {
        let needs = &mut self.step_mut(step).needs;
        if !needs.contains(&needed) {
            needs.push(needed);
            needs.sort();
        }
    }

    /// Lets a step wait for another, whatever comes of it, unless that one waits for it.
    pub(crate) fn add_after(&mut self, step: StepId, other: StepId) {
        if step == other || self.waits_for(other, step) {
            return;
        }
        let after = &mut self.step_mut(step).after;
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
                let step = self.step(step);
                open.extend(step.needs.iter().chain(&step.after));
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        change::ApprovalRequest,
        model::{Document, Handle},
    };

    fn draft_of(steps: u32) -> Draft {
        let mut draft = Draft::new(0);
        for number in 0..steps {
            let nothing = || Document::new(serde_json::Map::new(), None);
            let approval =
                ApprovalRequest { target: Handle::new("1"), before: nothing(), after: nothing(), fields: Vec::new() };
            draft.add(Address::new(KindId(0), &number.to_string()), Action::Approve(approval), Vec::new());
        }
        draft
    }

    #[test]
    fn steps_never_wait_for_one_another_in_a_circle() {
        let mut draft = draft_of(3);
        let [first, second, third] = [StepId(0), StepId(1), StepId(2)];
        draft.add_need(second, first);
        draft.add_after(third, second);
        draft.add_after(first, third);
        draft.add_after(first, first);
        assert_eq!(draft.step(first).after, []);
        assert_eq!(draft.step(third).after, [second]);
    }

    #[test]
    fn needs_are_kept_once_and_in_order() {
        let mut draft = draft_of(3);
        for needed in [StepId(1), StepId(0), StepId(1)] {
            draft.add_need(StepId(2), needed);
        }
        assert_eq!(draft.step(StepId(2)).needs, [StepId(0), StepId(1)]);
    }
}
