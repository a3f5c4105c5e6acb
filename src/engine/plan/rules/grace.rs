//! Grace: objects that people name are not deleted by the first run that misses them. That run notes the time on them
//! and suspends them, as far as they can be; a later one, past the grace, deletes; a reappearance clears the note.
//! Whatever hangs on such an object, or lives by it, waits with it: only what is missing while all of that is there has
//! no grace.
//!
//! This comes before all deletions, because each of those depends on what its object hangs on.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::engine::{
    change::{Change, FieldChange, MetadataWrite, Missing},
    model::{Idx, Mark, Resource, document::METADATA, mark::SOURCE_MISSING_SINCE},
    plan::{
        context::Context,
        draft::Draft,
        policy::Grace,
        step::{Action, Cause},
    },
};

/// The objects that people name and that the source no longer has, by what their grace makes of them.
#[derive(Default)]
pub(crate) struct Graces {
    /// Kept for now.
    kept: HashSet<Idx>,
    /// Missing for long enough.
    over: HashSet<Idx>,
}

/// A missing object that is kept for now.
pub(crate) struct KeptForNow {
    pub(crate) cause: Cause,
    /// The step that notes since when it is missing, where nobody has done so.
    pub(crate) note: Option<Action>,
}

/// The objects that people name are judged first, because others wait with them.
pub(crate) fn decide_graces(context: &Context<'_>, draft: &mut Draft) {
    let Some(grace) = context.policy.grace else {
        return;
    };
    for target in context.target.ids().filter(|target| has_grace(context, *target)) {
        match kept_for_now(context, draft, target, &grace) {
            Some(kept) => {
                draft.keep_for_now(context.target.address(target), kept);
                draft.graces.kept.insert(target);
            }
            None => {
                draft.graces.over.insert(target);
            }
        }
    }
}

/// An object that is kept for another reason has no grace; the deletions tell that reason.
fn has_grace(context: &Context<'_>, target: Idx) -> bool {
    context.row(context.target[target].kind).grace
        && context.is_missing(target)
        && !context.is_below_distrusted(target)
        && context.reason_to_keep(target).is_none()
        && !context.has_dependent_that_stays(target)
}

fn kept_for_now(context: &Context<'_>, draft: &Draft, target: Idx, grace: &Grace) -> Option<KeptForNow> {
    if let Some(until) = end(grace, context.target[target].missing_since) {
        return Some(keep(context, target, grace, until));
    }
    let until = end_of_foundation(context, draft, target, grace)?;
    Some(KeptForNow { cause: Cause::InGrace(instant(until)), note: None })
}

/// A missing object is kept by its own grace, or with what it hangs on or lives by.
pub(crate) fn is_waiting(context: &Context<'_>, draft: &Draft, target: Idx) -> bool {
    draft.graces.kept.contains(&target) || kept_with(context, draft, target).is_some()
}

/// An object that people do not name is kept for now where it may come back with something else. The time since when it
/// is missing is noted where nobody has done so.
pub(crate) fn grace_of_its_own(context: &Context<'_>, draft: &Draft, target: Idx) -> Option<KeptForNow> {
    let grace = context.policy.grace.filter(|_| may_come_back(context, draft, target))?;
    let until = end(&grace, context.target[target].missing_since)?;
    Some(keep(context, target, &grace, until))
}

/// An object has a grace of its own where something that it hangs on or lives by is missing too and stays for another
/// reason than its own grace. Where no note can be kept there is none.
fn may_come_back(context: &Context<'_>, draft: &Draft, target: Idx) -> bool {
    let resource = &context.target[target];
    if context.row(resource.kind).grace || resource.mark.is_none() || !context.is_missing(target) {
        return false;
    }
    context.foundations(target).into_iter().any(|it| {
        context.pairing.source(it).is_none()
            && !context.pairing.outdated.contains_key(&it)
            && !draft.graces.over.contains(&it)
            && !draft.is_removed(it)
    })
}

/// An object past its own grace waits with what it hangs on, which is missed since later.
fn end_of_foundation(context: &Context<'_>, draft: &Draft, target: Idx, grace: &Grace) -> Option<i64> {
    let foundation = kept_foundation(context, draft, target)?;
    end(grace, context.target[foundation].missing_since)
}

/// An object that is kept for now keeps those that hang on it or live by it, and that would come back with it.
pub(crate) fn kept_with(context: &Context<'_>, draft: &Draft, target: Idx) -> Option<Idx> {
    let has_own = context.row(context.target[target].kind).grace;
    kept_foundation(context, draft, target).filter(|_| !has_own)
}

fn kept_foundation(context: &Context<'_>, draft: &Draft, target: Idx) -> Option<Idx> {
    if draft.graces.kept.is_empty() {
        return None;
    }
    let mut foundations = context.foundations(target).into_iter();
    foundations.find(|idx| draft.graces.kept.contains(idx))
}

/// The time since when an object is missing is noted where nobody has done so. A note of times to come counts as none.
fn keep(context: &Context<'_>, target: Idx, grace: &Grace, until: i64) -> KeptForNow {
    let noted = context.target[target].missing_since;
    let is_due = noted.is_none_or(|since| since > grace.now);
    let note = is_due.then(|| note_missing(context, target, grace.now));
    KeptForNow { cause: Cause::InGrace(instant(until)), note }
}

fn note_missing(context: &Context<'_>, target: Idx, now: i64) -> Action {
    let resource = &context.target[target];
    let before = resource.document.clone();
    let suspension = suspension(context, resource);
    let suspended = suspension.iter().map(|change| (change.field().to_owned(), change.after.clone()));
    let after = before.with(suspended);
    let noted = resource.missing_since.map_or(Value::Null, |it| instant(it).into());
    let mut fields = vec![since(noted, instant(now).into())];
    fields.extend(suspension);
    Action::Update(Change {
        target: Some(resource.handle.clone()),
        parent: None,
        metadata: Some(MetadataWrite {
            own: before.metadata(),
            key: resource.key().into(),
            mark: resource
                .mark
                .as_ref()
                .map(|mark| Mark { id: mark.id.clone(), catalog: Some(context.source.catalog.clone()) }),
            // The former hint still says as much as is known.
            state: resource.hint.clone(),
            missing: Missing::Since { at: now, original: context.original_handle(target) },
            not_taken: resource.not_taken.clone(),
            ..MetadataWrite::default()
        }),
        beside_note: None,
        before,
        seen: Some(Box::new(context.planned_state(target))),
        after,
        fields,
        package: None,
    })
}

/// An object is suspended where that can be done and is not so already.
fn suspension(context: &Context<'_>, resource: &Resource) -> Option<FieldChange> {
    let row = context.row(resource.kind);
    let (field, value) = row.suspension?;
    let before = resource.document.field(field);
    let awaits_approval = resource.pending && row.approved.contains(&field);
    (before != value && !awaits_approval).then(|| FieldChange {
        path: format!("/{field}"),
        before,
        after: value.into(),
    })
}

/// A missing object is kept until this time; none when that is over.
fn end(grace: &Grace, noted: Option<i64>) -> Option<i64> {
    let since = noted.map_or(grace.now, |since| since.min(grace.now));
    let until = since.saturating_add(grace.period);
    (until > grace.now).then_some(until)
}

/// The change of the note.
pub(crate) fn since(before: Value, after: Value) -> FieldChange {
    FieldChange { path: format!("/{METADATA}/{SOURCE_MISSING_SINCE}"), before, after }
}

/// A time as it is noted and shown.
pub(crate) fn instant(millis: i64) -> String {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}
