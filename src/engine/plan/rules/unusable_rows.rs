//! Rows that cannot be used, of objects whose home is wider than the catalog: one that nothing in scope names is somebody
//! else's business, and is only told.

use crate::engine::{
    model::{Gap, Idx, Inventory, Side, inventory::Referrer, kind::Presence},
    plan::{Plan, Remark, context::Context},
};

/// Makes a warning of what is a gap in nothing that this run is about.
pub(crate) fn leave_to_others(context: &Context<'_>, mut plan: Plan) -> Plan {
    let Context { source, target, scope, .. } = context;
    let kinds = plan.kinds;
    let (needed, others): (Vec<Gap>, Vec<Gap>) = plan.gaps.into_iter().partition(|gap| {
        let is_wide = kinds.row(gap.kind).presence == Presence::ByReference;
        gap.is_of_list()
            || !is_wide
            || match gap.side {
                Side::Source => is_needed(source, gap, |idx| scope.source(idx)),
                Side::Target => is_needed(target, gap, |idx| scope.target(idx)),
            }
    });
    plan.gaps = needed;
    for gap in others {
        let check = kinds.row(gap.kind).name;
        let message = format!("{} {}: {}", gap.side, gap.at, gap.reason);
        let mend = "mend or remove it on the server; nothing in scope needs it";
        plan.remarks.push(Remark::warning(check, message, mend));
    }
    plan
}

/// Something in scope names the row. Nobody can tell of one without an id.
fn is_needed(side: &Inventory, gap: &Gap, in_scope: impl Fn(Idx) -> bool) -> bool {
    let Some(row) = gap.row.as_ref().and_then(|row| row.handle.as_ref()) else {
        return false;
    };
    let mut askers = side.askers(gap.kind, row).iter();
    askers.any(|asker| place_of(side, asker).is_none_or(&in_scope))
}

/// The object that asks for a row, or the one that it stands under where it could not be used itself.
fn place_of(side: &Inventory, asker: &Referrer) -> Option<Idx> {
    let own = side.find(asker.kind, asker.handle.as_str());
    let above = || {
        let parent = side.kinds.row(asker.kind).parent?;
        side.find(parent, asker.handle.parent()?)
    };
    own.or_else(above)
}
