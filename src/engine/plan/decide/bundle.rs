//! Bundles: objects that others carry, as Products carry APIs. They are made and rewritten by writing whatever names them,
//! each of their changes counts once, and whatever cannot be written keeps back all that carries it.

use crate::engine::{
    change::{Bundle, FieldChange},
    model::{Address, Idx},
    plan::{
        context::Context,
        decide::{create::creation_requirements, references::steps_for_references},
        draft::Draft,
        file_clash::clash_of_files,
        step::{Cause, StepId},
    },
};

/// The documents that are written with an object.
#[derive(Debug, Default)]
pub(crate) struct BundleChange {
    /// The differences of its documents and of its parts.
    pub(crate) fields: Vec<FieldChange>,
    pub(crate) needs: Vec<StepId>,
    /// All documents, where one of them differs.
    pub(crate) package: Option<Bundle>,
}

/// A part, as far as its carriers have asked for it.
#[derive(Debug, Clone)]
pub(crate) struct CarriedPart {
    pub(crate) change: PartChange,
    /// The steps that write it.
    pub(crate) carriers: Vec<StepId>,
    /// A carrier that is itself not written, and whether that makes the run incomplete.
    pub(crate) held_by: Option<(Address, bool)>,
}

/// A part asks its carriers for this.
#[derive(Debug, Clone)]
pub(crate) enum PartChange {
    /// The target has the same.
    Same,
    /// It is missing, or differs in these ways.
    Due { fields: Vec<FieldChange>, needs: Vec<StepId> },
    /// It differs, but cannot be written.
    CannotBeWritten(Cause),
}

impl CarriedPart {
    /// Its change cannot be written although something that carries it should be.
    pub(crate) fn cannot_be_written(&self) -> bool {
        let stays_home = matches!(self.held_by, Some((_, false))) && self.carriers.is_empty();
        matches!(self.change, PartChange::CannotBeWritten(_)) && !stays_home
    }
}

/// An object is written with all that it carries, as soon as anything of that differs.
///
/// # Errors
/// The reason why something of it cannot be written, which holds back the whole.
pub(crate) fn bundle_change(
    context: &Context<'_>,
    draft: &mut Draft,
    idx: Idx,
    target: Option<Idx>,
) -> Result<BundleChange, Cause> {
    let mut bundle = BundleChange::default();
    if !context.source.is_carried_whole(idx) || target.is_some_and(|target| context.target[target].pending) {
        return Ok(bundle);
    }
    bundle.fields = context.document_changes(idx, target);
    let carried = context.source.carried(idx);
    for part in &carried {
        add_part(context, draft, idx, *part, &mut bundle)?;
    }
    let is_new = target.is_none() && context.source[idx].files.iter().next().is_some();
    if !bundle.fields.is_empty() || is_new {
        bundle.package = Some(whole_bundle(context, idx, &carried)?);
    }
    Ok(bundle)
}

fn add_part(
    context: &Context<'_>,
    draft: &mut Draft,
    carrier: Idx,
    part: Idx,
    bundle: &mut BundleChange,
) -> Result<(), Cause> {
    let target = context.pairing.target(carrier);
    // A carrier for which a hint vouches was not read, and leaves the writing to others that carry the same.
    let is_vouched_for = target.is_some() && context.source[carrier].unread;
    match part_change(context, draft, part) {
        PartChange::Same => {}
        PartChange::Due { .. } if is_vouched_for => {}
        PartChange::Due { needs, .. } => {
            if let Some(reason) = context.doubt_about_part(part, target) {
                return Err(Cause::Gap(reason));
            }
            bundle.fields.push(context.part_changed(carrier, part));
            bundle.needs.extend(needs);
        }
        PartChange::CannotBeWritten(cause) => {
            let top = context.source.address(part).path.to_string();
            return Err(Cause::Follows { top, incomplete: cause.is_incomplete() });
        }
    }
    Ok(())
}

fn whole_bundle(context: &Context<'_>, idx: Idx, carried: &[Idx]) -> Result<Bundle, Cause> {
    let bundle = context.bundle(idx, context.pairing.target(idx), carried)?;
    match clash_of_files(&bundle) {
        Some(clash) => Err(Cause::Claimed(clash)),
        None => Ok(bundle),
    }
}

/// Every carrier asks for the same parts, so what was found out about one is kept.
fn part_change(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> PartChange {
    if let Some(part) = draft.parts.get(&idx) {
        return part.change.clone();
    }
    let change = match context.pairing.target(idx) {
        Some(target) => change_of_paired_part(context, draft, idx, target),
        None => change_of_new_part(context, draft, idx),
    };
    let part = CarriedPart { change: change.clone(), carriers: Vec::new(), held_by: None };
    draft.parts.insert(idx, part);
    change
}

fn change_of_new_part(context: &Context<'_>, draft: &mut Draft, idx: Idx) -> PartChange {
    if let Some(reason) = context.pairing.contested.get(&idx) {
        return PartChange::CannotBeWritten(Cause::Conflict(reason.clone()));
    }
    match creation_requirements(context, draft, idx) {
        Ok((_, needs)) => PartChange::Due { fields: Vec::new(), needs },
        Err(cause) => PartChange::CannotBeWritten(cause),
    }
}

fn change_of_paired_part(context: &Context<'_>, draft: &mut Draft, idx: Idx, target: Idx) -> PartChange {
    let fields = context.document_changes(idx, Some(target));
    if let Some(reason) = context.gaps.around_source(idx) {
        return PartChange::CannotBeWritten(Cause::Gap(reason));
    }
    if fields.is_empty() {
        return PartChange::Same;
    }
    if let Some(cause) = context.reason_not_to_touch(idx, target) {
        return PartChange::CannotBeWritten(cause);
    }
    match steps_for_references(context, draft, idx, |_| true) {
        Ok(needs) => PartChange::Due { fields, needs },
        Err((cause, _)) => PartChange::CannotBeWritten(cause),
    }
}

/// Every part that a step writes is told of that step.
pub(crate) fn note_carrier_written(context: &Context<'_>, draft: &mut Draft, idx: Idx, step: StepId) {
    if draft.step(step).package().is_none() {
        return;
    }
    for carried in context.source.carried(idx) {
        if let Some(part) = draft.parts.get_mut(&carried) {
            part.carriers.push(step);
        }
    }
}

/// Every part of an object that is not written is told so: what only that carries is not written either.
pub(crate) fn note_carrier_withheld(context: &Context<'_>, draft: &mut Draft, idx: Idx, incomplete: bool) {
    let address = context.source.address(idx);
    for carried in context.source.carried(idx) {
        part_change(context, draft, carried);
        if let Some(part) = draft.parts.get_mut(&carried) {
            let known = part.held_by.get_or_insert((address.clone(), incomplete));
            known.1 |= incomplete;
        }
    }
}
