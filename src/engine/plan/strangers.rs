//! Strangers: things whose home is wider than the catalog, and which this tool did not make. They are named, and never
//! written; where they differ that is told (behaviour.md, "Users").

use super::{Policy, Remark, diff::diff, pair::Pairing, scope::Scope};
use crate::engine::{
    change::FieldChange,
    model::{Creator, Idx, Inventory, KindId, Resource, Seal, kind::Presence},
};

/// How many of them a remark names.
const NAMED: usize = 5;

/// Whether this tool made a thing. `is_own` says that the mark it bears is one of this sync; people can write that
/// themselves, so a seal, or what the server says of the maker, goes before it.
#[must_use]
pub fn is_made_here(thing: &Resource, is_own: bool) -> bool {
    match (&thing.seal, &thing.maker) {
        (_, Creator::OwnLogin) => true,
        (Seal::Right | Seal::Previous, _) => is_own,
        (Seal::Wrong, _) | (_, Creator::Consumer) => false,
        _ => is_own,
    }
}

/// Whether a pair's target object is a stranger.
pub(super) fn is_stranger(source: &Inventory, partner: &Resource, idx: Idx) -> bool {
    if source.kinds.row(partner.kind).presence != Presence::ByReference {
        return false;
    }
    // The vendor's tool leaves an id alone, which may be one of any source.
    let is_own =
        partner.mark.as_ref().is_some_and(|mark| mark.catalog.is_some() || *mark.id == *source[idx].handle.id());
    !is_made_here(partner, is_own)
}

/// What is to be told of all strangers that differ; one remark for each kind.
pub(super) fn remarks(
    source: &Inventory,
    target: &Inventory,
    policy: &Policy,
    pairing: &Pairing,
    scope: &Scope,
) -> Vec<Remark> {
    let kinds = source.kinds.ids().filter(|kind| {
        policy.replicates(source.kinds, *kind) && source.kinds.row(*kind).presence == Presence::ByReference
    });
    kinds
        .filter_map(|kind| {
            let differing: Vec<String> = source
                .of_kind(kind)
                .filter(|idx| scope.source(*idx))
                .filter_map(|idx| difference(source, target, pairing, idx))
                .collect();
            (!differing.is_empty()).then(|| remark(source, kind, &differing))
        })
        .collect()
}

/// A stranger and the fields in which he differs. What another sync made is that sync's business.
fn difference(source: &Inventory, target: &Inventory, pairing: &Pairing, idx: Idx) -> Option<String> {
    let partner = pairing.target(idx)?;
    if pairing.foreign.contains(&partner) || !is_stranger(source, &target[partner], idx) {
        return None;
    }
    let row = source.kinds.row(source[idx].kind);
    let changes = diff(row, &target[partner].document, &source[idx].document);
    let mut fields: Vec<&str> = changes.iter().map(FieldChange::field).collect();
    fields.dedup();
    let address = target.address(partner);
    (!fields.is_empty()).then(|| format!("{address} ({})", fields.join(", ")))
}

fn remark(source: &Inventory, kind: KindId, differing: &[String]) -> Remark {
    let name = source.kinds.row(kind).name;
    let mut told = differing[..differing.len().min(NAMED)].join(", ");
    let more = differing.len().saturating_sub(NAMED);
    if more > 0 {
        told = format!("{told}, and {more} more");
    }
    Remark::warning(
        name,
        format!(
            "{} {name} of the target differ from the source's and are left as they are, because this tool did not make \
             them: {told}",
            differing.len()
        ),
        "change them on the target yourself where that is wanted",
    )
}
