//! Applying: carrying out an approved plan, every step as soon as what it needs is done.

mod queue;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::RwLock,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::engine::{
    catalog::{Approval, CatalogError, TargetLookup, Updated, Writer},
    change::{Change, FieldChange, Removal},
    model::{Address, Document, Handle, KindId},
    plan::{Action, Approved, Cause, Plan, Step},
};
use queue::ReadySteps;

/// How steps are carried out.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// The most steps under way at once.
    pub concurrency: usize,
    /// Once cancelled, no new step is started; those under way are finished.
    pub stop: CancellationToken,
    /// When to start no new step, measured from now.
    pub time_left: Option<Duration>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out; with what the operator should know.
    Applied {
        /// Whether the object waits for an approval on the target.
        pending: bool,
        /// What is worth a remark.
        remark: Option<String>,
        /// What the target stores otherwise than it was sent.
        not_taken: Vec<FieldChange>,
    },
    /// It failed.
    Failed(String),
    /// It was not tried.
    Skipped(String),
    /// It cannot be done for want of something on the target.
    Withheld(String),
}

/// Carries out an approved plan. Gives one outcome for each step, and tells `observe` as they come.
pub async fn apply(
    approved: &Approved,
    target: &dyn Writer,
    settings: &ApplyOptions,
    observe: &(dyn Fn(&Step, &Outcome) + Sync),
) -> Vec<Outcome> {
    let plan = approved.plan();
    let places = TargetHandles::new(plan);
    let deadline = settings.time_left.map(|left| Instant::now() + left);
    let mut queue = ReadySteps::new(&plan.steps);
    let mut running = FuturesUnordered::new();
    loop {
        let halted = halt(&settings.stop, deadline);
        while halted.is_none() && running.len() < settings.concurrency.max(1) {
            let Some(id) = queue.next() else { break };
            let step = &plan.steps[id.number()];
            let places = &places;
            let left_out = &plan.excluded;
            running.push(async move { (id, carry_out(target, step, places, left_out).await) });
        }
        let Some((id, result)) = running.next().await else {
            queue.skip_rest(halted.unwrap_or("nothing it needs was done"), observe);
            return queue.outcomes();
        };
        queue.settle(id, result, observe);
    }
}

fn halt(stop: &CancellationToken, deadline: Option<Instant>) -> Option<&'static str> {
    if stop.is_cancelled() {
        Some("the run was stopped before it")
    } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        Some("the run's deadline (RUN_DEADLINE) came before it")
    } else {
        None
    }
}

async fn carry_out(
    target: &dyn Writer,
    step: &Step,
    places: &TargetHandles<'_>,
    left_out: &BTreeSet<KindId>,
) -> Result<Outcome, CatalogError> {
    let done = Outcome::Applied { pending: false, remark: None, not_taken: Vec::new() };
    match &step.action {
        Action::Create(create) => {
            let created = target.create(&step.address, create, places).await?;
            places.add(&step.address, created.handle);
            let outcome =
                Outcome::Applied { pending: created.pending, remark: created.remark, not_taken: created.not_taken };
            Ok(see_through(target, step, &create.document, outcome, places).await)
        }
        Action::Update(update) => {
            let updated = carry_out_update(target, &step.address, update, places).await?;
            let outcome = Outcome::Applied { pending: updated.pending, remark: None, not_taken: updated.not_taken };
            Ok(see_through(target, step, &update.after, outcome, places).await)
        }
        Action::Approve(approve) => {
            let handle = places.moved(&approve.target).unwrap_or_else(|| approve.target.clone());
            let after = &approve.after;
            match target.approve(&step.address, &handle, after, places).await? {
                Approval::Given => Ok(done),
                Approval::Waiting(reason) => Ok(Outcome::Withheld(still_waiting(&reason))),
            }
        }
        Action::Delete(delete) => carry_out_delete(target, &step.address, delete, left_out).await.map(|()| done),
    }
}

/// Approves what a step has made or changed, where that waits for an approval and the step may give it.
async fn see_through(
    target: &dyn Writer,
    step: &Step,
    document: &Document,
    outcome: Outcome,
    places: &TargetHandles<'_>,
) -> Outcome {
    let Outcome::Applied { pending: true, remark, not_taken } = outcome else {
        return outcome;
    };
    let applied = |pending: bool, remark: Option<String>| Outcome::Applied { pending, remark, not_taken };
    let handle = places.handle(step.address.kind, &step.address.path);
    let Some(handle) = handle.filter(|_| step.approves) else {
        return applied(true, Some(Cause::PendingOnTarget.reason()));
    };
    let approval = target.approve(&step.address, &handle, document, places);
    match approval.await {
        Ok(Approval::Given) => applied(false, remark),
        Ok(Approval::Waiting(reason)) => applied(true, Some(still_waiting(&reason))),
        // The object is there; only the approval failed.
        Err(error) => applied(true, Some(still_waiting(&error.to_string()))),
    }
}

