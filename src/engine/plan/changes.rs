//! Creations and updates: what a source object asks of its partner, or of the place where it has none.

use serde_json::Value;

use super::{
    Action, Cause, StepId, Verb,
    build::{Builder, Decision},
    carry::BundleChange,
    diff::diff,
    pair::MatchedBy,
    step::is_hint_alone,
    strangers::is_stranger,
};
use crate::engine::{
    change::{Bundle, Change, FieldChange, MetadataWrite, NewObject},
    model::{
        Document, Idx, Kind,
        document::METADATA,
        kind::{Identity, MadeWithParent, Marking, Presence, ReferenceKind},
    },
};

impl Builder<'_> {
    /// Plans the making of what the target lacks.
    pub(super) fn create(&mut self, idx: Idx) -> Decision {
        let (document, mut needs) = match self.preconditions(idx) {
            Ok(met) => met,
            Err(cause) => return self.hold_back(idx, cause),
        };
        let cargo = match self.cargo(idx, None) {
            Ok(cargo) => cargo,
            Err(cause) => return self.hold_back(idx, cause),
        };
        needs.extend(cargo.needs);
        let brings = self.brings(idx, &mut needs);
        let (document, closing) = self.opened(idx, document);
        let source = &self.source[idx];
        let parent = self.source.parent(idx);
        let secret_unreadable = self.row(source.kind).secret.is_some() && document.secret().is_none();
        let comes_along = parent.is_some_and(|parent| self.creating(parent).is_some()) && self.is_born_with_parent(idx);
        let create = NewObject {
            parent: parent.map(|parent| self.source.address(parent)),
            metadata: MetadataWrite {
                own: document.metadata(),
                mark: Some(self.mark_of(source)),
                key: source.key().into(),
                // What the server makes for a stand-in is not as the source has it.
                state: source.state.clone().filter(|_| !comes_along || !self.is_beside_stand_in(idx)),
                ..MetadataWrite::default()
            },
            document,
            comes_along,
            brings,
            package: cargo.package,
        };
        if secret_unreadable {
            let cause = Cause::SecretUnreadable;
            self.withhold(self.source.address(idx), Verb::Create, Vec::new(), cause);
        }
        let step = self.add(self.source.address(idx), Action::Create(create), needs);
        self.plan.steps[step.number()].approves = self.policy.approve_on_target;
        self.plan.steps[step.number()].note = self.substitutions.get(&idx).map(|it| it.note.clone());
        self.note_carrier(idx, step);
        if let Some(closing) = closing {
            self.close(idx, None, closing, Some(step));
        }
        Decision::Creating(step)
    }

    /// A thing is made in the open state, and closed by a step of its own.
    fn opened(&self, idx: Idx, document: Document) -> (Document, Option<FieldChange>) {
        let Some(lifecycle) = &self.row(self.source[idx].kind).lifecycle else {
            return (document, None);
        };
        match self.closing_anew(idx) {
            Some(closing) => {
                let open = (lifecycle.field.to_owned(), lifecycle.open.into());
                (document.with([open]), Some(closing))
            }
            None => (document, None),
        }
    }

    /// What must be so before a thing can be made: lists to be relied upon, what it refers to, its unique values.
    /// Gives the document that it can have, and the steps that must be done first.
    pub(super) fn preconditions(&mut self, idx: Idx) -> Result<(Document, Vec<StepId>), Cause> {
        let parent = self.source.parent(idx);
        let target_parent = parent.and_then(|parent| self.pairing.target(parent));
        let in_new_parent = parent.is_some() && target_parent.is_none();
        let gap = self.gaps.around_source(idx).or_else(|| {
            let kind = self.source[idx].kind;
            (!in_new_parent)
                .then(|| self.gaps.below_target(target_parent, kind))
                .flatten()
                .or_else(|| self.may_be_row_of_target(idx, target_parent))
                .or_else(|| self.unknown_reference(idx))
        });
        if let Some(reason) = gap {
            return Err(Cause::Gap(reason));
        }
        if let Some(cause) =
            self.reason_to_stay_home(idx).or_else(|| self.emptied_group(idx)).or_else(|| self.taken_in_site(idx))
        {
            return Err(cause);
        }
        let mut needs: Vec<StepId> = parent.into_iter().filter_map(|parent| self.creating(parent)).collect();
        let substitution = self.substitution(idx)?;
        let replaced = substitution.as_ref().map(|it| it.field);
        let followed = self.references(idx, |field| Some(field) != replaced);
        needs.extend(followed.map_err(|(cause, _)| cause)?);
        let yielded = self.claim(idx, None, &mut needs)?;
        let without = yielded.into_iter().map(|field| (field.to_owned(), Value::Null));
        let document = self.due(idx).with(without);
        let Some(it) = substitution else {
            return Ok((document, needs));
        };
        let stand_in = [(it.field.to_owned(), Value::from(&*it.address.path))];
        self.substitutions.insert(idx, it);
        Ok((document.with(stand_in), needs))
    }

    /// What is made of documents is written over whatever has its name, and a copy that cannot be read is there already.
    fn may_be_row_of_target(&self, idx: Idx, target_parent: Option<Idx>) -> Option<String> {
        let kind = self.source[idx].kind;
        let overwrites = self.source[idx].files.iter().next().is_some();
        let row = || self.gaps.row_in_target(target_parent, kind);
        self.gaps.row_of_copy(idx).or_else(|| overwrites.then(row).flatten())
    }

    fn creating(&self, idx: Idx) -> Option<StepId> {
        match self.fates[idx.number()] {
            Decision::Creating(step) => Some(step),
            _ => None,
        }
    }

    /// Plans what makes a partner equal.
    pub(super) fn update(&mut self, idx: Idx, target: Idx, how: MatchedBy) -> Decision {
        if self.is_kept_by_another_sync(idx, target) || is_stranger(self.source, &self.target[target], idx) {
            return self.leave_unchanged(self.source[idx].kind);
        }
        let (mut fields, untaken) = self.split_changes(idx, target);
        self.add_mark_changes(idx, target, how, &mut fields);
        self.report_secret(idx);
        let is_untaken = self.tell_untaken(idx, untaken);
        self.settle_approval(idx, target);
        let cargo = self.cargo(idx, Some(target));
        if cargo.as_ref().is_ok_and(|cargo| cargo.package.is_none()) {
            if fields.is_empty() {
                fields.extend(self.missing_hint(idx, target, how));
            }
            if fields.is_empty() || is_hint_alone(&fields) {
                self.note_alone(idx, target, how, fields);
                return if is_untaken { Decision::Present } else { self.leave_unchanged(self.source[idx].kind) };
            }
        }
        let (cargo, mut needs) = match self.permitted(idx, target, &fields, cargo) {
            Ok(cargo) => (cargo.package.map(|package| (cargo.fields, package)), cargo.needs),
            Err(cause) => {
                self.note_held(idx, cause.is_incomplete());
                fields.extend(self.own_documents(idx, Some(target)));
                self.withhold(self.source.address(idx), Verb::Update, fields, cause);
                return Decision::Present;
            }
        };
        self.settle_references(idx, &mut fields, &mut needs);
        self.settle_site_unique(idx, &mut fields);
        match self.claim(idx, Some(target), &mut needs) {
            Ok(yielded) => {
                let due = !fields.is_empty();
                fields.retain(|change| !yielded.contains(&change.field()));
                if due && fields.is_empty() && cargo.is_none() {
                    return self.leave_unchanged(self.source[idx].kind);
                }
            }
            Err(cause) => {
                self.withhold(self.source.address(idx), Verb::Update, fields, cause);
                return Decision::Present;
            }
        }
        self.add_update(idx, target, how, fields, needs, cargo);
        Decision::Present
    }

    /// Notes what a pair that stays as it is was like, where a note is due and the pair may be touched.
    fn note_alone(&mut self, idx: Idx, target: Idx, how: MatchedBy, fields: Vec<FieldChange>) {
        if !fields.is_empty() && self.obstacle(idx, target).is_none() {
            let step = self.write(idx, target, how, fields, None);
            self.updates.insert(target, step);
        }
    }

    /// Whether a pair may be touched at all.
    fn permitted(
        &self,
        idx: Idx,
        target: Idx,
        fields: &[FieldChange],
        cargo: Result<BundleChange, Cause>,
    ) -> Result<BundleChange, Cause> {
        match self
            .obstacle(idx, target)
            .or_else(|| self.unknown_audience(idx, fields, &cargo))
            .or_else(|| self.emptied_group(idx))
        {
            Some(cause) => Err(cause),
            None => cargo,
        }
    }

    /// What is written as a whole, or says whom a thing is for, must not be written while that is not known.
    fn unknown_audience(&self, idx: Idx, fields: &[FieldChange], cargo: &Result<BundleChange, Cause>) -> Option<Cause> {
        let is_whole = cargo.as_ref().is_ok_and(|cargo| cargo.package.is_some());
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

    /// Whether a partner whose home is wider than the catalog was made by another catalog's sync, which then keeps it
    /// up to date.
    fn is_kept_by_another_sync(&self, idx: Idx, target: Idx) -> bool {
        self.pairing.foreign.contains(&target) && self.row(self.source[idx].kind).presence == Presence::ByReference
    }

    /// Plans the steps of an update: one for all that can be written at once, one for entering a closed state.
    fn add_update(
        &mut self,
        idx: Idx,
        target: Idx,
        how: MatchedBy,
        mut fields: Vec<FieldChange>,
        needs: Vec<StepId>,
        cargo: Option<(Vec<FieldChange>, Bundle)>,
    ) {
        let mut closing =
            self.take_closing(idx, &mut fields).or_else(|| cargo.as_ref().and_then(|_| self.closing_anew(idx)));
        // The step that closes it brings along what is to be noted.
        if closing.is_some() && is_hint_alone(&fields) {
            fields.clear();
        }
        let direct = closing.as_mut().filter(|_| cargo.is_none());
        fields.extend(direct.and_then(|closing| self.open_between(idx, closing)));
        let package = cargo.map(|(differences, package)| {
            fields.extend(differences);
            package
        });
        let main = (!fields.is_empty()).then(|| {
            let step = self.write(idx, target, how, fields, package);
            self.plan.steps[step.number()].needs = needs;
            if let Some(closing) = &closing {
                self.leave_open(step, closing);
            }
            self.note_carrier(idx, step);
            self.updates.insert(target, step);
            step
        });
        if let Some(closing) = closing {
            self.close(idx, Some(target), closing, main);
        }
    }

    /// What a step writes does not yet have the closed state that another step enters: what it publishes is open, whatever
    /// it was before.
    fn leave_open(&mut self, step: StepId, closing: &FieldChange) {
        let step = &mut self.plan.steps[step.number()];
        let lifecycle = self.source.kinds.row(step.address.kind).lifecycle.as_ref();
        if let Action::Update(update) = &mut step.action {
            let open = lifecycle.filter(|_| update.package.is_some());
            let state = open.map_or_else(|| closing.before.clone(), |it| it.open.into());
            update.after = update.after.with([(closing.field().to_owned(), state)]);
        }
    }

    /// A step that writes what differs.
    pub(super) fn write(
        &mut self,
        idx: Idx,
        target: Idx,
        how: MatchedBy,
        fields: Vec<FieldChange>,
        package: Option<Bundle>,
    ) -> StepId {
        let note = self.note_on(target, how);
        let update = Change {
            target: Some(self.target[target].handle.clone()),
            parent: self.source.parent(idx).map(|parent| self.source.address(parent)),
            before: self.target[target].document.clone(),
            seen: Some(Box::new(self.seen(target))),
            after: self.due(idx).into_owned(),
            metadata: self.metadata(idx, target, how, &fields, package.is_some()),
            beside_note: self.beside_note(idx, target, how, package.is_some()),
            fields,
            package,
        };
        let step = self.add(self.source.address(idx), Action::Update(update), Vec::new());
        // What others have made may wait for somebody else's wish: only what is ours is approved.
        let is_ours = self.is_ours(target) || self.becomes_ours(target);
        self.plan.steps[step.number()].approves = self.policy.approve_on_target && is_ours;
        self.plan.steps[step.number()].note = note;
        step
    }

    /// The first change of something that others made on the target is worth a remark: from now on the source decides.
    pub(super) fn note_on(&self, target: Idx, how: MatchedBy) -> Option<String> {
        let partner = &self.target[target];
        let is_taken_over = how == MatchedBy::NaturalKey
            && self.row(partner.kind).marking == Marking::Created
            && self.row(partner.kind).presence == Presence::Own
            && partner.mark.is_none()
            && partner.hint.is_none();
        is_taken_over.then(|| {
            "taken over: it was made on the target by other means, and is never deleted by this tool".to_owned()
        })
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

    /// What of a pair's documents differs and is worth sending, marks and hints aside.
    pub(super) fn changes(&self, idx: Idx, target: Idx) -> Vec<FieldChange> {
        self.split_changes(idx, target).0
    }

    /// What of a pair's documents differs, marks and hints aside.
    pub(super) fn differences(&self, idx: Idx, target: Idx) -> Vec<FieldChange> {
        let (source, partner) = (&self.source[idx], &self.target[target]);
        let row = self.row(source.kind);
        if source.document == partner.document {
            return Vec::new();
        }
        let mut fields = diff(row, &self.in_source_terms(partner), &self.due(idx));
        let ignores_secret = partner.document.secret().is_none() && source.is_as_noted_on(partner);
        let stores_metadata =
            row.identity == Identity::Named || partner.mark.is_some() || !partner.document.metadata().is_empty();
        let governed = match row.birth {
            MadeWithParent::NamedByParent { governs, .. }
                if self.is_named_by_parent(self.source, idx) || self.names_its_parent(target) =>
            {
                Some(governs)
            }
            _ => None,
        };
        let unknown = |field: &str| {
            row.references.iter().any(|reference| reference.field == field) && source.document.field(field).is_null()
        };
        let whole = self.source.is_carried_whole(idx);
        let state = row.lifecycle.as_ref().map(|lifecycle| lifecycle.field);
        fields.retain(|change| {
            let field = change.field();
            !(Some(field) == governed
                || (!whole && Some(field) != state)
                || is_of_link(row, field)
                || unknown(field)
                || (Some(field) == row.secret && ignores_secret)
                || (partner.pending && row.approved.contains(&field))
                || (field == METADATA && !stores_metadata))
        });
        fields
    }

    fn report_secret(&mut self, idx: Idx) {
        let source = &self.source[idx];
        if self.row(source.kind).secret.is_some() && source.document.secret().is_none() && !source.unread {
            self.withhold(self.source.address(idx), Verb::Update, Vec::new(), Cause::SecretUnreadable);
        }
    }
}

/// Links have steps of their own.
fn is_of_link(kind: &Kind, field: &str) -> bool {
    kind.references.iter().any(|reference| match reference.bond {
        ReferenceKind::Link { terms } => reference.field == field || terms == field,
        _ => false,
    })
}
