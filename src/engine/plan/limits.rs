//! Approval: the safety limits, judged on the finished plan before anything is written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Action, Cause, Plan, Step, Verb, numbered, withhold::withhold_steps};
use crate::engine::model::{
    KindId, Side,
    kind::{RemovalRule, Role},
};

/// A plan that may be applied: one that no limit refuses, what is left of a refused one without its deletions, or one
/// that the operator has kept, looked at and accepted. Only this module makes one.
#[derive(Debug)]
pub struct Approved(Plan);

impl Approved {
    /// A plan that a limit refused is approved without its deletions (`ON_LIMIT=withhold-deletes`). The beginning of a
    /// grace is taken out too: it suspends.
    ///
    /// Too many updates are no reason to refuse it then: the operator has chosen that updates go on.
    #[must_use]
    pub fn without_deletions(refused: Refused) -> (Self, Vec<Refusal>) {
        let Refused { plan, refusals } = refused;
        let reason = refusals.first().map_or_else(String::new, |refusal| refusal.message.clone());
        let deletions = numbered(&plan.steps).filter(|(_, step)| step.takes_to_be_gone().is_some());
        let held = deletions.map(|(id, _)| (id, Cause::Limit(reason.clone()))).collect();
        (Self(withhold_steps(plan, held)), refusals)
    }

    /// A plan that a limit refused and the operator accepts all the same (`apply --accept-limits`).
    ///
    /// The kept plan is the proof that it is this plan that was accepted.
    ///
    /// # Errors
    /// The refused plan, when it has a step that the kept plan does not have with the same fingerprint.
    pub fn accepted(refused: Box<Refused>, kept: &impl AcceptedPlan) -> Result<(Self, Vec<Refusal>), Box<Refused>> {
        if !kept.holds_all_of(&refused.plan) {
            return Err(refused);
        }
        let Refused { plan, refusals } = *refused;
        Ok((Self(plan), refusals))
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// A plan that the operator has looked at and accepts: the proof that limits may be set aside for one like it.
pub trait AcceptedPlan {
    /// Every step of the plan stands in this one with the same fingerprint.
    fn holds_all_of(&self, plan: &Plan) -> bool;
}

/// The largest changes that a run may make.
#[derive(Debug, Clone)]
pub struct Limits {
    /// `MAX_DELETE_PERCENT`: the largest share of a kind's managed objects that may be deleted.
    pub delete_percent: u8,
    /// `MAX_UPDATE_PERCENT`: the same for updates.
    pub update_percent: u8,
    /// `ALLOW_EMPTY_SOURCE`: for which kinds the source may list nothing although the target has managed objects; for all
    /// kinds, it may also know none of the marks.
    pub allow_empty: EmptySource,
}

/// Of which kinds the source may list nothing although the target has managed objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EmptySource {
    /// Of none.
    #[default]
    No,
    /// Of all.
    All,
    /// Of these.
    Kinds(Vec<String>),
}

impl EmptySource {
    /// The source may list nothing of this kind.
    #[must_use]
    pub fn covers(&self, kind: &str) -> bool {
        match self {
            Self::No => false,
            Self::All => true,
            Self::Kinds(kinds) => kinds.iter().any(|known| known == kind),
        }
    }
}

/// Below this many managed objects of a kind a share says nothing, and the percentages do not apply.
const FEWEST_FOR_A_SHARE: usize = 10;

/// A limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The setting that sets the limit.
    pub limit: &'static str,
    /// The limit, what the plan has, and what would allow it.
    pub message: String,
    /// The same in numbers, where the limit is on one kind.
    pub excess: Option<Excess>,
}

/// By how much a plan exceeds a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The kind.
    pub kind: &'static str,
    /// The number that would be changed, or that is managed although the source lists none.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// That share in percent.
    pub percent: usize,
    /// The largest share that the limit allows, where it is one of shares.
    pub allowed: Option<u8>,
    /// The value of the setting with which the limit refuses nothing of this plan, whichever kind.
    pub suffices: Value,
    /// The limit and what the plan has, without a word of what to do.
    pub facts: String,
}

impl Refusal {
    /// A refusal that is not on account of one kind.
    #[must_use]
    pub fn of_all(limit: &'static str, message: String) -> Self {
        Self { limit, message, excess: None }
    }

