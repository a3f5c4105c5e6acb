//! One run, from two catalogs to an account of what was done.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::engine::{
    apply::{self, Outcome, apply},
    catalog::{Reader, Writer},
    collect::collect,
    confirm::confirm,
    model::{Inventory, pattern::Patterns},
    plan::{
        Approved, Limits, Plan, Policy, Refusal, Refused, Remark, approve, bookkeeping::without_notes, plan,
        releases::Releases, unmatched_patterns::unmatched,
    },
    plan_file::{self, KeptPlan, KeptStep, Selection, select},
    report::{RunSummary, log},
    time_limit::TimeLimited,
    trial,
};

/// What the operator wants of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// What shapes the plan.
    pub policy: Policy,
    /// How much it may change.
    pub limits: Limits,
    /// Whether a plan that a limit refuses goes on without its deletions.
    pub withhold_deletions: bool,
    /// What is known and makes no run incomplete.
    pub acknowledged: Option<Patterns>,
    /// Whether both sides answer with one catalog id, so that the first write is one on trial.
    pub same_catalog_id: bool,
    /// Whether the target may be of an older release than the source.
    pub allow_older_target: bool,
    /// The most writes at once.
    pub writes: usize,
    /// When the run reads no further and starts no new step.
    pub deadline: Option<Instant>,
}

/// How far a run goes.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a> {
    /// Up to the approved plan. Needs no right to write.
    Plan {
        /// Whether the steps shall be kept.
        keep: bool,
    },
    /// All the way.
    Apply,
    /// All the way with those steps that stand in a kept plan too.
    Kept {
        /// The kept plan.
        plan: &'a KeptPlan,
        /// Whether its steps are carried out even if limits refuse them.
        accept_limits: bool,
    },
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// What the changes, gaps and counts come to.
    pub account: RunSummary,
    /// The limits that the plan exceeds.
    pub refusals: Vec<Refusal>,
    /// The limits that it exceeds and that were set aside for it.
    pub accepted: Vec<Refusal>,
    /// How many changes came up since the kept plan was made, and are left out.
    pub left_out: usize,
    /// What people should see to.
    pub remarks: Vec<Remark>,
    /// The steps to keep, whether a limit refuses them or not; none before there is a plan.
    pub steps: Option<Vec<KeptStep>>,
}

/// Makes the target like the source, or only says how. Stops soon after `stop`: running writes are finished first.
pub async fn run(
    source: &dyn Reader,
    target: &dyn Writer,
    wishes: &RunOptions,
    extent: Mode<'_>,
    stop: &CancellationToken,
) -> Run {
    let drawing = draw_up(source, target, wishes, extent);
    let Some(drawn) = stop.run_until_cancelled(drawing).await else {
        return Run::default();
    };
    let (plan, outdated) = (drawn.plan, drawn.outdated);
    let mut run = Run {
        left_out: drawn.left_out,
        remarks: plan.remarks.clone(),
        steps: matches!(extent, Mode::Plan { keep: true }).then(|| plan_file::steps_of(&plan)),
        ..Run::default()
    };
    let account = |plan: &Plan, outcomes: Option<&[Outcome]>| {
        RunSummary::of(plan, &outdated, outcomes, wishes.acknowledged.as_ref())
    };
    let approved = match judge(plan, wishes, extent, &mut run) {
        Ok(approved) => approved,
        Err(plan) => {
            run.account = account(&plan, None);
            return run;
        }
    };
    // Where there is nothing to write it does not matter which releases the servers are of, and they are not asked.
    if !approved.plan().steps.is_empty() {
        let releases = releases(source, target, wishes.allow_older_target);
        let told = stop.run_until_cancelled(releases).await;
        run.remarks.extend(told.and_then(|it| it.forward()));
    }
    let is_forbidden = run.remarks.iter().any(|remark| remark.forbids);
    if is_forbidden || matches!(extent, Mode::Plan { .. }) {
        run.account = account(approved.plan(), None);
        return run;
    }
    let in_doubt = wishes.same_catalog_id && !approved.plan().steps.is_empty();
    if in_doubt && let Some(refusal) = trial::refusal(source, target, approved.plan()).await {
        run.refusals.push(refusal);
        run.account = account(approved.plan(), None);
        return run;
    }
    let outcomes = carry_out(&approved, target, wishes, stop).await;
    run.account = account(approved.plan(), Some(&outcomes));
    run
}

/// Asks both servers which releases they are of.
pub async fn releases(source: &dyn Reader, target: &dyn Reader, allow_older: bool) -> Releases {
    let (source, target) = tokio::join!(source.release(), target.release());
    Releases { source, target, allow_older }
}

/// Holds the plan against the limits and notes what they say of it. Gives it back where that is the end of it.
fn judge(plan: Plan, wishes: &RunOptions, extent: Mode<'_>, run: &mut Run) -> Result<Approved, Box<Plan>> {
    let mut refused = match approve(plan, &wishes.limits) {
        Ok(approved) => return Ok(approved),
        Err(refused) => refused,
    };
    if let Mode::Kept { plan: kept, accept_limits: true } = extent {
        match Approved::accepted(refused, kept) {
            Ok((approved, refusals)) => {
                run.accepted = refusals;
                return Ok(approved);
            }
            Err(unaccepted) => refused = unaccepted,
        }
    }
    if wishes.withhold_deletions {
        let (approved, refusals) = Approved::without_deletions(*refused);
        run.refusals = refusals;
        return Ok(approved);
    }
    let Refused { plan, refusals } = *refused;
    run.refusals = refusals;
    Err(Box::new(plan))
}

async fn carry_out(
    approved: &Approved,
    target: &dyn Writer,
    wishes: &RunOptions,
    stop: &CancellationToken,
) -> Vec<Outcome> {
    let settings = apply::ApplyOptions {
        // A step that reads before it writes should not keep another from writing: the client holds the ceiling.
        concurrency: wishes.writes * 2,
        stop: stop.clone(),
        time_left: wishes.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
    };
    let kinds = approved.plan().kinds;
    apply(approved, target, &settings, &|step, outcome| {
        log::step(kinds, step, outcome);
    })
    .await
}

/// Reads both catalogs and plans, as far as the plan is wanted, deletions confirmed.
async fn draw_up(source: &dyn Reader, target: &dyn Writer, wishes: &RunOptions, extent: Mode<'_>) -> Selection {
    let source = TimeLimited::new(source, wishes.deadline);
    let target = TimeLimited::new(target, wishes.deadline);
    let (from, to) = collect(&source, &target, &wishes.policy).await;
    tracing::info!(
        from_source = from.len(),
        from_target = to.len(),
        gaps = from.gaps.len() + to.gaps.len(),
        "collected"
    );
    let mut plan = plan(&from, &to, &wishes.policy);
    let acknowledged = wishes.acknowledged.as_ref();
    let idle = unmatched(&from, &to, &wishes.policy, acknowledged, &plan);
    plan.remarks.extend(idle);
    let selection = match extent {
        Mode::Kept { plan: kept, .. } => take_kept(plan, kept, &from, &to, &wishes.policy),
        _ => Selection::of_all(plan),
    };
    Selection { plan: confirm(selection.plan, &source).await, ..selection }
}

fn take_kept(plan: Plan, kept: &KeptPlan, from: &Inventory, to: &Inventory, policy: &Policy) -> Selection {
    let kinds = plan.kinds;
    let selection = select(without_notes(plan), kept, from, to, policy);
    for outdated in &selection.outdated {
        log::outdated(kinds, outdated);
    }
    selection
}
