//! Selecting: which steps of a fresh plan are those of a kept one, and what became of the others.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Fingerprint, KeptPlan, KeptStep, standing::KnownPlaces};
use crate::engine::{
    change::FieldChange,
    model::{Address, Inventory},
    plan::{Cause, Plan, Policy, Step, StepId, Verb, Withheld, numbered, withhold::take_out},
};

/// What a fresh plan and a kept one come to.
#[derive(Debug)]
pub struct Selection {
    /// What is left to do of the kept plan, as the fresh plan does it.
    pub plan: Plan,
    /// What stands in the kept plan and is not done.
    pub outdated: Vec<Outdated>,
    /// How many changes only the fresh plan has. They are left out.
    pub left_out: usize,
}

impl Selection {
    /// All of a plan, where none was kept.
    #[must_use]
    pub fn of_all(plan: Plan) -> Self {
        Self { plan, outdated: Vec::new(), left_out: 0 }
    }
}

/// A kept step that is skipped.
#[derive(Debug, Clone)]
pub struct Outdated {
    /// What it is about.
    pub address: Address,
    /// What it would have done.
    pub verb: Verb,
    /// What would have changed.
    pub fields: Vec<FieldChange>,
    /// Why it is skipped.
    pub reason: String,
}

impl Outdated {
    fn of(step: &KeptStep, reason: String) -> Self {
        Self { address: step.address.clone(), verb: step.verb, fields: step.fields.clone(), reason }
    }
}

/// Reduces a fresh plan to the steps that a kept plan has with the same fingerprint.
///
/// The inventories and the policy are those of the fresh plan; they only tell what has become of a step that is due no
/// more.
#[must_use]
pub fn select(mut fresh: Plan, kept: &KeptPlan, source: &Inventory, target: &Inventory, policy: &Policy) -> Selection {
    let match_up = StepMatching::of(&fresh, kept);
    let gone: Vec<&KeptStep> = kept
        .steps
        .iter()
        .enumerate()
        .filter(|(place, _)| !match_up.found.contains(place))
        .map(|(_, step)| step)
        .collect();
    let standing = KnownPlaces::of(&gone, source, target, policy);
    let mut outdated: Vec<Outdated> =
        gone.iter().filter_map(|step| became(step, &fresh, &match_up, &standing)).collect();
    outdated.extend(match_up.stranded(&fresh));
    let left_out = match_up.left_out(&fresh);
    let told: HashSet<usize> = gone.iter().filter_map(|step| match_up.withheld_at(&step.address)).collect();
    fresh.withheld = except(fresh.withheld, &told);
    let out = match_up.out.into_keys().collect();
    Selection { plan: take_out(fresh, &out).0, outdated, left_out }
}

/// What is told as a skipped step is not told again.
fn except(withheld: Vec<Withheld>, told: &HashSet<usize>) -> Vec<Withheld> {
    let others = withheld.into_iter().enumerate();
    others.filter(|(place, _)| !told.contains(place)).map(|(_, withheld)| withheld).collect()
}

/// Which steps of a fresh plan stand in the kept one.
struct StepMatching<'a> {
    /// What the kept plan is about.
    addresses: HashSet<&'a Address>,
    /// The places of the kept steps that the fresh plan has too.
    found: HashSet<usize>,
    /// What stands for steps of the fresh plan of which the kept one says something else.
    misread: HashSet<Fingerprint>,
    /// Steps of the fresh plan that are not carried out.
    out: BTreeMap<StepId, Absence>,
    /// What the other steps of the fresh plan do, by address.
    others: HashMap<Address, Verb>,
    /// The places of what it withholds, by address.
    withheld: HashMap<Address, usize>,
}

/// Why a step of the fresh plan is not carried out.
enum Absence {
    /// The kept plan has none like it.
    NotKept,
    /// The kept plan has it, but says something else of it.
    Misread,
    /// It stands in the kept plan, but needs another, which does not.
    Needs(StepId),
}

