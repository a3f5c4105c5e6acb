//! Unique values: somebody on the target may have a name or client id now.

use std::collections::HashMap;

use serde_json::Value;

use crate::engine::{
    model::{
        Document, Idx, Inventory, KindId,
        kind::{Unique, UniqueScope},
    },
    plan::{context::Context, step::Cause},
};

/// Who holds which unique value on the target.
pub(crate) struct ValueHolders {
    by_value: HashMap<(KindId, &'static str, Option<Idx>, String), Idx>,
}

impl ValueHolders {
    pub(crate) fn new(target: &Inventory) -> Self {
        let mut by_value = HashMap::new();
        for idx in target.ids() {
            let kind = target[idx].kind;
            let unique = target.kinds.row(kind).unique;
            if unique.is_empty() {
                continue;
            }
            let fields = target[idx].document.fields();
            for unique in unique {
                if let Some(value) = fields.get(unique.field).and_then(Value::as_str) {
                    let key = (kind, unique.field, within(unique, target.parent(idx)), value.to_owned());
                    by_value.entry(key).or_insert(idx);
                }
            }
        }
        Self { by_value }
    }

    /// The holder of a value, as seen from under this target parent.
    pub(crate) fn of(&self, kind: KindId, unique: &Unique, parent: Option<Idx>, value: &str) -> Option<Idx> {
        if unique.within == UniqueScope::Parent && parent.is_none() {
            return None;
        }
        self.by_value.get(&(kind, unique.field, within(unique, parent), value.to_owned())).copied()
    }
}

fn within(unique: &Unique, parent: Option<Idx>) -> Option<Idx> {
    match unique.within {
        UniqueScope::Catalog => None,
        UniqueScope::Parent => parent,
    }
}

impl Context<'_> {
    /// Who has, on the target, the unique value of a source object.
    pub(crate) fn value_holder(&self, idx: Idx, unique: &Unique) -> Option<Idx> {
        let parent = self.source.parent(idx).and_then(|parent| self.pairing.target(parent));
        let value = self.source[idx].document.field(unique.field);
        self.value_holders.of(self.source[idx].kind, unique, parent, value.as_str()?)
    }

    pub(crate) fn value_clash(&self, idx: Idx, unique: &Unique, holder: Idx) -> Cause {
        let address = self.target.address(holder);
        let value = self.source[idx].document.field(unique.field);
        Cause::Claimed(format!(
            "{} {} is held on the target by {} {address}, which stays",
            unique.label,
            value.as_str().unwrap_or_default(),
            self.row(address.kind).singular
        ))
    }

    pub(crate) fn may_give_up_values(&self, idx: Idx, target: Idx) -> bool {
        self.is_replicated(self.source[idx].kind)
            && self.scope.source(idx)
            && !self.source[idx].pending
            && self.reason_not_to_touch(idx, target).is_none()
    }

    pub(crate) fn exclusive_value(&self, kind: KindId, document: &Document) -> Option<String> {
        document.field(self.row(kind).exclusive?).as_str().map(str::to_owned)
    }
}
