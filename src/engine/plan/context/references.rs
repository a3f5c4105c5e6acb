//! References: the names of other objects, told in the source's terms, and those of them that are not known.

use serde_json::Value;

use crate::engine::{
    model::{
        Document, Idx, Resource,
        address::decode,
        kind::{MadeWithParent, Reference, Role},
    },
    plan::{context::Context, step::Cause},
};

impl Context<'_> {
    /// A target document with its references in the addresses of their partners, as after a rename.
    pub(crate) fn in_source_terms(&self, partner: &Resource) -> Document {
        let references = self.row(partner.kind).references;
        if references.is_empty() {
            return partner.document.clone();
        }
        let fields = partner.document.fields();
        partner.document.with(references.iter().filter_map(|reference| {
            let translated = match fields.get(reference.field)? {
                Value::Array(paths) => {
                    let mut paths: Vec<String> = paths
                        .iter()
                        .filter_map(Value::as_str)
                        .map(|path| self.in_source_address(reference, path).unwrap_or_else(|| path.to_owned()))
                        .collect();
                    paths.sort();
                    paths.into()
                }
                path => Value::from(self.in_source_address(reference, path.as_str()?)?),
            };
            Some((reference.field.to_owned(), translated))
        }))
    }

    /// The source's address of the partner of something on the target.
    fn in_source_address(&self, reference: &Reference, path: &str) -> Option<String> {
        let named = self.target.at(reference.kind, path)?;
        let original = self.pairing.source(named)?;
        Some(self.source.address(original).path.to_string())
    }

    /// Nobody knows what an object names while the list of that is in doubt.
    pub(crate) fn unknown_reference(&self, idx: Idx) -> Option<String> {
        let references = self.row(self.source[idx].kind).references;
        let unknown = references.iter().find(|reference| self.source.is_unknown(idx, reference))?;
        self.gaps.in_source_list(unknown.kind)
    }

    pub(crate) fn not_found(&self, field: &str) -> String {
        format!(
            "its {field} was not found on the {}: a registry or a list may be out of this login's sight",
            self.source.side
        )
    }

    /// A paired parent cannot name another child that is not on the target and will not be made.
    pub(crate) fn unmade_child(&self, idx: Idx, field: &str) -> Option<Cause> {
        let kind = self.source.kinds.ids().find(|kind| {
            let row = self.row(*kind);
            row.parent == Some(self.source[idx].kind)
                && matches!(row.birth, MadeWithParent::NamedByParent { field: named, .. } if named == field)
        })?;
        let mut children = self.source.children(idx, kind);
        let child = children.find(|child| self.is_named_by_parent(self.source, *child))?;
        if self.pairing.target(child).is_some() {
            return None;
        }
        let hindered = self.pairing.contested.contains_key(&child)
            || self.source[child].pending
            || self.gaps.around_source(child).is_some()
            || self.gaps.below_target(self.pairing.target(idx), kind).is_some();
        hindered.then(|| Cause::Follows { top: self.source.address(child).path.to_string(), incomplete: true })
    }

    /// The target's own object of the same name stands for a source object that is out of scope, unless it is the copy
    /// of another one.
    pub(crate) fn namesake(&self, idx: Idx) -> Option<Idx> {
        if !self.is_left_out(idx) || self.pairing.target(idx).is_some() {
            return None;
        }
        let address = self.source.address(idx);
        let found = self.target.at(address.kind, &address.path)?;
        let is_free = self.target[found].mark.is_none() && self.pairing.source(found).is_none();
        is_free.then_some(found)
    }

    /// A source object is left out where it is not for this run to make.
    fn is_left_out(&self, idx: Idx) -> bool {
        let kind = self.source[idx].kind;
        self.row(kind).task == Role::Replicate && !(self.scope.source(idx) && self.is_replicated(kind))
    }

    /// Where all that a list names is out of scope, the text says what would change that.
    pub(crate) fn all_left_out(&self, group: &str, named: &[Idx]) -> Option<Cause> {
        if !named.iter().all(|idx| self.is_left_out(*idx)) {
            return None;
        }
        let told = |idx: &Idx| {
            let (path, kind) = (self.source.address(*idx).path, self.source[*idx].kind);
            let mut filters = self.policy.filters.iter().filter(|(it, _)| *it == kind);
            let name = decode(self.source[*idx].name.text());
            let setting = filters.find_map(|(_, filter)| filter.objection(&name));
            let kinds = || "INCLUDE_KINDS and EXCLUDE_KINDS leave its kind out".to_owned();
            format!("{path} ({})", setting.unwrap_or_else(kinds))
        };
        let named: Vec<String> = named.iter().map(told).collect();
        Some(Cause::OutOfScope(format!(
            "its `{group}` names {}: all that it names is out of scope, and not on the target",
            named.join(", ")
        )))
    }
}
