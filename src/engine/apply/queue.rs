//! The queue of steps: which may run now, and which never will.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::Outcome;
use crate::engine::{
    catalog::CatalogError,
    plan::{Step, StepId, numbered},
};

/// Hands out steps whose needs are done; among those, first the one with the longest chain behind it.
pub(super) struct ReadySteps<'a> {
    steps: &'a [Step],
    /// Who waits for a step, and whether in vain if it is not done.
    dependants: Vec<Vec<(StepId, bool)>>,
    /// How many needs of a step are still open.
    open: Vec<usize>,
    /// How long the longest chain is that begins with a step.
    chain: Vec<usize>,
    ready: BinaryHeap<(usize, Reverse<StepId>)>,
    outcomes: Vec<Option<Outcome>>,
    /// For a step that was refused as a duplicate: the one that must go first, and by whom it is awaited.
    awaited_by: Vec<Option<StepId>>,
}

impl<'a> ReadySteps<'a> {
    pub(super) fn new(steps: &'a [Step]) -> Self {
        let mut dependants = vec![Vec::new(); steps.len()];
        for (id, step) in numbered(steps) {
            for need in &step.needs {
                dependants[need.number()].push((id, true));
            }
            for other in &step.after {
                dependants[other.number()].push((id, false));
            }
        }
        let open: Vec<usize> = steps.iter().map(|step| step.needs.len() + step.after.len()).collect();
        let chain = chains(&dependants, &open);
        let mut queue = Self {
            steps,
            open,
            ready: BinaryHeap::new(),
            outcomes: vec![None; steps.len()],
            awaited_by: vec![None; steps.len()],
            dependants,
            chain,
        };
        for (id, _) in numbered(steps) {
            if queue.open[id.number()] == 0 {
                queue.make_ready(id);
            }
        }
        queue
    }

    pub(super) fn next(&mut self) -> Option<StepId> {
        self.ready.pop().map(|(_, Reverse(id))| id)
    }

    fn make_ready(&mut self, id: StepId) {
        self.ready.push((self.chain[id.number()], Reverse(id)));
    }

    /// Takes in what became of a step that ran.
    pub(super) fn settle(
        &mut self,
        id: StepId,
        result: Result<Outcome, CatalogError>,
        observe: &(dyn Fn(&Step, &Outcome) + Sync),
    ) {
        if matches!(result, Err(CatalogError::Duplicate(_))) && self.let_displaced_go_first(id) {
            return;
        }
        let outcome = result.unwrap_or_else(Outcome::from);
        self.record(id, outcome, observe);
        if let Some(waiting) = self.awaited_by[id.number()].take() {
            self.make_ready(waiting);
        }
    }

    /// Where a server allows only one of two siblings, the old one goes before the new one comes after all.
    fn let_displaced_go_first(&mut self, id: StepId) -> bool {
        let Some(displaced) = self.steps[id.number()].displaces else {
            return false;
        };
        let others_done = self.open[displaced.number()] == 1;
        if self.outcomes[displaced.number()].is_some() || !others_done {
            return false;
        }
        self.awaited_by[displaced.number()] = Some(id);
        self.dependants[id.number()].retain(|(dependant, _)| *dependant != displaced);
        self.open[displaced.number()] = 0;
        self.make_ready(displaced);
        true
    }

    fn record(&mut self, id: StepId, outcome: Outcome, observe: &(dyn Fn(&Step, &Outcome) + Sync)) {
        let step = &self.steps[id.number()];
        observe(step, &outcome);
        let applied = outcome.is_applied();
        self.outcomes[id.number()] = Some(outcome);
        for (dependant, in_need) in std::mem::take(&mut self.dependants[id.number()]) {
            if self.outcomes[dependant.number()].is_some() {
                continue;
            }
            if applied || !in_need {
                self.open[dependant.number()] -= 1;
                if self.open[dependant.number()] == 0 {
                    self.make_ready(dependant);
                }
            } else {
                let reason = format!("needs {} {}, which was not done", step.verb().word(), step.address);
                self.record(dependant, Outcome::Skipped(reason), observe);
            }
        }
    }

    /// Gives up all steps that have not run.
    pub(super) fn skip_rest(&mut self, reason: &str, observe: &(dyn Fn(&Step, &Outcome) + Sync)) {
        for (id, step) in numbered(self.steps) {
            if self.outcomes[id.number()].is_none() {
                let outcome = Outcome::Skipped(reason.to_owned());
                observe(step, &outcome);
                self.outcomes[id.number()] = Some(outcome);
            }
        }
    }

    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let never_ran = || Outcome::Skipped("it was never reached".to_owned());
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(never_ran)).collect()
    }
}

/// The length of the longest chain that begins with each step. A step on a circle, which no plan should have, counts 0.
fn chains(dependants: &[Vec<(StepId, bool)>], open: &[usize]) -> Vec<usize> {
    let mut order = Vec::with_capacity(open.len());
    let mut left = open.to_vec();
    order.extend((0..left.len()).filter(|number| left[*number] == 0));
    let mut at = 0;
    while let Some(number) = order.get(at).copied() {
        at += 1;
        for (dependant, _) in &dependants[number] {
            left[dependant.number()] -= 1;
            if left[dependant.number()] == 0 {
                order.push(dependant.number());
            }
        }
    }
    let mut chain = vec![0; open.len()];
    for number in order.into_iter().rev() {
        chain[number] =
            dependants[number].iter().map(|(dependant, _)| chain[dependant.number()] + 1).max().unwrap_or(0);
    }
    chain
}
