//! The account of a plan: which of its changes were done, and what that makes of the run.

use std::collections::BTreeMap;

use super::{ChangeReport, ChangeResult, FieldReport, GapReport, KindReport, Leftovers};
use crate::engine::{
    apply::Outcome,
    change::FieldChange,
    model::{Address, Gap, KindId, pattern::Patterns},
    plan::{Action, Cause, Plan, Step, Verb, Withheld},
    plan_file::Outdated,
};

/// What the changes, gaps and counts of a run come to.
#[derive(Debug, Default)]
pub struct RunSummary {
    /// Counts by kind.
    pub kinds: Vec<(&'static str, KindReport)>,
    /// Everything that is not unchanged.
    pub changes: Vec<ChangeReport>,
    /// What could not be read.
    pub gaps: Vec<GapReport>,
    /// What only the target has.
    pub only_on_target: Leftovers,
    /// Whether something was left undone that nobody has acknowledged.
    pub incomplete: bool,
    /// Whether the plan had steps.
    pub has_steps: bool,
}

impl RunSummary {
    /// The account of a plan; with outcomes, of its application too. Of a kept plan it also tells what is outdated.
    #[must_use]
    pub fn of(
        plan: &Plan,
        outdated: &[Outdated],
        outcomes: Option<&[Outcome]>,
        acknowledged: Option<&Patterns>,
    ) -> Self {
        let mut ledger = SummaryBuilder {
            plan,
            acknowledged,
            withheld: plan.withheld.iter().map(|it| (&*it.address.path, it)).collect(),
            counts: counts(plan),
            account: Self::default(),
        };
        for (number, step) in plan.steps.iter().enumerate() {
            ledger.enter_step(step, outcomes.and_then(|outcomes| outcomes.get(number)));
        }
        for outdated in outdated {
            ledger.enter_outdated(outdated);
        }
        for withheld in &plan.withheld {
            ledger.enter_withheld(withheld);
        }
        ledger.close()
    }
}

fn counts(plan: &Plan) -> BTreeMap<KindId, KindReport> {
    plan.tallies
        .iter()
        .map(|(kind, tally)| {
            let report = KindReport {
                source: tally.source,
                target: tally.target,
                unchanged: tally.unchanged,
                only_on_target: tally.only_on_target,
                ..KindReport::default()
            };
            (*kind, report)
        })
        .collect()
}

struct SummaryBuilder<'a> {
    plan: &'a Plan,
    acknowledged: Option<&'a Patterns>,
    /// What is withheld, by its address.
    withheld: BTreeMap<&'a str, &'a Withheld>,
    counts: BTreeMap<KindId, KindReport>,
    account: RunSummary,
}

