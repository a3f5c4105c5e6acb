//! Strangers: objects whose home is wider than the catalog, and which this tool did not make. They are named, and never
//! written; where they differ that is told (behaviour.md, "Users").

use crate::engine::{
    change::FieldChange,
    model::{Creator, Idx, Inventory, KindId, Resource, Seal, kind::Presence},
    plan::{Plan, Remark, context::Context, diff::diff},
};

/// A remark names no more of them than this.
const NAMED: usize = 5;

/// This tool made an object, as far as anything tells. `is_own` says that the mark it bears is one of this sync; people
/// can write that themselves, so a seal, or what the server says of the maker, goes before it.
#[must_use]
pub fn is_made_here(thing: &Resource, is_own: bool) -> bool {
    match (&thing.seal, &thing.maker) {
        (_, Creator::OwnLogin) => true,
        (Seal::Right | Seal::Previous, _) => is_own,
        (Seal::Wrong, _) | (_, Creator::Consumer) => false,
        _ => is_own,
    }
}

/// A pair's target object is a stranger where its home is wider than the catalog and this tool did not make it.
pub(crate) fn is_stranger(source: &Inventory, partner: &Resource, idx: Idx) -> bool {
    if source.kinds.row(partner.kind).presence != Presence::ByReference {
        return false;
    }
    // The vendor's tool leaves an id alone, which may be one of any source.
    let is_own =
        partner.mark.as_ref().is_some_and(|mark| mark.catalog.is_some() || *mark.id == *source[idx].handle.id());
    !is_made_here(partner, is_own)
}

/// Tells of all strangers that differ, with one remark for each kind.
pub(crate) fn remark_on_strangers(context: &Context<'_>, mut plan: Plan) -> Plan {
    let Context { source, scope, .. } = context;
    for kind in source.kinds.ids() {
        if !context.is_replicated(kind) || context.row(kind).presence != Presence::ByReference {
            continue;
        }
        let in_scope = source.of_kind(kind).filter(|idx| scope.source(*idx));
        let differing: Vec<String> = in_scope.filter_map(|idx| difference(context, idx)).collect();
        if !differing.is_empty() {
            plan.remarks.push(remark(source, kind, &differing));
        }
    }
    plan
}

/// A stranger and the fields in which he differs. What another sync made is that sync's business.
fn difference(context: &Context<'_>, idx: Idx) -> Option<String> {
    let Context { source, target, pairing, .. } = context;
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
