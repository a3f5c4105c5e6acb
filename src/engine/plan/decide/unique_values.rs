//! Claims on unique values: whether a name or client id that somebody has becomes free in time.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::engine::{
    change::{Change, FieldChange},
    model::{Idx, kind::OnConflict},
    plan::{
        context::Context,
        decide::{differences::changes_to_send, update::update},
        draft::Draft,
        step::{Action, Cause, StepId, Verb},
    },
};

/// Which unique values change hands.
#[derive(Debug, Default)]
pub(crate) struct ValueMoves {
    /// For each unique field of a target object that is to get another value: who holds that one now.
    pub(crate) wanted: HashMap<(&'static str, Idx), Idx>,
    /// The step by which a target object gives up a value for one that nobody wants.
    pub(crate) parked: HashMap<(&'static str, Idx), StepId>,
    /// Source objects that were decided before their turn, because a claim waits for them.
    pub(crate) decided_early: HashSet<Idx>,
}

/// Each unique value of an object is held against who has it now. Gives the fields that the object goes without.
pub(crate) fn claim_values(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Option<Idx>,
    needs: &mut Vec<StepId>,
) -> Result<Vec<&'static str>, Cause> {
    let unique = context.row(context.source[idx].kind).unique;
    if unique.is_empty() {
        return Ok(Vec::new());
    }
    let mut yielded = Vec::new();
    for unique in unique {
        let holder = context.value_holder(idx, unique);
        let verdict = claim_result(draft, unique.field, holder, target);
        match verdict {
            ClaimResult::Free => {}
            ClaimResult::AfterDelete(holder) => needs.extend(draft.removals.get(&holder)),
            ClaimResult::AfterUpdate(holder) => needs.extend(decide_update_early(context, draft, holder)),
            ClaimResult::AfterParking(holder) => needs.push(park_value(context, draft, unique.field, holder)),
            ClaimResult::Clash(_) if unique.clash == OnConflict::Yields => yielded.push(unique.field),
            ClaimResult::Clash(holder) => return Err(context.value_clash(idx, unique, holder)),
        }
    }
    Ok(yielded)
}

/// The update of an object that gives up a value. It may be planned later than the claim on that value.
fn decide_update_early(context: &Context<'_>, draft: &mut Draft, holder: Idx) -> Option<StepId> {
    let source = context.pairing.source(holder)?;
    let pair = context.pairing.partners(source)?;
    if draft.update(holder).is_none() && draft.moves.decided_early.insert(source) {
        let decision = update(context, draft, pair);
        draft.decide(source, decision);
    }
    draft.update(holder)
}

/// A step that gives an object a value that nobody wants, so that a circle of claims can begin to turn.
fn park_value(context: &Context<'_>, draft: &mut Draft, field: &'static str, holder: Idx) -> StepId {
    if let Some(step) = draft.moves.parked.get(&(field, holder)) {
        return *step;
    }
    let resource = &context.target[holder];
    let value = format!("parked-{}", resource.handle.id());
    let before = resource.document.clone();
    let update = Change {
        target: Some(resource.handle.clone()),
        parent: context
            .pairing
            .source(holder)
            .and_then(|idx| context.source.parent(idx))
            .map(|idx| context.source.address(idx)),
        after: before.with([(field.to_owned(), Value::from(value.as_str()))]),
        fields: vec![FieldChange { path: format!("/{field}"), before: before.field(field), after: value.into() }],
        before,
        seen: Some(Box::new(context.planned_state(holder))),
        metadata: None,
        beside_note: None,
        package: None,
    };
    let step = draft.add(context.target.address(holder), Action::Update(update), Vec::new());
    draft.step_mut(step).auxiliary = true;
    draft.moves.parked.insert((field, holder), step);
    step
}

/// Paired objects that give up a unique value are found before anything claims one.
pub(crate) fn find_value_moves(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        let unique = context.row(context.source[idx].kind).unique;
        let Some(pair) = context.pairing.partners(idx).filter(|_| !unique.is_empty()) else {
            continue;
        };
        let target = pair.target;
        if !context.may_give_up_values(idx, target) {
            continue;
        }
        let changes = changes_to_send(context, draft, pair);
        for unique in unique.iter().filter(|unique| changes.iter().any(|change| change.field() == unique.field)) {
            let holder = context.value_holder(idx, unique).unwrap_or(target);
            draft.moves.wanted.insert((unique.field, target), holder);
        }
    }
    forget_stuck_moves(context, draft);
}

