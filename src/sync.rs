//! One run, from two catalogs to an account of what was done.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    apply::{self, Outcome, apply},
    catalog::{Reader, Writer},
    collect::collect,
    config::pattern::Patterns,
    confirm::confirm,
    plan::{Approved, Limits, Plan, Policy, Refusal, approve, plan},
    report::{Account, log},
};

/// What the operator wants of a run.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// What shapes the plan.
    pub policy: Policy,
    /// How much it may change.
    pub limits: Limits,
    /// Whether a plan that a limit refuses goes on without its deletions.
    pub withhold_deletions: bool,
    /// What is known and makes no run incomplete.
    pub acknowledged: Option<Patterns>,
    /// The most writes at once.
    pub writes: usize,
    /// How long after its start the run starts no new step.
    pub time_left: Option<Duration>,
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Up to the approved plan. Needs no right to write.
    Plan,
    /// All the way.
    Apply,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// What the changes, gaps and counts come to.
    pub account: Account,
    /// The limits that the plan exceeds.
    pub refusals: Vec<Refusal>,
}

/// Makes the target like the source, or only says how. Stops soon after `stop`: running writes are finished first.
pub async fn run<S: Reader, T: Writer>(
    source: &S,
    target: &T,
    wishes: &Wishes,
    extent: Extent,
    stop: &CancellationToken,
) -> Run {
    let started = tokio::time::Instant::now();
    let Some(plan) = stop
        .run_until_cancelled(draw_up(source, target, wishes))
        .await
    else {
        return Run::default();
    };
    let account = |plan: &Plan, outcomes: Option<&[Outcome]>| {
        Account::of(plan, outcomes, wishes.acknowledged.as_ref())
    };
    let (approved, refusals) = match approve(plan, &wishes.limits) {
        Ok(approved) => (approved, Vec::new()),
        Err(refused) if wishes.withhold_deletions => Approved::without_deletions(*refused),
        Err(refused) => {
            return Run {
                account: account(&refused.plan, None),
                refusals: refused.refusals,
            };
        }
    };
    if extent == Extent::Plan {
        return Run {
            account: account(approved.plan(), None),
            refusals,
        };
    }
    let settings = apply::Settings {
        // A step that reads before it writes should not keep another from writing: the client holds the ceiling.
        concurrency: wishes.writes * 2,
        stop: stop.clone(),
        time_left: wishes
            .time_left
            .map(|time| time.saturating_sub(started.elapsed())),
    };
    let kinds = approved.plan().kinds;
    let outcomes = apply(&approved, target, &settings, &|step, outcome| {
        log::step(kinds, step, outcome);
    })
    .await;
    Run {
        account: account(approved.plan(), Some(&outcomes)),
        refusals,
    }
}

/// Reads both catalogs and plans, deletions confirmed.
async fn draw_up<S: Reader, T: Writer>(source: &S, target: &T, wishes: &Wishes) -> Plan {
    let (from, to) = collect(source, target, &wishes.policy).await;
    tracing::info!(
        from_source = from.len(),
        from_target = to.len(),
        gaps = from.gaps.len() + to.gaps.len(),
        "collected"
    );
    let plan = plan(&from, &to, &wishes.policy);
    confirm(plan, source).await
}