    /// A refusal on account of one kind; what suffices is known when all kinds have been judged.
    fn of_kind(limit: &'static str, excess: Excess) -> Self {
        Self { limit, message: String::new(), excess: Some(excess) }
    }
}

/// A plan that exceeds limits.
#[derive(Debug)]
pub struct Refused {
    /// The plan.
    pub plan: Plan,
    /// Every limit that it exceeds.
    pub refusals: Vec<Refusal>,
}

/// Holds a plan against the limits.
///
/// # Errors
/// The plan and every limit that it exceeds.
pub fn approve(plan: Plan, limits: &Limits) -> Result<Approved, Box<Refused>> {
    let refusals = refusals(&plan, limits);
    if refusals.is_empty() { Ok(Approved(plan)) } else { Err(Box::new(Refused { plan, refusals })) }
}

fn refusals(plan: &Plan, limits: &Limits) -> Vec<Refusal> {
    let deleted = deleted(plan);
    let updated = updated(plan);
    let mut refusals = Vec::new();
    if !deleted.is_empty() || !lacks_a_list(plan) {
        refusals.extend(wrong_source(plan, limits));
    }
    for kind in plan.kinds.reported() {
        let managed = plan.tallies.get(&kind).map_or(0, |tally| tally.managed);
        let count = |counts: &BTreeMap<KindId, usize>| counts.get(&kind).copied().unwrap_or(0);
        let share = |limit: &ShareLimit, count| share(limit, plan.kinds.row(kind).name, count, managed);
        refusals.extend(empty_source(plan, kind, count(&deleted), limits));
        refusals.extend(share(&ShareLimit::of_deletions(limits), count(&deleted)));
        refusals.extend(share(&ShareLimit::of_updates(limits), count(&updated)));
    }
    name_what_suffices(&mut refusals);
    refusals
}

/// Marks that lead nowhere say nothing of the source where a whole list of it could not be read; as long as something
/// is deleted all the same, they are believed to.
fn lacks_a_list(plan: &Plan) -> bool {
    let mut gaps = plan.gaps.iter();
    gaps.any(|gap| gap.side == Side::Source && gap.under.is_none())
}

/// A source on which not one of the target's marks leads anywhere is probably another catalog.
fn wrong_source(plan: &Plan, limits: &Limits) -> Option<Refusal> {
    let marks = plan.marks;
    if marks.seen == 0 || marks.resolved > 0 || limits.allow_empty == EmptySource::All {
        return None;
    }
    let message = format!(
        "the target has {} marks of this source and not one leads to an object of it: this is probably the wrong source; \
         check SOURCE_MGMT_SERVER, SOURCE_ORG and SOURCE_CATALOG; if all of it has really been deleted or made anew, \
         allow this once with ALLOW_EMPTY_SOURCE=true",
        marks.seen
    );
    Some(Refusal::of_all(EMPTY, message))
}

/// A source that lists nothing of a kind is probably not what it should be. Where its lists are in doubt nothing is
/// deleted on their word, but what another branch takes along may be of that kind too.
fn empty_source(plan: &Plan, kind: KindId, deleted: usize, limits: &Limits) -> Option<Refusal> {
    let row = plan.kinds.row(kind);
    let tally = plan.tallies.get(&kind)?;
    let allowed = limits.allow_empty.covers(row.name);
    let in_doubt = plan.gaps.iter().any(|gap| plan.kinds.stands_or_falls_with(kind, gap.kind));
    let of_concern =
        row.task == Role::Replicate && row.removal == RemovalRule::Explicit && !plan.excluded.contains(&kind);
    let is_spared = in_doubt && deleted == 0;
    if allowed || is_spared || !of_concern || tally.source > 0 || tally.marked == 0 {
        return None;
    }
    let name = row.name;
    let excess = Excess {
        kind: name,
        count: tally.marked,
        of: tally.managed,
        percent: percent(tally.marked, tally.managed),
        allowed: None,
        suffices: name.into(),
        facts: format!("the source lists no {name} in scope, the target has {} that this tool manages", tally.marked),
    };
    Some(Refusal::of_kind(EMPTY, excess))
}

/// The setting that says which kinds the source may list none of.
const EMPTY: &str = "ALLOW_EMPTY_SOURCE";

/// A limit on the share of a kind that a run may change.
struct ShareLimit {
    setting: &'static str,
    verb: &'static str,
    percent: u8,
}

