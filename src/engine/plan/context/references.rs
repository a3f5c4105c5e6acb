//! References: the names of other objects, told in the source's terms, and those of them that are not known.

use serde_json::Value;

use crate::engine::{
    change::FieldChange,
    model::{
        Document, Idx, KindId, Resource,
        address::decode,
        kind::{MadeWithParent, Reference, ReferenceKind, Role},
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

    /// An object must not be written as a whole, nor a field that says whom it is for, while that is not known.
    pub(crate) fn unknown_audience(&self, idx: Idx, fields: &[FieldChange], is_whole: bool) -> Option<Cause> {
        let references = self.row(self.source[idx].kind).references;
        let groups = references.iter().filter_map(|reference| match reference.bond {
            ReferenceKind::NeedsAny { group } => Some([group, reference.field]),
            _ => None,
        });
        let names: Vec<&str> = groups.flatten().collect();
        let is_named = fields.iter().any(|change| names.contains(&change.field()));
        let reason = self.unknown_reference(idx).filter(|_| is_whole || is_named);
        reason.map(Cause::Gap)
    }

    /// The text says that the target lacks an object.
    pub(crate) fn missing_on_target(&self, idx: Idx) -> String {
        let address = self.source.address(idx);
        self.missing_at(address.kind, &address.path)
    }

    /// The text names what the target has instead, so that a misspelt name is seen.
    pub(crate) fn missing_at(&self, kind: KindId, path: &str) -> String {
        let row = self.source.kinds.row(kind);
        let known: Vec<String> = self
            .target
            .of_kind(kind)
            .filter(|_| row.task == Role::Prerequisite)
            .map(|idx| self.target.address(idx).path.to_string())
            .collect();
        let known = if known.is_empty() { String::new() } else { format!(" (it has: {})", known.join(", ")) };
        let advice = match row.task {
            Role::Prerequisite => " (`check` says how to add it)",
            Role::Replicate => "",
        };
        format!("the target has no {} {path}{known}{advice}", row.singular)
    }
}
