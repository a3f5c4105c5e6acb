//! An object that both sides have can be written on trial, where both sides answer with one catalog id.

use crate::engine::{
    model::{
        Address, Handle,
        kind::{Identity, Role},
    },
    plan::context::Context,
};

/// The first target object in scope that is known by marks, so that its server keeps metadata on it, and has a partner.
pub(crate) fn trial_object(context: &Context<'_>) -> Option<(Address, Handle)> {
    let Context { target, pairing, scope, .. } = context;
    let mut found = target.ids().filter(|idx| {
        let row = target.kinds.row(target[*idx].kind);
        row.identity == Identity::Named
            && row.task == Role::Replicate
            && scope.target(*idx)
            && pairing.source(*idx).is_some()
    });
    let first = found.next()?;
    Some((target.address(first), target[first].handle.clone()))
}