impl ShareLimit {
    fn of_deletions(limits: &Limits) -> Self {
        Self { setting: "MAX_DELETE_PERCENT", verb: "delete", percent: limits.delete_percent }
    }

    fn of_updates(limits: &Limits) -> Self {
        Self { setting: "MAX_UPDATE_PERCENT", verb: "update", percent: limits.update_percent }
    }
}

fn share(limit: &ShareLimit, kind: &'static str, count: usize, managed: usize) -> Option<Refusal> {
    let allowed = usize::from(limit.percent);
    // All of a kind is as much as there can be, also where a cascade takes what is out of scope.
    if managed < FEWEST_FOR_A_SHARE || allowed >= 100 || count * 100 <= managed * allowed {
        return None;
    }
    let needed = percent(count, managed).min(100);
    let excess = Excess {
        kind,
        count,
        of: managed,
        percent: needed,
        allowed: Some(limit.percent),
        suffices: needed.into(),
        facts: format!(
            "the plan would {} {count} of {managed} managed {kind} ({needed} %), {} allows {allowed} %",
            limit.verb, limit.setting
        ),
    };
    Some(Refusal::of_kind(limit.setting, excess))
}

fn percent(count: usize, of: usize) -> usize {
    (count * 100).div_ceil(of.max(1))
}

/// Gives all refusals of one limit the one value that would satisfy them all, and tells it with the other ways out.
fn name_what_suffices(refusals: &mut [Refusal]) {
    let mut all: BTreeMap<&str, Value> = BTreeMap::new();
    for (limit, excess) in refusals.iter().filter_map(|it| Some((it.limit, it.excess.as_ref()?))) {
        let known = all.entry(limit).or_insert(Value::Null);
        *known = both(known, &excess.suffices);
    }
    if refusals.iter().any(|it| it.limit == EMPTY && it.excess.is_none()) {
        all.insert(EMPTY, true.into());
    }
    for refusal in refusals {
        let (limit, Some(excess)) = (refusal.limit, &mut refusal.excess) else {
            continue;
        };
        excess.suffices = all.get(limit).cloned().unwrap_or_default();
        let ways = ways_out(limit, &excess.suffices);
        refusal.message = format!("{}; if that is right, {ways}", excess.facts);
    }
}

/// The value that satisfies two: the larger number, or both names.
fn both(one: &Value, other: &Value) -> Value {
    match (one.as_u64(), other.as_u64(), one.as_str(), other.as_str()) {
        (Some(one), Some(other), ..) => one.max(other).into(),
        (_, _, Some(one), Some(other)) => format!("{one},{other}").into(),
        _ => other.clone(),
    }
}

/// An operator can raise a limit, accept this one plan, or leave out the deletions.
fn ways_out(limit: &str, suffices: &Value) -> String {
    let value = suffices.as_str().map_or_else(|| suffices.to_string(), str::to_owned);
    let meanwhile = if limit == "MAX_DELETE_PERCENT" {
        " (exit 4 stays; with DELETE_POLICY=report they are only told, and it goes)"
    } else {
        ""
    };
    format!(
        "allow it once with {limit}={value}, or keep the plan with `plan --out FILE` and accept this one plan with \
         `apply FILE --accept-limits`; if not, ON_LIMIT=withhold-deletes does all but the deletions meanwhile{meanwhile}"
    )
}

/// Deletions by kind, with what the server removes along. What is missed for the first time counts too: it is suspended,
/// and a source that has lost half of what it had must not suspend half of the target.
fn deleted(plan: &Plan) -> BTreeMap<KindId, usize> {
    let mut counts = BTreeMap::new();
    let missed = |step: &&Step| step.takes_to_be_gone().is_some();
    for step in plan.steps.iter().filter(missed) {
        let cascade = match &step.action {
            Action::Delete(delete) => delete.cascade.as_slice(),
            _ => &[],
        };
        for address in std::iter::once(&step.address).chain(cascade) {
            *counts.entry(address.kind).or_insert(0) += 1;
        }
    }
    counts
}

fn updated(plan: &Plan) -> BTreeMap<KindId, usize> {
    let mut counts = BTreeMap::new();
    let counts_as_update = |step: &&Step| {
        step.verb() == Verb::Update && !step.auxiliary && !step.is_bookkeeping() && step.takes_to_be_gone().is_none()
    };
    for step in plan.steps.iter().filter(counts_as_update) {
        *counts.entry(step.address.kind).or_insert(0) += 1;
    }
    counts
}