fn still_waiting(reason: &str) -> String {
    format!("{}; {reason}", Cause::PendingOnTarget.reason())
}

/// An earlier step may have made the object, or another one of it.
async fn carry_out_update(
    target: &dyn Writer,
    address: &Address,
    update: &Change,
    places: &TargetHandles<'_>,
) -> Result<Updated, CatalogError> {
    let made = || places.handle(address.kind, &address.path);
    let moved = update.target.as_ref().and_then(|handle| places.moved(handle));
    let handle = moved.or_else(|| update.target.clone()).or_else(made);
    let handle = handle.ok_or_else(|| CatalogError::Changed("what it is about was not made after all".into()))?;
    let updated = target.update(address, &handle, update, places).await?;
    match &updated.moved {
        Some(new) => places.move_to(address, handle, new.clone()),
        None if updated.pending => places.add(address, handle),
        None => {}
    }
    Ok(updated)
}

/// The object is read once more: somebody may have taken it over, changed it or put something under it since it was
/// planned. Of what is left out of the run nobody knows what was there.
async fn carry_out_delete(
    target: &dyn Writer,
    address: &Address,
    delete: &Removal,
    left_out: &BTreeSet<KindId>,
) -> Result<(), CatalogError> {
    let Some(now) = target.read(address.kind, &delete.target).await? else {
        return Ok(());
    };
    let row = target.kinds().row(address.kind);
    let changed = delete.expected(row).differences(row, &now);
    if !changed.is_empty() {
        return Err(CatalogError::changed(&changed));
    }
    let hanging = target.hanging(&now).await?.into_iter();
    let new = hanging.filter(|it| !left_out.contains(&it.0) && !delete.hanging.contains(it));
    let new: Vec<KindId> = new.map(|(kind, _)| kind).collect();
    if !new.is_empty() {
        return Err(CatalogError::grown(target.kinds(), &new));
    }
    target.delete(address, delete).await
}

/// Where things are on the target, growing as they are made.
struct TargetHandles<'a> {
    known: RwLock<HashMap<Address, Handle>>,
    originals: &'a BTreeMap<(KindId, Box<str>), Address>,
    /// What has another handle than it was planned with.
    moved: RwLock<HashMap<Handle, Handle>>,
}

impl<'a> TargetHandles<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            known: RwLock::new(plan.present.iter().cloned().collect()),
            originals: &plan.originals,
            moved: RwLock::default(),
        }
    }

    fn move_to(&self, address: &Address, old: Handle, new: Handle) {
        self.add(address, new.clone());
        self.moved.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(old, new);
    }

    fn moved(&self, old: &Handle) -> Option<Handle> {
        let moved = self.moved.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        moved.get(old).cloned()
    }

    fn add(&self, address: &Address, handle: Handle) {
        self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(address.clone(), handle);
    }
}

impl TargetLookup for TargetHandles<'_> {
    fn handle(&self, kind: KindId, path: &str) -> Option<Handle> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.get(&Address::new(kind, path)).cloned()
    }

    fn original(&self, kind: KindId, id: &str) -> Option<Address> {
        self.originals.get(&(kind, id.into())).cloned()
    }

    fn namesake(&self, address: &Address) -> Option<Address> {
        let folded = address.path.to_lowercase();
        let mut others = self.originals.values();
        let other = others.find(|other| {
            other.kind == address.kind && other.path != address.path && other.path.to_lowercase() == folded
        });
        other.cloned()
    }
}

impl Outcome {
    /// What the target stores otherwise than it was sent.
    #[must_use]
    pub fn not_taken(&self) -> &[FieldChange] {
        match self {
            Self::Applied { not_taken, .. } => not_taken,
            _ => &[],
        }
    }

    /// Whether steps that need this one may go on.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        matches!(self, Self::Applied { .. })
    }
}

impl From<CatalogError> for Outcome {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::MissingOnTarget(reason) | CatalogError::Taken(reason) => Self::Withheld(reason),
            CatalogError::Changed(reason) => Self::Skipped(reason),
            other => Self::Failed(other.to_string()),
        }
    }
}
