//! An object that is made only because others name it waits with them where none of those is carried (behaviour.md,
//! "Users"). Nobody would use it, and where no list shows it before somebody does, every run would make it again.

use std::collections::{BTreeMap, HashMap};

use crate::engine::{
    model::{Idx, KindId, kind::Presence},
    plan::{
        context::Context,
        draft::{Decision, Draft},
        step::{Cause, StepId},
    },
};

/// The creations that nothing in this run has a use for.
pub(crate) fn needless_creations(context: &Context<'_>, draft: &Draft) -> BTreeMap<StepId, Cause> {
    let mut made = made_by_reference(context, draft);
    // Most runs make none, and everything on the source would be asked whom it names.
    if !made.is_empty() {
        note_users(context, draft, &mut made);
    }
    let needless = made.into_values().filter_map(|(step, users)| {
        let (top, incomplete) = users.withheld.filter(|_| !users.is_one_carried)?;
        let top = context.source.address(top).path.to_string();
        Some((step, Cause::Follows { top, incomplete }))
    });
    needless.collect()
}

/// The objects that this run makes because others name them, still without these.
fn made_by_reference(context: &Context<'_>, draft: &Draft) -> HashMap<Idx, (StepId, Referrers)> {
    let kinds = context.source.kinds;
    let by_reference = |kind: &KindId| kinds.row(*kind).presence == Presence::ByReference;
    let things = kinds.ids().filter(by_reference);
    let things = things.flat_map(|kind| context.source.of_kind(kind));
    let made = things.filter_map(|idx| match draft.decision(idx) {
        Decision::Creating(step) => Some((idx, (step, Referrers::default()))),
        _ => None,
    });
    made.collect()
}

fn note_users(context: &Context<'_>, draft: &Draft, made: &mut HashMap<Idx, (StepId, Referrers)>) {
    let kinds = context.source.kinds;
    for idx in context.source.ids() {
        let references = kinds.row(context.source[idx].kind).references.iter();
        let named = references
            .filter(|it| kinds.row(it.kind).presence == Presence::ByReference)
            .flat_map(|reference| context.source.named(idx, reference));
        for named in named {
            if let Some((_, users)) = made.get_mut(&named) {
                users.add(idx, draft.decision(idx));
            }
        }
    }
}

/// Of those who name an object: the first that is withheld, unless one of them is carried.
#[derive(Default)]
struct Referrers {
    withheld: Option<(Idx, bool)>,
    is_one_carried: bool,
}

impl Referrers {
    fn add(&mut self, idx: Idx, decision: Decision) {
        match decision {
            Decision::Withheld(incomplete) => {
                self.withheld.get_or_insert((idx, incomplete));
            }
            Decision::Present | Decision::Creating(_) => self.is_one_carried = true,
            Decision::OutOfScope | Decision::Undecided | Decision::Absent => {}
        }
    }
}
