//! The originals that a creation may run into: what it finds in place, although no list showed it, may be another one's
//! copy (behaviour.md, "One target object answers to at most one source object").

use std::collections::BTreeSet;

use crate::engine::{
    model::{KindId, kind::Identity},
    plan::{Action, Plan, context::Context},
};

/// Notes all that the source has of the kinds of which a plan makes something that the server itself tells apart by a key. What
/// people name is found in place by its own mark alone.
pub(crate) fn note_originals(context: &Context<'_>, mut plan: Plan) -> Plan {
    let source = context.source;
    let made: BTreeSet<KindId> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Create(_)))
        .map(|step| step.address.kind)
        .filter(|kind| source.kinds.row(*kind).identity == Identity::Natural)
        .filter(|kind| !source.kinds.is_carried(*kind))
        .collect();
    let ids = made.into_iter().flat_map(|kind| source.of_kind(kind));
    plan.originals = ids
        .map(|idx| {
            let id = source[idx].handle.id().into();
            ((source[idx].kind, id), source.address(idx))
        })
        .collect();
    plan
}
