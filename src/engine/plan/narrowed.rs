//! Lists of which the target gets only what it has: whom a thing is for on the source and not on the target is told.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::{
    Cause, Verb,
    build::{Builder, Decision},
};
use crate::engine::{
    change::FieldChange,
    model::{
        Address, Idx, KindId,
        kind::{Reference, ReferenceKind},
    },
};

/// What a thing names and the target lacks.
#[derive(Default)]
struct MissingNames {
    /// By the field that names it.
    fields: BTreeMap<&'static str, Vec<String>>,
    /// Whether any of it should be there.
    incomplete: bool,
}

impl Builder<'_> {
    /// Tells of what is carried for fewer than on the source. What is withheld itself says more than that.
    pub(super) fn report_narrowed(&mut self) {
        let names_whom = |kind: &KindId| {
            let mut references = self.row(*kind).references.iter();
            references.any(is_of_whom) && self.is_replicated(*kind)
        };
        let kinds = self.source.kinds.ids().filter(names_whom);
        let told: HashSet<Address> = self.plan.withheld.iter().map(|it| it.address.clone()).collect();
        for idx in kinds.flat_map(|kind| self.source.of_kind(kind)).collect::<Vec<_>>() {
            let is_carried = matches!(self.fates[idx.number()], Decision::Present | Decision::Creating(_));
            if !is_carried || !self.source.is_carried_whole(idx) {
                continue;
            }
            let lack = self.lack(idx);
            if !lack.fields.is_empty() && !told.contains(&self.source.address(idx)) {
                self.tell_lack(idx, lack);
            }
        }
    }

    fn lack(&self, idx: Idx) -> MissingNames {
        let mut lack = MissingNames::default();
        let references = self.row(self.source[idx].kind).references.iter();
        for reference in references.filter(|it| is_of_whom(it)) {
            for named in self.source.named(idx, reference) {
                if self.will_be_there(named) {
                    continue;
                }
                let address = self.source.address(named);
                let names = lack.fields.entry(reference.field).or_default();
                names.push(address.path.to_string());
                lack.incomplete |= match self.fates[named.number()] {
                    Decision::Withheld(incomplete) => incomplete,
                    Decision::Out => false,
                    Decision::Absent | Decision::Present | Decision::Creating(_) => true,
                };
            }
        }
        lack
    }

    fn tell_lack(&mut self, idx: Idx, lack: MissingNames) {
        let names: Vec<String> = lack.fields.values().flatten().cloned().collect();
        let fields = lack
            .fields
            .into_iter()
            .map(|(field, names)| FieldChange { path: format!("/{field}"), before: Value::Null, after: names.into() })
            .collect();
        let reason = if lack.incomplete {
            "which the target lacks, so it is carried without them: add them there"
        } else {
            "out of scope or kept at home by this run and not on the target, so it is carried without them"
        };
        let cause =
            Cause::Narrowed { text: format!("it names {}, {reason}", names.join(", ")), incomplete: lack.incomplete };
        self.withhold(self.source.address(idx), Verb::Update, fields, cause);
    }
}

/// Whether a reference says whom a thing is for.
fn is_of_whom(reference: &Reference) -> bool {
    matches!(reference.bond, ReferenceKind::NeedsAny { .. })
}
