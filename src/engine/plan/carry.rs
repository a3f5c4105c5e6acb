//! Things that others carry, as Products carry APIs: they are made and rewritten by writing whatever names them, each of
//! their changes counts once, and whatever cannot be written keeps back all that carries it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Action, Cause, StepId,
    build::{Builder, Decision},
    clash_of_files,
    documents::differences,
    pair::MatchedBy,
};
use crate::engine::{
    change::{Bundle, ChildMade, FieldChange, MetadataWrite, NewObject, field::pointer},
    model::{Address, Idx, kind::ReferenceKind},
};

/// What is known of a carried thing.
#[derive(Debug, Clone)]
pub(super) struct CarriedPart {
    freight: PartChange,
    /// The steps that write it.
    pub(super) carriers: Vec<StepId>,
    /// What would carry it, but is itself not written.
    held_by: Option<(Address, bool)>,
}

/// What becomes of a carried thing.
#[derive(Debug, Clone)]
enum PartChange {
    /// The target has the same.
    Same,
    /// It is missing, or differs in these ways.
    Due { fields: Vec<FieldChange>, needs: Vec<StepId> },
    /// It differs, but cannot be written.
    Hindered(Cause),
}

/// What is written along with a thing.
#[derive(Debug, Default)]
pub(super) struct BundleChange {
    /// What differs in its documents and in what it carries.
    pub(super) fields: Vec<FieldChange>,
    pub(super) needs: Vec<StepId>,
    /// All documents, where one of them differs.
    pub(super) package: Option<Bundle>,
}

impl CarriedPart {
    /// Whether it cannot be written although something that carries it should be.
    fn is_hindered(&self) -> bool {
        let stays_home = matches!(self.held_by, Some((_, false))) && self.carriers.is_empty();
        matches!(self.freight, PartChange::Hindered(_)) && !stays_home
    }
}