/// An object that cannot have one of its values is not written at all, so it gives up none of the others either;
/// that may leave further ones without theirs.
fn forget_stuck_moves(context: &Context<'_>, draft: &mut Draft) {
    loop {
        let stuck: HashSet<Idx> = draft
            .moves
            .wanted
            .keys()
            .map(|(_, target)| *target)
            .filter(|target| is_stuck(context, draft, *target))
            .collect();
        if stuck.is_empty() {
            return;
        }
        draft.moves.wanted.retain(|(_, target), _| !stuck.contains(target));
    }
}

fn is_stuck(context: &Context<'_>, draft: &Draft, target: Idx) -> bool {
    let Some(idx) = context.pairing.source(target) else {
        return false;
    };
    let unique = context.row(context.source[idx].kind).unique.iter();
    unique.filter(|unique| unique.clash == OnConflict::Withholds).any(|unique| {
        let verdict = claim_result(draft, unique.field, context.value_holder(idx, unique), Some(target));
        matches!(verdict, ClaimResult::Clash(_))
    })
}

/// A claim on a value succeeds at once, later, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimResult {
    /// Nobody has the value.
    Free,
    /// The holder is removed by this run.
    AfterDelete(Idx),
    /// The holder takes another value by this run.
    AfterUpdate(Idx),
    /// The holder waits, round a corner, for this very claim: it must first take a value that nobody wants.
    AfterParking(Idx),
    /// The holder keeps it.
    Clash(Idx),
}

/// Follows the holders of a value to find out whether it becomes free in this run. `claimant` is a target object that
/// already exists, or none for a creation.
fn claim_result(draft: &Draft, field: &'static str, holder: Option<Idx>, claimant: Option<Idx>) -> ClaimResult {
    let Some(holder) = holder.filter(|holder| Some(*holder) != claimant) else {
        return ClaimResult::Free;
    };
    if draft.is_removed(holder) {
        return ClaimResult::AfterDelete(holder);
    }
    let mut seen = HashSet::new();
    let mut at = holder;
    loop {
        if Some(at) == claimant {
            return claim_on_cycle(draft, field, holder, claimant);
        }
        if !seen.insert(at) {
            return ClaimResult::AfterUpdate(holder);
        }
        match draft.moves.wanted.get(&(field, at)).copied() {
            None => return ClaimResult::Clash(holder),
            // An object that wants a free value points at itself.
            Some(next) if next == at || draft.is_removed(next) => {
                return ClaimResult::AfterUpdate(holder);
            }
            Some(next) => at = next,
        }
    }
}

/// On a cycle the object with the lowest place parks its value; everybody else waits for the next one.
fn claim_on_cycle(draft: &Draft, field: &'static str, holder: Idx, claimant: Option<Idx>) -> ClaimResult {
    let mut lowest = holder;
    let mut at = holder;
    while Some(at) != claimant {
        lowest = lowest.min(at);
        match draft.moves.wanted.get(&(field, at)).copied() {
            Some(next) => at = next,
            None => break,
        }
    }
    lowest = claimant.map_or(lowest, |claimant| lowest.min(claimant));
    if lowest == holder { ClaimResult::AfterParking(holder) } else { ClaimResult::AfterUpdate(holder) }
}

/// A value that the site would not take holds back its own field alone.
pub(crate) fn withhold_site_clash(context: &Context<'_>, draft: &mut Draft, idx: Idx, fields: &mut Vec<FieldChange>) {
    let Some((field, _)) = context.row(context.source[idx].kind).site_unique else {
        return;
    };
    if let Some(cause) = context.site_value_clash(idx) {
        let held = fields.extract_if(.., |change| change.field() == field);
        let held: Vec<FieldChange> = held.collect();
        draft.withhold(context.source.address(idx), Verb::Update, held, cause);
    }
}
