//! The steps will find some of what they point at in place.

use crate::engine::{
    model::{Address, Handle},
    plan::{context::Context, draft::Draft, rules::fallback_reference::fallback_places},
};

/// Handles of the target's objects that the steps point at, by the source's addresses.
pub(crate) fn present(context: &Context<'_>, draft: &Draft) -> Vec<(Address, Handle)> {
    let pointed_at = context.source.ids().filter(|idx| context.source.kinds.is_pointed_at(context.source[*idx].kind));
    let found = pointed_at.filter_map(|idx| {
        let target = context.pairing.target(idx).or_else(|| context.namesake(idx))?;
        Some((context.source.address(idx), context.target[target].handle.clone()))
    });
    found.chain(fallback_places(context, draft)).collect()
}