impl Builder<'_> {
    /// What has to be written along with a thing, or why that cannot be done.
    pub(super) fn cargo(&mut self, idx: Idx, target: Option<Idx>) -> Result<BundleChange, Cause> {
        let mut cargo = BundleChange::default();
        if !self.source.is_carried_whole(idx) || target.is_some_and(|target| self.target[target].pending) {
            return Ok(cargo);
        }
        // What a hint vouches for was not read, and leaves the writing to others that carry the same.
        let is_vouched_for = target.is_some() && self.source[idx].unread;
        cargo.fields = self.own_documents(idx, target);
        let carried = self.source.carried(idx);
        for load in &carried {
            match self.freight(*load) {
                PartChange::Same => {}
                PartChange::Due { .. } if is_vouched_for => {}
                PartChange::Due { needs, .. } => {
                    if let Some(reason) = self.may_be_hidden(*load, target) {
                        return Err(Cause::Gap(reason));
                    }
                    cargo.fields.push(self.carried_change(idx, *load));
                    cargo.needs.extend(needs);
                }
                PartChange::Hindered(cause) => {
                    return Err(Cause::Follows {
                        top: self.source.address(*load).path.to_string(),
                        incomplete: cause.is_incomplete(),
                    });
                }
            }
        }
        let is_new = target.is_none() && self.source[idx].files.iter().next().is_some();
        if !cargo.fields.is_empty() || is_new {
            let package = self.package(idx, target, &carried)?;
            if let Some(clash) = clash_of_files(&package) {
                return Err(Cause::Claimed(clash));
            }
            cargo.package = Some(package);
        }
        Ok(cargo)
    }

    /// What the partner names and its list leaves out may be the very thing that seems to be new.
    fn may_be_hidden(&self, load: Idx, partner: Option<Idx>) -> Option<String> {
        let partner = partner.filter(|_| self.pairing.target(load).is_none())?;
        let kind = self.target[partner].kind;
        self.gaps.below_target(Some(partner), kind)
    }

    /// What differs in a pair's own documents, as far as both were read.
    pub(super) fn own_documents(&self, idx: Idx, target: Option<Idx>) -> Vec<FieldChange> {
        let Some(target) = target else {
            return Vec::new();
        };
        let (source, partner) = (&self.source[idx], &self.target[target]);
        if source.unread || partner.unread {
            return Vec::new();
        }
        differences(&partner.files, &source.files)
    }

    fn carried_change(&self, carrier: Idx, load: Idx) -> FieldChange {
        let references = self.row(self.source[carrier].kind).references.iter();
        let field = references
            .filter(|reference| reference.bond == ReferenceKind::Carries)
            .map(|reference| reference.field)
            .next()
            .unwrap_or_default();
        let address = self.source.address(load);
        let known = self.pairing.target(load).is_some();
        FieldChange {
            path: format!("/{field}/{}", pointer(&address.path)),
            before: if known { "(document)".into() } else { serde_json::Value::Null },
            after: "(document)".into(),
        }
    }

    fn package(&self, idx: Idx, target: Option<Idx>, carried: &[Idx]) -> Result<Bundle, Cause> {
        let mut all = std::iter::once(&idx).chain(carried);
        if let Some(unread) = all.find(|idx| self.source[**idx].unread) {
            let address = self.source.address(*unread);
            return Err(Cause::Gap(format!("the document of {address} was not read")));
        }
        Ok(Bundle {
            own: self.source[idx].files.clone(),
            carried: carried
                .iter()
                .map(|load| (self.source.address(*load), self.source[*load].files.clone()))
                .collect(),
            replaces: self.replaced(target, carried),
        })
    }

    /// What stands for the documents that the target has of a thing and of what it carries.
    fn replaced(&self, target: Option<Idx>, carried: &[Idx]) -> Option<BTreeSet<[u8; 32]>> {
        let loads = carried.iter().filter_map(|load| self.pairing.target(*load));
        let all: Vec<Idx> = target.into_iter().chain(loads).collect();
        let is_known = all.iter().all(|idx| !self.target[*idx].unread);
        let files = all.iter().flat_map(|idx| self.target[*idx].files.iter());
        is_known.then(|| files.map(|file| *file.digest()).collect())
    }

    fn freight(&mut self, idx: Idx) -> PartChange {
        if let Some(load) = self.loads.get(&idx) {
            return load.freight.clone();
        }
        let freight = match self.pairing.target(idx) {
            Some(target) => self.freight_of_pair(idx, target),
            None => self.freight_of_new(idx),
        };
        let load = CarriedPart { freight: freight.clone(), carriers: Vec::new(), held_by: None };
        self.loads.insert(idx, load);
        freight
    }

    fn freight_of_new(&mut self, idx: Idx) -> PartChange {
        if let Some(reason) = self.pairing.contested.get(&idx) {
            return PartChange::Hindered(Cause::Conflict(reason.clone()));
        }
        match self.preconditions(idx) {
            Ok((_, needs)) => PartChange::Due { fields: Vec::new(), needs },
            Err(cause) => PartChange::Hindered(cause),
        }
    }

    fn freight_of_pair(&mut self, idx: Idx, target: Idx) -> PartChange {
        let fields = self.own_documents(idx, Some(target));
        if let Some(reason) = self.gaps.around_source(idx) {
            return PartChange::Hindered(Cause::Gap(reason));
        }
        if fields.is_empty() {
            return PartChange::Same;
        }
        if let Some(cause) = self.obstacle(idx, target) {
            return PartChange::Hindered(cause);
        }
        match self.references(idx, |_| true) {
            Ok(needs) => PartChange::Due { fields, needs },
            Err((cause, _)) => PartChange::Hindered(cause),
        }
    }

    /// Notes that a step writes what a thing carries, if it does.
    pub(super) fn note_carrier(&mut self, idx: Idx, step: StepId) {
        if self.plan.steps[step.number()].package().is_none() {
            return;
        }
        for carried in self.source.carried(idx) {
            if let Some(load) = self.loads.get_mut(&carried) {
                load.carriers.push(step);
            }
        }
    }

    /// Notes that something is not written, so that what only it carries is not written either.
    pub(super) fn note_held(&mut self, idx: Idx, incomplete: bool) {
        let address = self.source.address(idx);
        for carried in self.source.carried(idx) {
            self.freight(carried);
            if let Some(load) = self.loads.get_mut(&carried) {
                let known = load.held_by.get_or_insert((address.clone(), incomplete));
                known.1 |= incomplete;
            }
        }
    }

    /// Decides about what others carry, once it is known which of those are written.
    pub(super) fn settle_carried(&mut self) {
        let kinds = self.source.kinds;
        for idx in self.source.ids() {
            let kind = self.source[idx].kind;
            if kinds.is_carried(kind) && self.is_replicated(kind) && self.scope.source(idx) {
                self.fates[idx.number()] = self.settle_load(idx);
            }
        }
    }

    fn settle_load(&mut self, idx: Idx) -> Decision {
        let load = self.loads.get(&idx).cloned();
        let target = self.pairing.target(idx);
        if target.is_some_and(|target| self.going.contains_key(&target)) {
            return load.map_or(Decision::Out, |load| self.held_with_carrier(idx, &load));
        }
        match (load, target, self.pairing.how(idx)) {
            (Some(load), ..) if load.is_hindered() => match load.freight {
                PartChange::Hindered(cause) => self.hold_back(idx, cause),
                _ => Decision::Out,
            },
            (Some(load), None, _) if !load.carriers.is_empty() => {
                Decision::Creating(self.create_along(idx, &load.carriers))
            }
            (Some(load), None, _) => self.held_with_carrier(idx, &load),
            (load, Some(target), Some(how)) => self.update_along(idx, target, how, load),
            _ => Decision::Out,
        }
    }

    fn held_with_carrier(&mut self, idx: Idx, load: &CarriedPart) -> Decision {
        match &load.held_by {
            Some((top, incomplete)) => {
                let cause = Cause::Follows { top: top.path.to_string(), incomplete: *incomplete };
                self.hold_back(idx, cause)
            }
            None => Decision::Out,
        }
    }

    fn create_along(&mut self, idx: Idx, carriers: &[StepId]) -> StepId {
        let source = &self.source[idx];
        let create = NewObject {
            parent: None,
            metadata: MetadataWrite {
                own: source.document.metadata(),
                mark: Some(self.mark_of(source)),
                key: source.key().into(),
                ..MetadataWrite::default()
            },
            document: source.document.clone(),
            comes_along: true,
            brings: ChildMade::Whatever,
            package: None,
        };
        let address = self.source.address(idx);
        let step = self.add(address, Action::Create(create), vec![carriers[0]]);
        self.plan.steps[step.number()].after = carriers[1..].to_vec();
        step
    }

    /// What a carrier rewrites may lose its state on the way: it is set again when all that carries it is written.
    fn update_along(&mut self, idx: Idx, target: Idx, how: MatchedBy, load: Option<CarriedPart>) -> Decision {
        let carriers = load.as_ref().map(|load| load.carriers.clone()).unwrap_or_default();
        // What nothing on the target carries has only been left behind there.
        if carriers.is_empty() && self.carriers_on_target(target).is_empty() {
            return self.leave_unchanged(self.source[idx].kind);
        }
        let (mut fields, untaken) = self.split_changes(idx, target);
        self.tell_untaken(idx, untaken);
        self.add_mark_changes(idx, target, how, &mut fields);
        let own = fields.len();
        if let Some(CarriedPart { freight: PartChange::Due { fields: due, .. }, .. }) = load {
            fields.extend(due);
            if carriers.is_empty() {
                return self.withhold_load(idx, fields);
            }
        }
        let openers = self.openers(target);
        let restored = self.state_to_restore(idx, &fields).filter(|_| !carriers.is_empty() || !openers.is_empty());
        let auxiliary = fields.is_empty();
        fields.extend(restored);
        if fields.is_empty() {
            return self.leave_unchanged(self.source[idx].kind);
        }
        if auxiliary {
            self.leave_unchanged(self.source[idx].kind);
        } else if own > 0
            && let Some(cause) = self.obstacle(idx, target)
        {
            return self.hold_back(idx, cause);
        }
        let is_due = fields.len() > own;
        let step = self.write(idx, target, how, fields, None);
        let needed = if is_due { carriers.len().min(1) } else { 0 };
        self.plan.steps[step.number()].needs = carriers[..needed].to_vec();
        self.plan.steps[step.number()].after = carriers[needed..].to_vec();
        self.plan.steps[step.number()].auxiliary = auxiliary;
        for opener in openers {
            self.follow(step, opener);
        }
        Decision::Present
    }

    /// A change that nothing writes in this run: whatever carries the thing says why.
    fn withhold_load(&mut self, idx: Idx, fields: Vec<FieldChange>) -> Decision {
        let load = self.loads.get(&idx).and_then(|load| load.held_by.clone());
        let Some((top, incomplete)) = load else {
            return self.leave_unchanged(self.source[idx].kind);
        };
        let cause = Cause::Follows { top: top.path.to_string(), incomplete };
        self.withhold(self.source.address(idx), super::Verb::Update, fields, cause);
        Decision::Present
    }

    /// What is carried by nothing else goes with its last carrier. A carrier goes only when what shares its load is
    /// written, so that nothing vanishes in between.
    pub(super) fn link_shared_loads(&mut self) {
        let ordered = |steps: &HashMap<Idx, StepId>| -> BTreeMap<Idx, StepId> {
            steps.iter().map(|(idx, step)| (*idx, *step)).collect()
        };
        let (going, updates) = (ordered(&self.going), ordered(&self.updates));
        // It goes with the last one that carries it.
        for (carrier, step) in going.iter().chain(&updates) {
            for carried in self.target.carried(*carrier) {
                if let Some(taker) = self.going.get(&carried).copied() {
                    self.follow(taker, *step);
                }
            }
        }
        for (carrier, delete) in going {
            for carried in self.target.carried(carrier) {
                let source = self.pairing.source(carried);
                let carriers = source
                    .and_then(|source| self.loads.get(&source))
                    .map(|load| load.carriers.clone())
                    .unwrap_or_default();
                for step in carriers {
                    self.follow(delete, step);
                }
            }
        }
    }
}
