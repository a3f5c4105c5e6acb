//! Whom a thing is for may be out of scope: what the target has of that name is then named as it is, which does not touch
//! it; and where it has nothing, the operator has chosen so.

use super::{Cause, build::Builder};
use crate::engine::model::{Idx, address::decode, kind::Role};

impl Builder<'_> {
    /// The target's own object that stands for a source object which is out of scope: that of the same name, unless it is
    /// the copy of another one.
    pub(super) fn namesake(&self, idx: Idx) -> Option<Idx> {
        if !self.is_left_out(idx) || self.pairing.target(idx).is_some() {
            return None;
        }
        let address = self.source.address(idx);
        let found = self.target.at(address.kind, &address.path)?;
        let is_free = self.target[found].mark.is_none() && self.pairing.source(found).is_none();
        is_free.then_some(found)
    }

    /// Whether a source object is not for this run to make.
    fn is_left_out(&self, idx: Idx) -> bool {
        let kind = self.source[idx].kind;
        self.row(kind).task == Role::Replicate && !(self.scope.source(idx) && self.is_replicated(kind))
    }

    /// That all whom a thing is for are out of scope, and what would change that.
    pub(super) fn all_left_out(&self, group: &str, named: &[Idx]) -> Option<Cause> {
        if !named.iter().all(|idx| self.is_left_out(*idx)) {
            return None;
        }
        let told = |idx: &Idx| {
            let (path, kind) = (self.source.address(*idx).path, self.source[*idx].kind);
            let mut filters = self.policy.filters.iter().filter(|(it, _)| *it == kind);
            let name = decode(self.source[*idx].name.text());
            let wish = filters.find_map(|(_, filter)| filter.objection(&name));
            let kinds = || "INCLUDE_KINDS and EXCLUDE_KINDS leave its kind out".to_owned();
            format!("{path} ({})", wish.unwrap_or_else(kinds))
        };
        let named: Vec<String> = named.iter().map(told).collect();
        Some(Cause::OutOfScope(format!(
            "its `{group}` names {}: all that it names is out of scope, and not on the target",
            named.join(", ")
        )))
    }
}