impl SummaryBuilder<'_> {
    fn enter_step(&mut self, step: &Step, outcome: Option<&Outcome>) {
        if step.is_bookkeeping() {
            return;
        }
        let note = || step.note.clone();
        let (result, reason) = match outcome {
            None => (ChangeResult::Pending, note()),
            Some(Outcome::Applied { pending: true, remark, .. }) => {
                let reason = remark.clone();
                let waits = || Cause::PendingOnTarget.reason();
                (ChangeResult::Applied, Some(reason.unwrap_or_else(waits)))
            }
            Some(Outcome::Applied { remark, .. }) => (ChangeResult::Applied, remark.clone().or_else(note)),
            Some(Outcome::Failed(reason)) => (ChangeResult::Failed, Some(reason.clone())),
            Some(Outcome::Skipped(reason)) => (ChangeResult::Skipped, Some(reason.clone())),
            Some(Outcome::Withheld(reason)) => (ChangeResult::Withheld, Some(reason.clone())),
        };
        let waits = matches!(outcome, Some(Outcome::Applied { pending: true, .. }));
        let done = matches!(result, ChangeResult::Applied | ChangeResult::Pending);
        // What failed or was not tried may succeed next time: nobody can know of it beforehand.
        let is_in_vain = matches!(result, ChangeResult::Failed | ChangeResult::Skipped);
        if is_in_vain || (waits || !done) && !self.is_acknowledged(&step.address) {
            self.account.incomplete = true;
        }
        self.account.has_steps = true;
        let untaken = outcome.map_or(&[][..], Outcome::not_taken);
        self.enter_untaken(step, untaken);
        if step.auxiliary && done {
            return;
        }
        let is_taken = |change: &&FieldChange| !untaken.iter().any(|it| it.path == change.path);
        let taken: Vec<FieldChange> = step.fields().iter().filter(is_taken).cloned().collect();
        if taken.is_empty() && !step.fields().is_empty() {
            return;
        }
        self.enter(&step.address, step.verb(), &taken, result, reason.clone());
        if let Action::Delete(delete) = &step.action {
            for address in &delete.cascade {
                self.enter(address, Verb::Delete, &[], result, Some(format!("goes with {}", step.address)));
            }
        }
    }

    /// What the target did not take of a step is no part of what was applied.
    fn enter_untaken(&mut self, step: &Step, untaken: &[FieldChange]) {
        if untaken.is_empty() {
            return;
        }
        self.account.incomplete |= !self.is_acknowledged(&step.address);
        let planned = |change: &FieldChange| {
            let references = self.plan.kinds.row(step.address.kind).references.iter();
            let is_reference = references.clone().any(|it| it.field == change.field());
            // The server's own names for things mean nothing to people.
            let known = step.fields().iter().find(|it| it.path == change.path);
            known.filter(|_| is_reference).unwrap_or(change).clone()
        };
        let fields: Vec<FieldChange> = untaken.iter().map(planned).collect();
        let reason = Some(Cause::not_taken(untaken).reason());
        let result = ChangeResult::Withheld;
        self.enter(&step.address, Verb::Update, &fields, result, reason);
    }

    fn enter_outdated(&mut self, outdated: &Outdated) {
        self.account.incomplete = true;
        self.enter(
            &outdated.address,
            outdated.verb,
            &outdated.fields,
            ChangeResult::Skipped,
            Some(outdated.reason.clone()),
        );
    }

    fn enter_withheld(&mut self, withheld: &Withheld) {
        self.account.incomplete |= withheld.cause.is_incomplete() && !self.is_known(withheld);
        let reason = Some(withheld.cause.reason());
        self.enter(&withheld.address, withheld.verb, &withheld.fields, ChangeResult::Withheld, reason);
    }

    /// Whether a withholding, or that of anything that it hangs on, is acknowledged.
    fn is_known(&self, withheld: &Withheld) -> bool {
        let mut link = withheld;
        // No chain is longer than all that is withheld.
        for _ in 0..self.plan.withheld.len() {
            if self.is_acknowledged(&link.address) {
                return true;
            }
            let Cause::Follows { top, .. } = &link.cause else {
                return false;
            };
            match self.withheld.get(top.as_str()) {
                Some(next) => link = next,
                None => {
                    return self.acknowledged.is_some_and(|patterns| patterns.matches(top));
                }
            }
        }
        false
    }

    fn enter(
        &mut self,
        address: &Address,
        verb: Verb,
        fields: &[FieldChange],
        result: ChangeResult,
        reason: Option<String>,
    ) {
        let counts = self.counts.entry(address.kind).or_default();
        match (result, verb) {
            (ChangeResult::Applied | ChangeResult::Pending, Verb::Create) => counts.created += 1,
            (ChangeResult::Applied | ChangeResult::Pending, Verb::Update) => counts.updated += 1,
            (ChangeResult::Applied | ChangeResult::Pending, Verb::Delete) => counts.deleted += 1,
            (ChangeResult::Failed, _) => counts.failed += 1,
            (ChangeResult::Skipped, _) => counts.skipped += 1,
            (ChangeResult::Withheld, _) => counts.withheld += 1,
        }
        self.account.changes.push(ChangeReport {
            kind: self.plan.kinds.row(address.kind).name,
            address: address.path.to_string(),
            action: verb.word(),
            fields: fields.iter().map(FieldReport::from).collect(),
            result,
            reason,
        });
    }

    fn is_acknowledged(&self, address: &Address) -> bool {
        self.acknowledged.is_some_and(|patterns| patterns.matches(&address.path))
    }

    /// Whether a gap is a single row that the operator knows of.
    fn is_known_row(&self, gap: &Gap) -> bool {
        let address = gap.row_address();
        address.is_some_and(|address| self.acknowledged.is_some_and(|patterns| patterns.matches(&address)))
    }

    fn close(mut self) -> RunSummary {
        let kinds = self.plan.kinds;
        let rank = |change: &ChangeReport| kinds.named(change.kind);
        self.account.changes.sort_by(|a, b| (rank(a), &a.address, a.action).cmp(&(rank(b), &b.address, b.action)));
        self.account.incomplete |= self.plan.gaps.iter().any(|gap| !self.is_known_row(gap));
        self.account.gaps = self
            .plan
            .gaps
            .iter()
            .map(|gap| GapReport {
                side: gap.side.to_string(),
                kind: kinds.row(gap.kind).name,
                under: gap.at.clone(),
                reason: match gap.row_address() {
                    Some(address) => format!("{} (ACKNOWLEDGE={address} excuses it)", gap.reason),
                    None => gap.reason.clone(),
                },
            })
            .collect();
        self.account.only_on_target = Leftovers::of(kinds, &self.plan.only_on_target);
        self.account.kinds = kinds
            .reported()
            .map(|kind| (kinds.row(kind).name, self.counts.remove(&kind).unwrap_or_default()))
            .collect();
        self.account
    }
}
