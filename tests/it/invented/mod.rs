//! Planning and collecting on a table of kinds that is no platform's (see [`table`]): what the engine does follows from rows,
//! and from nothing that it knows of a server.
//!
//! A case is two worlds and the plan that comes of them, as text. Beside its plan, [`check`] carries every case out on the
//! fake servers of [`fake`], which refuse what breaks their rules, and insists that there is nothing to do afterwards.

mod collecting;
mod fake;
mod notation;
mod random;
mod render;
mod rules;
mod table;
mod thing;

mod bundles;
mod nesting;
mod ownership;
mod uniqueness;

use apic_configsync::engine::{
    apply::{ApplyOptions, Outcome, apply},
    collect::collect,
    confirm::confirm,
    model::Side,
    plan::{Adopt, EmptySource, Limits, NameFilter, Plan, Policy, approve, plan, policy::Filter},
};
use tokio_util::sync::CancellationToken;

use fake::Fake;
use table::KINDS;

use crate::plan_lines::assert_lines;

/// Two worlds, what the operator wants, and what comes of it.
#[derive(Default)]
struct Case<'a> {
    /// In the notation of [`notation`].
    source: &'a str,
    /// Likewise.
    target: &'a str,
    /// See [`policy`].
    settings: &'a str,
    /// The plan's lines in any order, in the notation of [`render`].
    plan: &'a str,
    /// What the server refuses of it, as the planner cannot know from the table: each an address and the beginning of the
    /// reason.
    refused: &'a str,
    /// The steps that planning again still finds.
    again: &'a str,
}

async fn check(case: Case<'_>) {
    let source = Fake::read(Side::Source, case.source);
    let target = Fake::read(Side::Target, case.target);
    let policy = policy(case.settings);
    let plan = draw_up(&source, &target, &policy).await;
    assert_lines("plan", &render::lines(&plan, case.plan), case.plan);
    assert_hides_secrets(&plan, &case);
    let refused = carry_out(plan, &target).await;
    assert_lines("refused", &refused, case.refused);
    let again = draw_up(&source, &target, &policy).await;
    let again = Plan { withheld: Vec::new(), ..again };
    assert_lines("again", &render::lines(&again, case.again), case.again);
    assert_eq!(source.world().things.len(), Fake::read(Side::Source, case.source).world().things.len());
}

/// What settings like `adopt report only=boards:plans without=cards` ask of a plan.
fn policy(settings: &str) -> Policy {
    let mut policy = Policy::default();
    for word in settings.split_whitespace() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("adopt", _) => policy.adopt = Adopt::All,
            ("report", _) => policy.report_deletions = true,
            ("without", kind) => drop(policy.excluded.insert(KINDS.named(kind).unwrap())),
            ("only", wanted) => {
                let (kind, names) = wanted.split_once(':').unwrap();
                let names = NameFilter { include: Some(names.parse().unwrap()), exclude: None };
                policy.filters.push((KINDS.named(kind).unwrap(), Filter { names, ..Filter::default() }));
            }
            (word, _) => panic!("`{word}` is no setting"),
        }
    }
    policy
}

async fn draw_up(source: &Fake, target: &Fake, policy: &Policy) -> Plan {
    let (from, to) = collect(source, target, policy).await;
    confirm(plan(&from, &to, policy), source).await
}

/// Carries a plan out. Gives what was not done.
async fn carry_out(plan: Plan, target: &Fake) -> Vec<String> {
    let limits = Limits { delete_percent: 100, update_percent: 100, allow_empty: EmptySource::All };
    let approved = approve(plan, &limits).unwrap_or_else(|refused| panic!("{:?}", refused.refusals));
    let options = ApplyOptions { concurrency: 4, stop: CancellationToken::new(), time_left: None };
    let outcomes = apply(&approved, target, &options, &|_, _| ()).await;
    let steps = approved.plan().steps.iter().zip(&outcomes);
    let told = steps.filter_map(|(step, outcome)| match outcome {
        Outcome::Applied { .. } => None,
        Outcome::Failed(reason) | Outcome::Skipped(reason) | Outcome::Withheld(reason) => {
            Some(format!("{}: {reason}", step.address))
        }
    });
    told.collect()
}

fn assert_hides_secrets(plan: &Plan, case: &Case<'_>) {
    let shown = format!("{plan:?}");
    let words = case.source.split_whitespace().chain(case.target.split_whitespace());
    for secret in words.filter_map(|word| word.strip_prefix("pin=")) {
        assert!(!shown.contains(secret), "{secret} shows in the plan");
    }
}
