//! Seals on marks: what they are bound to, and what those are worth that objects bear (behaviour.md, "A mark is a claim, not a
//! proof").

use crate::{
    engine::model::{Handle, Inventory, KindId, Resource, Seal, seal},
    platform::api_connect::{kinds::KINDS, reader::ApiConnect},
};

impl ApiConnect {
    /// The text that the seal of an object is bound to which shall have this natural key.
    pub(crate) fn bound(&self, kind: KindId, object: &Handle, key: &str) -> String {
        if seal::is_bound_by_id(KINDS.row(kind)) {
            return object.id().to_owned();
        }
        self.bound_under(kind, object.parent(), key)
    }

    /// The same for one that is yet to be made in this place, and has no id.
    pub(crate) fn bound_under(&self, kind: KindId, parent: Option<&str>, key: &str) -> String {
        seal::bound_to_key(&KINDS, kind, parent.unwrap_or(&self.catalog), key)
    }

    /// Judges the seal of an object that lives under nothing else; `None` where there is no key.
    pub(crate) fn judged_seal(&self, object: Resource) -> Option<Seal> {
        let kind = object.kind;
        let catalog = self.sealed_catalog(vec![object])?;
        catalog.kind(kind).first().map(|object| object.seal.clone())
    }

    pub(crate) fn sealed_catalog(&self, objects: Vec<Resource>) -> Option<Inventory> {
        let keys = self.mark_keys.as_ref()?;
        let mut catalog = Inventory::new(self.side, &KINDS, &self.catalog, objects, Vec::new());
        catalog.judge_seals(keys);
        Some(catalog)
    }
}
