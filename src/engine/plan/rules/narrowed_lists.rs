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
        step::{Cause, Verb, Withheld},
    },
};

/// An object that is carried for fewer than on the source is told, unless it is withheld itself, which says more.
pub(crate) fn narrowed_lists(context: &Context<'_>, draft: &Draft) -> Vec<Withheld> {
    let names_whom = |kind: &KindId| {
        let mut references = context.row(*kind).references.iter();
        references.any(is_of_whom) && context.is_replicated(*kind)
    };
    let is_carried = |idx: &Idx| {
        let is_there = matches!(draft.decision(*idx), Decision::Present | Decision::Creating(_));
        is_there && context.source.is_carried_whole(*idx)
    };
    let told: HashSet<&Address> = draft.withheld.iter().map(|it| &it.address).collect();
    let kinds = context.source.kinds.ids().filter(names_whom);
    let carried = kinds.flat_map(|kind| context.source.of_kind(kind)).filter(is_carried);
    let narrowed = carried.filter_map(|idx| {
        let missing = missing_names(context, draft, idx);
        let address = context.source.address(idx);
        (!missing.fields.is_empty() && !told.contains(&address)).then(|| missing.withheld(address))
    });
    narrowed.collect()
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

/// Objects that a list names and the target lacks.
#[derive(Default)]
struct MissingNames {
    /// By the field that names it.
    fields: BTreeMap<&'static str, Vec<String>>,
    /// At least one of them should be there.
    incomplete: bool,
}

impl MissingNames {
    fn withheld(self, address: Address) -> Withheld {
        let names: Vec<String> = self.fields.values().flatten().cloned().collect();
        let reason = if self.incomplete {
            "which the target lacks, so it is carried without them: add them there"
        } else {
            "out of scope or kept at home by this run and not on the target, so it is carried without them"
        };
        let text = format!("it names {}, {reason}", names.join(", "));
        let fields = self.fields.into_iter();
        let fields = fields.map(|(field, names)| FieldChange {
            path: format!("/{field}"),
            before: Value::Null,
            after: names.into(),
        });
        Withheld {
            address,
            verb: Verb::Update,
            fields: fields.collect(),
            cause: Cause::Narrowed { text, incomplete: self.incomplete },
        }
    }
}

/// Such a reference says whom an object is for.
fn is_of_whom(reference: &Reference) -> bool {
    matches!(reference.bond, ReferenceKind::NeedsAny { .. })
}
