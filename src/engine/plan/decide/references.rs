//! References: an object can be written only when everything that it names is on the target, and it is told what the
//! target merely lacks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{
    change::FieldChange,
    model::{
        Document, Idx,
        kind::{Reference, ReferenceKind},
    },
    plan::{
        context::Context,
        draft::{Decision, Draft},
        step::{Cause, StepId, Verb},
    },
};

/// An object can be made only after everything that it refers to.
pub(crate) fn steps_for_references(
    context: &Context<'_>,
    draft: &Draft,
    idx: Idx,
    which: impl Fn(&str) -> bool,
) -> Result<Vec<StepId>, (Cause, &'static str)> {
    let mut steps = Vec::new();
    let references = context.row(context.source[idx].kind).references;
    for reference in references.iter().filter(|reference| which(reference.field)) {
        let found = match reference.bond {
            ReferenceKind::Needs | ReferenceKind::LivesBy => step_for_one(context, draft, idx, reference),
            ReferenceKind::NeedsAll => steps_for_all(context, draft, idx, reference),
            ReferenceKind::NeedsAny { .. } => Ok(creations_among(context, draft, idx, reference)),
            ReferenceKind::Carries | ReferenceKind::Link { .. } => Ok(Vec::new()),
        };
        steps.extend(found.map_err(|cause| (cause, reference.field))?);
    }
    Ok(steps)
}

fn step_for_one(context: &Context<'_>, draft: &Draft, idx: Idx, reference: &Reference) -> Result<Vec<StepId>, Cause> {
    match context.source.named(idx, reference).first() {
        Some(named) => Ok(step_for(context, draft, *named)?.into_iter().collect()),
        None => Err(Cause::Missing(context.not_found(reference.field))),
    }
}

/// An object that the source itself does not list may be on the target all the same.
fn steps_for_all(context: &Context<'_>, draft: &Draft, idx: Idx, reference: &Reference) -> Result<Vec<StepId>, Cause> {
    let mut steps = Vec::new();
    let paths = context.source[idx].document.field(reference.field);
    for path in paths.as_array().into_iter().flatten().filter_map(Value::as_str) {
        match context.source.at(reference.kind, path) {
            Some(named) => steps.extend(step_for(context, draft, named)?),
            None if context.target.at(reference.kind, path).is_some() => {}
            None => return Err(Cause::Missing(context.missing_at(reference.kind, path))),
        }
    }
    Ok(steps)
}

fn creations_among(context: &Context<'_>, draft: &Draft, idx: Idx, reference: &Reference) -> Vec<StepId> {
    let named = context.source.named(idx, reference).into_iter();
    named.filter_map(|named| draft.creation(named)).collect()
}

/// The step makes an object that another one needs; the error says why that is not to be had.
fn step_for(context: &Context<'_>, draft: &Draft, named: Idx) -> Result<Option<StepId>, Cause> {
    match draft.decision(named) {
        Decision::Present | Decision::OutOfScope | Decision::Undecided => Ok(None),
        Decision::Creating(step) => Ok(Some(step)),
        Decision::Absent => Err(Cause::Missing(context.missing_on_target(named))),
        Decision::Withheld(incomplete) => {
            Err(Cause::Follows { top: context.source.address(named).path.to_string(), incomplete })
        }
    }
}

/// The target has an object now, or will have it when the run is done.
pub(crate) fn will_be_there(context: &Context<'_>, draft: &Draft, idx: Idx) -> bool {
    matches!(draft.decision(idx), Decision::Present | Decision::Creating(_))
        || context.pairing.target(idx).is_some()
        || context.namesake(idx).is_some()
}

/// The document that the target shall have: lists of which the target gets what it has are cut down to that.
pub(crate) fn document_due<'a>(context: &'a Context<'_>, draft: &Draft, idx: Idx) -> Cow<'a, Document> {
    let document = &context.source[idx].document;
    let references = context.row(context.source[idx].kind).references.iter();
    let cut: Vec<(String, Value)> = references
        .filter(|reference| matches!(reference.bond, ReferenceKind::NeedsAny { .. }))
        .filter_map(|reference| {
            let named = context.source.named(idx, reference);
            let kept: Vec<Value> = named
                .iter()
                .filter(|named| will_be_there(context, draft, **named))
                .map(|named| Value::from(&*context.source.address(*named).path))
                .collect();
            (kept.len() < named.len()).then(|| (reference.field.to_owned(), kept.into()))
        })
        .collect();
    if cut.is_empty() { Cow::Borrowed(document) } else { Cow::Owned(document.with(cut)) }
}

/// A list that says whom an object is for must not lose everybody.
pub(crate) fn emptied_group(context: &Context<'_>, draft: &Draft, idx: Idx) -> Option<Cause> {
    if !context.source.is_carried_whole(idx) {
        return None;
    }
    let mut groups: BTreeMap<&str, Vec<Idx>> = BTreeMap::new();
    for reference in context.row(context.source[idx].kind).references {
        if let ReferenceKind::NeedsAny { group } = reference.bond {
            groups.entry(group).or_default().extend(context.source.named(idx, reference));
        }
    }
    let (group, named) = groups
        .into_iter()
        .find(|(_, named)| !named.is_empty() && !named.iter().any(|named| will_be_there(context, draft, *named)))?;
    if let Some(cause) = context.all_left_out(group, &named) {
        return Some(cause);
    }
    let named: Vec<String> = named.iter().map(|idx| context.source.address(*idx).path.to_string()).collect();
    Some(Cause::Missing(format!(
        "its `{group}` names {}, of which the target has none: nobody would be left in it",
        named.join(", ")
    )))
}

/// A reference that cannot be followed holds back its own field alone.
pub(crate) fn withhold_unfollowed(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    fields: &mut Vec<FieldChange>,
    needs: &mut Vec<StepId>,
) {
    let references = context.row(context.source[idx].kind).references.iter();
    for reference in references.filter(|reference| !reference.bond.is_link()) {
        if !fields.iter().any(|change| change.field() == reference.field) {
            continue;
        }
        let reason =
            context.kept_for_fallback(idx, reference.field).or_else(|| context.unmade_child(idx, reference.field));
        let followed = match reason {
            Some(cause) => Err((cause, reference.field)),
            None => steps_for_references(context, draft, idx, |field| field == reference.field),
        };
        match followed {
            Ok(steps) => needs.extend(steps),
            Err((cause, field)) => {
                let held = fields.extract_if(.., |change| change.field() == field).collect();
                draft.withhold(context.source.address(idx), Verb::Update, held, cause);
            }
        }
    }
}
