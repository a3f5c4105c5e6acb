//! Creations and updates: what a source object asks of its partner, or of the place where it has none.

use serde_json::Value;

use super::{
    Action, Brings, Cause, Create, FieldChange, MetadataWrite, StepId, Update, Verb,
    build::{Builder, Fate},
    diff::diff,
    pair::How,
};
use crate::model::{
    Document, Idx, Inventory, Resource,
    document::METADATA,
    kind::{Birth, Identity, Presence},
};

impl Builder<'_> {
    /// Plans the making of what the target lacks.
    pub(super) fn create(&mut self, idx: Idx) -> Fate {
        let (document, mut needs) = match self.preconditions(idx) {
            Ok(met) => met,
            Err(cause) => return self.hold_back(idx, cause),
        };
        let brings = self.brings(idx, &mut needs);
        let source = &self.source[idx];
        let parent = self.source.parent(idx);
        let secret_unreadable =
            self.row(source.kind).secret.is_some() && document.secret().is_none();
        let create = Create {
            parent: parent.map(|parent| self.source.address(parent)),
            metadata: MetadataWrite {
                own: document.metadata(),
                mark: Some(self.mark_of(source)),
                state: source.state.clone(),
                own_state: None,
            },
            document,
            comes_with_parent: parent.is_some_and(|parent| self.creating(parent).is_some())
                && self.is_born_with_parent(idx),
            brings,
        };
        let address = self.source.address(idx);
        if secret_unreadable {
            let cause = Cause::SecretUnreadable;
            self.withhold(address.clone(), Verb::Create, Vec::new(), cause);
        }
        needs.sort();
        needs.dedup();
        Fate::Creating(self.add(address, Action::Create(create), needs))
    }

    /// What must be so before a thing can be made: lists to be relied upon, what it refers to, its unique values.
    /// Gives the document that it can have, and the steps that must be done first.
    fn preconditions(&mut self, idx: Idx) -> Result<(Document, Vec<StepId>), Cause> {
        let parent = self.source.parent(idx);
        let target_parent = parent.and_then(|parent| self.pairing.target(parent));
        let in_new_parent = parent.is_some() && target_parent.is_none();
        let gap = self.gaps.around_source(idx).or_else(|| {
            let kind = self.source[idx].kind;
            (!in_new_parent)
                .then(|| self.gaps.below_target(target_parent, kind))
                .flatten()
        });
        if let Some(reason) = gap {
            return Err(Cause::Gap(reason));
        }
        let mut needs: Vec<StepId> = parent
            .into_iter()
            .filter_map(|parent| self.creating(parent))
            .collect();
        needs.extend(self.references(idx, None).map_err(|(cause, _)| cause)?);
        let yielded = self.claim(idx, None, &mut needs)?;
        let without = yielded
            .into_iter()
            .map(|field| (field.to_owned(), Value::Null));
        Ok((self.source[idx].document.with(without), needs))
    }

    fn creating(&self, idx: Idx) -> Option<StepId> {
        match self.fates[idx.number()] {
            Fate::Creating(step) => Some(step),
            _ => None,
        }
    }

    /// Plans what makes a partner equal.
    pub(super) fn update(&mut self, idx: Idx, target: Idx, how: How) -> Fate {
        if self.is_kept_by_another_sync(idx, target) {
            return self.leave_unchanged(self.source[idx].kind);
        }
        let mut fields = self.changes(idx, target);
        self.add_mark_changes(idx, target, how, &mut fields);
        self.report_secret(idx);
        if self.target[target].pending {
            self.withhold(
                self.source.address(idx),
                Verb::Update,
                Vec::new(),
                Cause::PendingOnTarget,
            );
        }
        if fields.is_empty() {
            return self.leave_unchanged(self.source[idx].kind);
        }
        if let Some(cause) = self.obstacle(idx, target) {
            self.withhold(self.source.address(idx), Verb::Update, fields, cause);
            return Fate::Present;
        }
        let mut needs = Vec::new();
        self.settle_references(idx, &mut fields, &mut needs);
        match self.claim(idx, Some(target), &mut needs) {
            Ok(yielded) => {
                let due = !fields.is_empty();
                fields.retain(|change| !yielded.contains(&change.field()));
                if due && fields.is_empty() {
                    return self.leave_unchanged(self.source[idx].kind);
                }
            }
            Err(cause) => {
                self.withhold(self.source.address(idx), Verb::Update, fields, cause);
                return Fate::Present;
            }
        }
        if !fields.is_empty() {
            self.add_update(idx, target, how, fields, needs);
        }
        Fate::Present
    }

    /// Whether a partner whose home is wider than the catalog was made by another catalog's sync, which then keeps it
    /// up to date.
    fn is_kept_by_another_sync(&self, idx: Idx, target: Idx) -> bool {
        self.pairing.foreign.contains(&target)
            && self.row(self.source[idx].kind).presence == Presence::ByReference
    }

    fn add_update(
        &mut self,
        idx: Idx,
        target: Idx,
        how: How,
        fields: Vec<FieldChange>,
        mut needs: Vec<StepId>,
    ) {
        needs.sort();
        needs.dedup();
        let update = Update {
            target: self.target[target].handle.clone(),
            parent: self
                .source
                .parent(idx)
                .map(|parent| self.source.address(parent)),
            before: self.target[target].document.clone(),
            after: self.source[idx].document.clone(),
            metadata: self.metadata(idx, target, how, &fields),
            fields,
        };
        let step = self.add(self.source.address(idx), Action::Update(update), needs);
        self.updates.insert(target, step);
    }

    /// Why a pair must not be touched.
    pub(super) fn obstacle(&self, idx: Idx, target: Idx) -> Option<Cause> {
        if let Some(reason) = self.gaps.around_source(idx) {
            return Some(Cause::Gap(reason));
        }
        self.pairing.foreign.contains(&target).then(|| {
            Cause::Conflict(format!(
                "{} {} belongs to another sync (its `source_catalog` names another catalog)",
                self.row(self.target[target].kind).singular,
                self.target.address(target)
            ))
        })
    }

    /// What of a pair's documents differs, marks and hints aside.
    pub(super) fn changes(&self, idx: Idx, target: Idx) -> Vec<FieldChange> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let row = self.row(source.kind);
        if source.document == partner.document {
            return Vec::new();
        }
        let mut fields = diff(row, &self.in_source_terms(partner), &source.document);
        let ignores_secret = partner.document.secret().is_none() && source.is_as_noted_on(partner);
        let stores_metadata = row.identity == Identity::Named
            || partner.mark.is_some()
            || !partner.document.metadata().is_empty();
        let governed = match row.birth {
            Birth::NamedByParent { governs, .. } if self.is_named_by_parent(self.source, idx) => {
                Some(governs)
            }
            _ => None,
        };
        let unknown = |field: &str| {
            row.references
                .iter()
                .any(|reference| reference.field == field)
                && source.document.field(field).is_null()
        };
        fields.retain(|change| {
            let field = change.field();
            !(Some(field) == governed
                || unknown(field)
                || (Some(field) == row.secret && ignores_secret)
                || (partner.pending && row.approved.contains(&field))
                || (field == METADATA && !stores_metadata))
        });
        fields
    }

    /// A target document with its references in the addresses of their partners, as after a rename.
    pub(super) fn in_source_terms(&self, partner: &Resource) -> Document {
        let references = self.row(partner.kind).references;
        if references.is_empty() {
            return partner.document.clone();
        }
        partner
            .document
            .with(references.iter().filter_map(|reference| {
                let field = partner.document.field(reference.field);
                let named = self.target.at(reference.kind, field.as_str()?)?;
                let original = self.pairing.source(named)?;
                Some((
                    reference.field.to_owned(),
                    Value::from(&*self.source.address(original).path),
                ))
            }))
    }

    fn report_secret(&mut self, idx: Idx) {
        let source = &self.source[idx];
        if self.row(source.kind).secret.is_some()
            && source.document.secret().is_none()
            && !source.unread
        {
            self.withhold(
                self.source.address(idx),
                Verb::Update,
                Vec::new(),
                Cause::SecretUnreadable,
            );
        }
    }

    /// The steps that make what an object refers to, or why it cannot refer to it.
    fn references(
        &self,
        idx: Idx,
        only: Option<&str>,
    ) -> Result<Vec<StepId>, (Cause, &'static str)> {
        let document = &self.source[idx].document;
        let mut steps = Vec::new();
        let references = self.row(self.source[idx].kind).references;
        for reference in references
            .iter()
            .filter(|reference| only.is_none_or(|only| only == reference.field))
        {
            let path = document.field(reference.field);
            let named = path
                .as_str()
                .and_then(|path| self.source.at(reference.kind, path));
            match named.map(|named| (named, self.fates[named.number()])) {
                Some((_, Fate::Present | Fate::Out)) => {}
                Some((_, Fate::Creating(step))) => steps.push(step),
                Some((named, Fate::Absent)) => {
                    return Err((Cause::Missing(self.absence(named)), reference.field));
                }
                Some((named, Fate::Withheld(incomplete))) => {
                    let top = self.source.address(named).path.to_string();
                    return Err((Cause::Follows { top, incomplete }, reference.field));
                }
                None => {
                    return Err((
                        Cause::Missing(self.unknown(reference.field)),
                        reference.field,
                    ));
                }
            }
        }
        Ok(steps)
    }

    fn unknown(&self, field: &str) -> String {
        format!(
            "its {field} was not found on the {}: a registry or a list may be out of this login's sight",
            self.source.side
        )
    }

    /// A reference that cannot be followed holds back its own field alone.
    fn settle_references(
        &mut self,
        idx: Idx,
        fields: &mut Vec<FieldChange>,
        needs: &mut Vec<StepId>,
    ) {
        for reference in self.row(self.source[idx].kind).references {
            if !fields
                .iter()
                .any(|change| change.field() == reference.field)
            {
                continue;
            }
            let followed = match self.unmade_child(idx, reference.field) {
                Some(cause) => Err((cause, reference.field)),
                None => self.references(idx, Some(reference.field)),
            };
            match followed {
                Ok(steps) => needs.extend(steps),
                Err((cause, field)) => {
                    let held = fields
                        .extract_if(.., |change| change.field() == field)
                        .collect();
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
                && matches!(row.birth, Birth::NamedByParent { field: named, .. } if named == field)
        })?;
        let mut children = self.source.children(idx, kind);
        let child = children.find(|child| self.is_named_by_parent(self.source, *child))?;
        if self.pairing.target(child).is_some() {
            return None;
        }
        let hindered = self.pairing.contested.contains_key(&child)
            || self.source[child].pending
            || self.gaps.around_source(child).is_some()
            || self
                .gaps
                .below_target(self.pairing.target(idx), kind)
                .is_some();
        hindered.then(|| Cause::Follows {
            top: self.source.address(child).path.to_string(),
            incomplete: true,
        })
    }

    /// Whether an object is the one that a field of its parent names.
    pub(super) fn is_named_by_parent(&self, inventory: &Inventory, idx: Idx) -> bool {
        let Birth::NamedByParent {
            field, child_field, ..
        } = self.row(inventory[idx].kind).birth
        else {
            return false;
        };
        let named = inventory
            .parent(idx)
            .map(|parent| inventory[parent].document.field(field))
            .unwrap_or_default();
        !named.is_null() && inventory[idx].document.field(child_field) == named
    }

    fn is_born_with_parent(&self, idx: Idx) -> bool {
        match self.row(self.source[idx].kind).birth {
            Birth::Alone => false,
            Birth::NamedByParent { .. } => self.is_named_by_parent(self.source, idx),
            Birth::FirstOfParent => self.first_sibling(idx) == Some(idx),
        }
    }

    fn first_sibling(&self, idx: Idx) -> Option<Idx> {
        let siblings = self
            .source
            .children(self.source.parent(idx)?, self.source[idx].kind);
        siblings.min_by_key(|idx| (self.source[*idx].created_at, *idx))
    }

    /// The child that the server makes along with a new object.
    fn brings(&mut self, idx: Idx, needs: &mut Vec<StepId>) -> Brings {
        let kind = self.source.kinds.ids().find(|kind| {
            let row = self.row(*kind);
            row.parent == Some(self.source[idx].kind) && row.birth == Birth::FirstOfParent
        });
        let Some(kind) = kind.filter(|kind| self.is_replicated(*kind)) else {
            return Brings::Whatever;
        };
        let first = self
            .source
            .children(idx, kind)
            .next()
            .and_then(|child| self.first_sibling(child));
        let Some(first) = first else {
            return Brings::Nothing;
        };
        match self.claim(first, None, needs) {
            Ok(_) => Brings::Child(Box::new((
                self.source.address(first),
                self.source[first].document.clone(),
            ))),
            Err(_) => Brings::Nothing,
        }
    }
}
