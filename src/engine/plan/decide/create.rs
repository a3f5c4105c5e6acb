//! Creations: what a source object asks of the place where it has no partner.

use serde_json::Value;

use crate::engine::{
    change::{ChildMade, FieldChange, MetadataWrite, NewObject},
    model::{Document, Idx, kind::MadeWithParent},
    plan::{
        context::Context,
        decide::{
            bundle::{bundle_change, note_carrier_written},
            lifecycle::add_closing,
            references::{document_due, emptied_group, steps_for_references},
            unique_values::claim_values,
            withhold_object,
        },
        draft::{Decision, Draft},
        rules::fallback_reference::reference,
        step::{Action, Cause, StepId, Verb},
    },
};

/// A source object that the target lacks gets a step that makes it, or is withheld with the reason.
pub(crate) fn create(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> Decision {
    match creation(context, draft, idx) {
        Ok(creation) => Decision::Creating(add_creation(context, draft, idx, creation)),
        Err(cause) => withhold_object(context, draft, idx, cause),
    }
}

/// A step that makes something, before it has a place in the plan.
struct Creation {
    object: NewObject,
    needs: Vec<StepId>,
    /// The closed state that a step of its own enters afterwards.
    closing: Option<FieldChange>,
}

fn creation(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> Result<Creation, Cause> {
    let (document, mut needs) = creation_requirements(context, draft, idx)?;
    let bundle = bundle_change(context, draft, idx, None)?;
    needs.extend(bundle.needs);
    let brings = child_made(context, draft, idx, &mut needs);
    let (document, closing) = context.made_open(idx, document);
    let source = &context.source[idx];
    let parent = context.source.parent(idx);
    let is_in_new_parent = parent.is_some_and(|parent| draft.creation(parent).is_some());
    let comes_along = is_in_new_parent && comes_with_parent(context, draft, idx);
    let object = NewObject {
        parent: parent.map(|parent| context.source.address(parent)),
        metadata: MetadataWrite {
            own: document.metadata(),
            mark: Some(context.mark_of(source)),
            key: source.key().into(),
            // A child that the server makes for a fallback is not as the source has it, so no hint may vouch for it.
            state: source.state.clone().filter(|_| !comes_along || !parent_has_fallback(context, draft, idx)),
            ..MetadataWrite::default()
        },
        document,
        comes_along,
        brings,
        package: bundle.package,
    };
    Ok(Creation { object, needs, closing })
}

fn add_creation(context: &Context<'_>, draft: &mut Draft, idx: Idx, creation: Creation) -> StepId {
    let Creation { object, needs, closing } = creation;
    let address = context.source.address(idx);
    let row = context.row(context.source[idx].kind);
    if row.secret.is_some() && object.document.secret().is_none() {
        let cause = Cause::SecretUnreadable { mend: row.secret_mend };
        draft.withhold(address.clone(), Verb::Create, Vec::new(), cause);
    }
    let step = draft.add(address, Action::Create(object), needs);
    draft.step_mut(step).approves = context.policy.approve_on_target;
    draft.step_mut(step).note = draft.fallbacks.get(&idx).map(|it| it.note.clone());
    note_carrier_written(context, draft, idx, step);
    if let Some(closing) = closing {
        add_closing(context, draft, idx, closing, Some(step));
    }
    step
}

/// Everything that must be so before an object can be made, as far as it can be claimed now: gives the document that it can
/// have, and the steps that must be done first.
pub(crate) fn creation_requirements(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
) -> Result<(Document, Vec<StepId>), Cause> {
    if let Some(cause) = reason_not_to_create(context, draft, idx) {
        return Err(cause);
    }
    let parent = context.source.parent(idx);
    let mut needs: Vec<StepId> = parent.and_then(|parent| draft.creation(parent)).into_iter().collect();
    let fallback = context.fallback_for(idx)?;
    let replaced = fallback.as_ref().map(|it| it.field);
    let followed = steps_for_references(context, draft, idx, |field| Some(field) != replaced);
    needs.extend(followed.map_err(|(cause, _)| cause)?);
    let yielded = claim_values(context, draft, idx, None, &mut needs)?;
    let without = yielded.into_iter().map(|field| (field.to_owned(), Value::Null));
    let document = document_due(context, draft, idx).with(without);
    let Some(fallback) = fallback else {
        return Ok((document, needs));
    };
    let named = [(fallback.field.to_owned(), Value::from(&*fallback.address.path))];
    draft.fallbacks.insert(idx, fallback);
    Ok((document.with(named), needs))
}

fn reason_not_to_create(context: &Context<'_>, draft: &Draft, idx: Idx) -> Option<Cause> {
    let gap = reason_to_doubt_lists(context, idx).map(Cause::Gap);
    gap.or_else(|| context.reason_to_stay_home(idx))
        .or_else(|| emptied_group(context, draft, idx))
        .or_else(|| context.site_value_clash(idx))
        .or_else(|| lacks_secret_left_out(context, idx).then_some(Cause::SecretLeftOut))
}

/// A key without its secret would work on the source and not on the target.
fn lacks_secret_left_out(context: &Context<'_>, idx: Idx) -> bool {
    let source = &context.source[idx];
    let has_secret = context.row(source.kind).secret.is_some();
    context.policy.secrets_left_out && has_secret && source.document.secret().is_none()
}

/// An incomplete list may hide that the target has the object already, or what the object names. Below a parent that is
/// made by this run the target can have nothing yet.
fn reason_to_doubt_lists(context: &Context<'_>, idx: Idx) -> Option<String> {
    let parent = context.source.parent(idx);
    let target_parent = parent.and_then(|parent| context.pairing.target(parent));
    let is_in_new_parent = parent.is_some() && target_parent.is_none();
    let below = || context.gaps.below_target(target_parent, context.source[idx].kind).filter(|_| !is_in_new_parent);
    context
        .gaps
        .around_source(idx)
        .or_else(below)
        .or_else(|| context.unusable_row_in_place(idx, target_parent))
        .or_else(|| context.unknown_reference(idx))
}

/// The server makes a child along with some new objects, which must be given its values at once.
fn child_made(context: &Context<'_>, draft: &mut Draft, idx: Idx, needs: &mut Vec<StepId>) -> ChildMade {
    let kind = context.source.kinds.ids().find(|kind| {
        let row = context.row(*kind);
        row.parent == Some(context.source[idx].kind) && row.birth == MadeWithParent::FirstOfParent
    });
    let Some(kind) = kind else {
        return ChildMade::Whatever;
    };
    // Where the kind is left out, what the server makes would bear no mark: an object of the target's own for ever,
    // which keeps its parent from being deleted.
    if !context.is_replicated(kind) {
        return ChildMade::Nothing;
    }
    let first = context.source.children(idx, kind).next().and_then(|child| context.first_sibling(child));
    let Some(first) = first.filter(|first| !lacks_secret_left_out(context, *first)) else {
        return ChildMade::Nothing;
    };
    match claim_values(context, draft, first, None, needs) {
        Ok(_) => ChildMade::Child(Box::new((context.source.address(first), context.source[first].document.clone()))),
        Err(_) => ChildMade::Nothing,
    }
}

fn comes_with_parent(context: &Context<'_>, draft: &Draft, idx: Idx) -> bool {
    match context.row(context.source[idx].kind).birth {
        MadeWithParent::Alone => false,
        MadeWithParent::NamedByParent { child_field, .. } => comes_with_fallback(context, draft, idx, child_field)
            .unwrap_or_else(|| context.is_named_by_parent(context.source, idx)),
        MadeWithParent::FirstOfParent => context.first_sibling(idx) == Some(idx),
    }
}

fn parent_has_fallback(context: &Context<'_>, draft: &Draft, idx: Idx) -> bool {
    let parent = context.source.parent(idx);
    parent.is_some_and(|parent| draft.fallbacks.contains_key(&parent))
}

/// The server makes a child along with its parent for whomever the parent names. None where the parent names no
/// fallback.
fn comes_with_fallback(context: &Context<'_>, draft: &Draft, child: Idx, child_field: &str) -> Option<bool> {
    let by = draft.fallbacks.get(&context.source.parent(child)?)?.by;
    let reference = reference(context.source.kinds, context.source[child].kind, child_field)?;
    let named = context.source.named(child, reference);
    Some(named.iter().any(|named| context.pairing.target(*named) == Some(by)))
}