impl<'a> StepMatching<'a> {
    fn of(fresh: &Plan, kept: &'a KeptPlan) -> Self {
        let wanted = kept.by_fingerprint();
        let mut match_up = Self {
            addresses: kept.steps.iter().map(|step| &step.address).collect(),
            found: HashSet::new(),
            misread: HashSet::new(),
            out: BTreeMap::new(),
            others: HashMap::new(),
            withheld: held(fresh),
        };
        for (id, step) in numbered(&fresh.steps) {
            let print = Fingerprint::of(fresh.kinds, step);
            let kept = wanted.get(&print).map_or(&[][..], Vec::as_slice);
            let agreed = kept.iter().filter(|(_, kept)| kept.agrees_with(step));
            let before = match_up.found.len();
            match_up.found.extend(agreed.map(|(place, _)| *place));
            if match_up.found.len() > before {
                continue;
            }
            let absence = if kept.is_empty() {
                Absence::NotKept
            } else {
                match_up.misread.insert(print);
                Absence::Misread
            };
            match_up.out.insert(id, absence);
            match_up.others.insert(step.address.clone(), step.verb());
        }
        match_up.spread(&fresh.steps);
        match_up
    }

    /// What needs a step that is not carried out is not carried out either.
    fn spread(&mut self, steps: &[Step]) {
        loop {
            let before = self.out.len();
            for (id, step) in numbered(steps) {
                let missing = step.needs.iter().find(|need| self.out.contains_key(need));
                if let Some(missing) = missing {
                    self.out.entry(id).or_insert(Absence::Needs(*missing));
                }
            }
            if self.out.len() == before {
                return;
            }
        }
    }

    /// Kept steps that are still due, but need what is not done.
    fn stranded(&self, fresh: &Plan) -> Vec<Outdated> {
        let mut stranded = Vec::new();
        for (id, absence) in &self.out {
            let Absence::Needs(missing) = absence else {
                continue;
            };
            let step = &fresh.steps[id.number()];
            let needed = &fresh.steps[missing.number()];
            let singular = fresh.kinds.row(needed.address.kind).singular;
            let fate = match self.out.get(missing) {
                Some(Absence::Needs(_)) => "is skipped too",
                Some(Absence::Misread) => "was altered in the file",
                _ if self.addresses.contains(&needed.address) => "has changed since the plan was made",
                _ => "the plan does not have: it came up since",
            };
            stranded.push(Outdated {
                address: step.address.clone(),
                verb: step.verb(),
                fields: step.fields().to_vec(),
                reason: format!("needs the {singular} {}, which {fate}", needed.address),
            });
        }
        stranded
    }

    /// Where the fresh plan says that it does nothing about a thing, and why.
    fn withheld_at(&self, address: &Address) -> Option<usize> {
        let does_something = self.others.contains_key(address);
        let place = self.withheld.get(address).copied();
        place.filter(|_| !does_something)
    }

    /// How many changes came up since the kept plan was made.
    fn left_out(&self, fresh: &Plan) -> usize {
        let steps = self.out.iter().filter(|(id, absence)| {
            let step = &fresh.steps[id.number()];
            matches!(absence, Absence::NotKept) && !step.auxiliary && !self.addresses.contains(&step.address)
        });
        steps.count()
    }
}

/// What became of a kept step that the fresh plan does not have. Nothing is told of one that only went with another and
/// has nothing left to do.
fn became(step: &KeptStep, fresh: &Plan, match_up: &StepMatching<'_>, standing: &KnownPlaces<'_>) -> Option<Outdated> {
    if match_up.misread.contains(&step.fingerprint) {
        let reason = "altered after the plan was made: what the file says of this step is not what it would do; \
                      make a new one with `plan --out FILE`";
        return Some(Outdated::of(step, reason.to_owned()));
    }
    let change = |what: String| Some(format!("changed since the plan was made: {what}"));
    let withheld = match_up.withheld_at(&step.address);
    let withheld = withheld.and_then(|place| fresh.withheld.get(place));
    let reason = match (match_up.others.get(&step.address), withheld) {
        (Some(verb), _) if *verb == step.verb => change("the source or the target has something else there now".into()),
        (Some(verb), _) => change(format!("a run would {} it now", verb.word())),
        (None, Some(withheld)) => change(format!("withheld now: {}", withheld.cause.reason())),
        (None, None) if standing.is_done(step) => (!step.auxiliary).then(|| standing.word_of(step).to_owned()),
        (None, None) => change(standing.word_of(step).to_owned()),
    };
    Some(Outdated::of(step, reason?))
}

fn held(fresh: &Plan) -> HashMap<Address, usize> {
    let withheld = fresh.withheld.iter().enumerate();
    withheld
        // An unreadable secret, or somebody whom it is not for, holds nothing up but itself.
        .filter(|(_, withheld)| !matches!(withheld.cause, Cause::SecretUnreadable { .. } | Cause::Narrowed { .. }))
        .map(|(place, withheld)| (withheld.address.clone(), place))
        .collect()
}
