//! References: what a thing names must be on the target, and is told apart from what the target merely lacks.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::{
    Cause, StepId, Verb,
    build::{Builder, Decision},
};
use crate::engine::{
    change::FieldChange,
    model::{
        Document, Idx, Resource,
        kind::{MadeWithParent, Reference, ReferenceKind},
    },
};

impl Builder<'_> {
    /// The document that the target shall have: lists of which the target gets what it has are cut down to that.
    pub(super) fn due(&self, idx: Idx) -> Cow<'_, Document> {
        let document = &self.source[idx].document;
        let references = self.row(self.source[idx].kind).references.iter();
        let cut: Vec<(String, Value)> = references
            .filter(|reference| matches!(reference.bond, ReferenceKind::NeedsAny { .. }))
            .filter_map(|reference| {
                let named = self.source.named(idx, reference);
                let kept: Vec<Value> = named
                    .iter()
                    .filter(|named| self.will_be_there(**named))
                    .map(|named| Value::from(&*self.source.address(*named).path))
                    .collect();
                (kept.len() < named.len()).then(|| (reference.field.to_owned(), kept.into()))
            })
            .collect();
        if cut.is_empty() { Cow::Borrowed(document) } else { Cow::Owned(document.with(cut)) }
    }

    /// Whether the target has a thing, or will have it when the run is done.
    pub(super) fn will_be_there(&self, idx: Idx) -> bool {
        matches!(self.fates[idx.number()], Decision::Present | Decision::Creating(_))
            || self.pairing.target(idx).is_some()
            || self.namesake(idx).is_some()
    }

    /// Why a thing must not be written: a list that says whom it is for would lose everybody.
    pub(super) fn emptied_group(&self, idx: Idx) -> Option<Cause> {
        if !self.source.is_carried_whole(idx) {
            return None;
        }
        let mut groups: BTreeMap<&str, (Vec<Idx>, &Reference)> = BTreeMap::new();
        for reference in self.row(self.source[idx].kind).references {
            if let ReferenceKind::NeedsAny { group } = reference.bond {
                let group = groups.entry(group).or_insert_with(|| (Vec::new(), reference));
                group.0.extend(self.source.named(idx, reference));
            }
        }
        let (group, (named, _)) = groups
            .into_iter()
            .find(|(_, (named, _))| !named.is_empty() && !named.iter().any(|named| self.will_be_there(*named)))?;
        if let Some(cause) = self.all_left_out(group, &named) {
            return Some(cause);
        }
        let named: Vec<String> = named.iter().map(|idx| self.source.address(*idx).path.to_string()).collect();
        Some(Cause::Missing(format!(
            "its `{group}` names {}, of which the target has none: nobody would be left in it",
            named.join(", ")
        )))
    }

    /// A target document with its references in the addresses of their partners, as after a rename.
    pub(super) fn in_source_terms(&self, partner: &Resource) -> Document {
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

    /// What the source calls the partner of something on the target.
    fn in_source_address(&self, reference: &Reference, path: &str) -> Option<String> {
        let named = self.target.at(reference.kind, path)?;
        let original = self.pairing.source(named)?;
        Some(self.source.address(original).path.to_string())
    }

    /// The steps that make what an object refers to, or why it cannot refer to it.
    pub(super) fn references(
        &self,
        idx: Idx,
        which: impl Fn(&str) -> bool,
    ) -> Result<Vec<StepId>, (Cause, &'static str)> {
        let mut steps = Vec::new();
        let references = self.row(self.source[idx].kind).references;
        for reference in references.iter().filter(|reference| which(reference.field)) {
            let found = match reference.bond {
                ReferenceKind::Needs | ReferenceKind::LivesBy => self.needed(idx, reference),
                ReferenceKind::NeedsAll => self.all_needed(idx, reference),
                ReferenceKind::NeedsAny { .. } => Ok(self.made_among(idx, reference)),
                ReferenceKind::Carries | ReferenceKind::Link { .. } => Ok(Vec::new()),
            };
            steps.extend(found.map_err(|cause| (cause, reference.field))?);
        }
        Ok(steps)
    }

    fn needed(&self, idx: Idx, reference: &Reference) -> Result<Vec<StepId>, Cause> {
        match self.source.named(idx, reference).first() {
            Some(named) => Ok(self.step_for(*named)?.into_iter().collect()),
            None => Err(Cause::Missing(self.unknown(reference.field))),
        }
    }

    /// What the source itself does not list may be on the target all the same.
    fn all_needed(&self, idx: Idx, reference: &Reference) -> Result<Vec<StepId>, Cause> {
        let mut steps = Vec::new();
        let paths = self.source[idx].document.field(reference.field);
        for path in paths.as_array().into_iter().flatten().filter_map(Value::as_str) {
            match self.source.at(reference.kind, path) {
                Some(named) => steps.extend(self.step_for(named)?),
                None if self.target.at(reference.kind, path).is_some() => {}
                None => return Err(Cause::Missing(self.lack_of(reference.kind, path))),
            }
        }
        Ok(steps)
    }

    fn made_among(&self, idx: Idx, reference: &Reference) -> Vec<StepId> {
        let named = self.source.named(idx, reference).into_iter();
        named
            .filter_map(|named| match self.fates[named.number()] {
                Decision::Creating(step) => Some(step),
                _ => None,
            })
            .collect()
    }

    /// The step that makes something which another thing needs, or why that is not to be had.
    fn step_for(&self, named: Idx) -> Result<Option<StepId>, Cause> {
        match self.fates[named.number()] {
            Decision::Present | Decision::Out => Ok(None),
            Decision::Creating(step) => Ok(Some(step)),
            Decision::Absent => Err(Cause::Missing(self.absence(named))),
            Decision::Withheld(incomplete) => {
                Err(Cause::Follows { top: self.source.address(named).path.to_string(), incomplete })
            }
        }
    }

    /// Why it is not known what a thing names.
    pub(super) fn unknown_reference(&self, idx: Idx) -> Option<String> {
        let references = self.row(self.source[idx].kind).references;
        let unknown = references.iter().find(|reference| self.source.is_unknown(idx, reference))?;
        self.gaps.in_source_list(unknown.kind)
    }

    fn unknown(&self, field: &str) -> String {
        format!(
            "its {field} was not found on the {}: a registry or a list may be out of this login's sight",
            self.source.side
        )
    }

    /// A document may name by name what has another name until its own update is done.
    pub(super) fn link_renamed(&mut self) {
        for idx in self.source.ids() {
            let references = self.row(self.source[idx].kind).references.iter();
            let lists = references.filter(|it| matches!(it.bond, ReferenceKind::NeedsAny { .. }));
            let own = match self.fates[idx.number()] {
                Decision::Creating(step) => Some(step),
                _ => self.update_step(idx),
            };
            let Some(step) = own else { continue };
            for named in lists.flat_map(|reference| self.source.named(idx, reference)) {
                if let Some(update) = self.update_step(named) {
                    self.follow(step, update);
                }
            }
        }
    }

    fn update_step(&self, idx: Idx) -> Option<StepId> {
        let target = self.pairing.target(idx)?;
        self.updates.get(&target).copied()
    }

    /// A reference that cannot be followed holds back its own field alone.
    pub(super) fn settle_references(&mut self, idx: Idx, fields: &mut Vec<FieldChange>, needs: &mut Vec<StepId>) {
        let references = self.row(self.source[idx].kind).references.iter();
        for reference in references.filter(|reference| !reference.bond.is_link()) {
            if !fields.iter().any(|change| change.field() == reference.field) {
                continue;
            }
            let hindrance =
                self.held_by_stand_in(idx, reference.field).or_else(|| self.unmade_child(idx, reference.field));
            let followed = match hindrance {
                Some(cause) => Err((cause, reference.field)),
                None => self.references(idx, |field| field == reference.field),
            };
            match followed {
                Ok(steps) => needs.extend(steps),
                Err((cause, field)) => {
                    let held = fields.extract_if(.., |change| change.field() == field).collect();
                    self.withhold(self.source.address(idx), Verb::Update, held, cause);
                }
            }
        }
    }

    /// Why a paired parent cannot name another child: that child is not on the target and will not be made.
    fn unmade_child(&self, idx: Idx, field: &str) -> Option<Cause> {
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
}
