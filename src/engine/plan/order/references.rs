//! The order of renamed objects and of shared parts with those that name them.

use std::collections::{BTreeMap, HashMap};

use crate::engine::{
    model::{Idx, kind::ReferenceKind},
    plan::{
        context::Context,
        draft::Draft,
        order::{main_step, update_step},
        step::StepId,
    },
};

/// A document may name by name what has another name until its own update is done.
pub(crate) fn link_renamed(context: &Context<'_>, draft: &mut Draft) {
    for idx in context.source.ids() {
        let references = context.row(context.source[idx].kind).references.iter();
        let lists = references.filter(|it| matches!(it.bond, ReferenceKind::NeedsAny { .. }));
        let Some(step) = main_step(context, draft, idx) else {
            continue;
        };
        for named in lists.flat_map(|reference| context.source.named(idx, reference)) {
            if let Some(update) = update_step(context, draft, named) {
                draft.add_after(step, update);
            }
        }
    }
}

/// A part goes with the last one that carries it. A carrier goes only when whatever carries the same parts is written,
/// so that nothing vanishes in between.
pub(crate) fn link_shared_parts(context: &Context<'_>, draft: &mut Draft) {
    let ordered = |steps: &HashMap<Idx, StepId>| -> BTreeMap<Idx, StepId> {
        steps.iter().map(|(idx, step)| (*idx, *step)).collect()
    };
    let (removals, updates) = (ordered(&draft.removals), ordered(&draft.updates));
    // It goes with the last one that carries it.
    for (carrier, step) in removals.iter().chain(&updates) {
        for carried in context.target.carried(*carrier) {
            if let Some(removal) = draft.removal(carried) {
                draft.add_after(removal, *step);
            }
        }
    }
    for (carrier, removal) in removals {
        for carried in context.target.carried(carrier) {
            let source = context.pairing.source(carried);
            let carriers = source
                .and_then(|source| draft.parts.get(&source))
                .map(|part| part.carriers.clone())
                .unwrap_or_default();
            for step in carriers {
                draft.add_after(removal, step);
            }
        }
    }
}
