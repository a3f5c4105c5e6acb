//! Lists of which the target gets only what it has: whom an object is for on the source and not on the target is told.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::engine::{
    change::FieldChange,
    model::{
        Address, Idx, KindId,
        kind::{Reference, ReferenceKind},
    },
    plan::{
        context::Context,
        decide::references::will_be_there,
        draft::{Decision, Draft},
        step::{Cause, Verb},
    },
};

/// An object that is carried for fewer than on the source is told, unless it is withheld itself, which says more.
pub(crate) fn report_narrowed(context: &Context<'_>, draft: &mut Draft) {
    let names_whom = |kind: &KindId| {
        let mut references = context.row(*kind).references.iter();
        references.any(is_of_whom) && context.is_replicated(*kind)
    };
    let kinds = context.source.kinds.ids().filter(names_whom);
    let told: HashSet<Address> = draft.withheld.iter().map(|it| it.address.clone()).collect();
    for idx in kinds.flat_map(|kind| context.source.of_kind(kind)).collect::<Vec<_>>() {
        let is_carried = matches!(draft.decision(idx), Decision::Present | Decision::Creating(_));
        if !is_carried || !context.source.is_carried_whole(idx) {
            continue;
        }
        let missing = missing_names(context, draft, idx);
        if !missing.fields.is_empty() && !told.contains(&context.source.address(idx)) {
            withhold_missing_names(context, draft, idx, missing);
        }
    }
}

fn missing_names(context: &Context<'_>, draft: &Draft, idx: Idx) -> MissingNames {
    let mut missing = MissingNames::default();
    let references = context.row(context.source[idx].kind).references.iter();
    for reference in references.filter(|it| is_of_whom(it)) {
        for named in context.source.named(idx, reference) {
            if will_be_there(context, draft, named) {
                continue;
            }
            let address = context.source.address(named);
            let names = missing.fields.entry(reference.field).or_default();
            names.push(address.path.to_string());
            missing.incomplete |= match draft.decision(named) {
                Decision::Withheld(incomplete) => incomplete,
                Decision::OutOfScope | Decision::Undecided => false,
                Decision::Absent | Decision::Present | Decision::Creating(_) => true,
            };
        }
    }
    missing
}

fn withhold_missing_names(context: &Context<'_>, draft: &mut Draft, idx: Idx, missing: MissingNames) {
    let names: Vec<String> = missing.fields.values().flatten().cloned().collect();
    let fields = missing
        .fields
        .into_iter()
        .map(|(field, names)| FieldChange { path: format!("/{field}"), before: Value::Null, after: names.into() })
        .collect();
    let reason = if missing.incomplete {
        "which the target lacks, so it is carried without them: add them there"
    } else {
        "out of scope or kept at home by this run and not on the target, so it is carried without them"
    };
    let cause =
        Cause::Narrowed { text: format!("it names {}, {reason}", names.join(", ")), incomplete: missing.incomplete };
    draft.withhold(context.source.address(idx), Verb::Update, fields, cause);
}

/// Objects that a list names and the target lacks.
#[derive(Default)]
struct MissingNames {
    /// By the field that names it.
    fields: BTreeMap<&'static str, Vec<String>>,
    /// At least one of them should be there.
    incomplete: bool,
}

/// Such a reference says whom an object is for.
fn is_of_whom(reference: &Reference) -> bool {
    matches!(reference.bond, ReferenceKind::NeedsAny { .. })
}
