//! Kept plans: what `plan --out FILE` writes and `apply FILE` carries out (interface.md, "Commands").
//!
//! A kept plan names its steps and holds a fingerprint of each, nothing more: no secret, no hash of one, and nothing that
//! could be written without planning again. Applying one plans afresh and carries out those steps of the fresh plan that
//! stand in the kept one with the same fingerprint, so a step whose source or target object has changed is never written.

pub mod file;
pub mod fingerprint;
pub mod form;
pub mod select;
mod standing;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use file::{PlanFile, read};
pub use fingerprint::Fingerprint;
pub use form::Unusable;
pub use select::{Outdated, Selection, select};

use crate::engine::{
    change::FieldChange,
    model::{Address, KindTable},
    plan::{AcceptedPlan, Plan, Refusal, Step, Verb},
};

/// A plan that was made for two catalogs and shall be applied to them later.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptPlan {
    /// When it was made.
    pub made_at: Timestamp,
    /// The catalogs that it was made for.
    pub between: CatalogPair,
    /// What refused it when it was made. Says nothing of whether it is refused when it is applied.
    pub refusals: Vec<KeptRefusal>,
    /// Its steps.
    pub steps: Vec<KeptStep>,
}

/// The catalogs of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogPair {
    /// The side that is read.
    pub source: CatalogRef,
    /// The side that is read and written.
    pub target: CatalogRef,
}

/// A catalog, as the settings and its server name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRef {
    /// Where its API is.
    pub server: String,
    /// The provider organization, as the settings name it.
    pub org: String,
    /// The catalog, as the settings name it.
    pub catalog: String,
    /// The catalog's id.
    pub id: String,
}

/// A limit that refused a plan when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRefusal {
    /// The setting.
    pub limit: String,
    /// The counts, and what would allow it.
    pub message: String,
}

/// A step of a kept plan.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptStep {
    /// What it is about.
    pub address: Address,
    /// What is done.
    pub verb: Verb,
    /// What differs, for people.
    pub fields: Vec<FieldChange>,
    /// Whether it only prepares or completes another step.
    pub auxiliary: bool,
    /// What stands for all that it writes and was planned against.
    pub fingerprint: Fingerprint,
}

impl AcceptedPlan for KeptPlan {
    fn holds_all_of(&self, plan: &Plan) -> bool {
        let known = self.by_fingerprint();
        changes_of(plan).all(|step| {
            let kept = known.get(&Fingerprint::of(plan.kinds, step));
            kept.is_some_and(|kept| kept.iter().any(|(_, kept)| kept.agrees_with(step)))
        })
    }
}

impl KeptPlan {
    /// The steps, with their places.
    fn by_fingerprint(&self) -> HashMap<Fingerprint, Vec<(usize, &KeptStep)>> {
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for (place, step) in self.steps.iter().enumerate() {
            let alike = known.entry(step.fingerprint).or_default();
            alike.push((place, step));
        }
        known
    }
}

/// The steps of a plan as they are kept.
#[must_use]
pub fn steps_of(plan: &Plan) -> Vec<KeptStep> {
    let steps = changes_of(plan);
    steps.map(|step| KeptStep::of(plan.kinds, step)).collect()
}

/// The steps that people decide about. Notes hang on the time of reading and change nothing.
fn changes_of(plan: &Plan) -> impl Iterator<Item = &Step> {
    let steps = plan.steps.iter();
    steps.filter(|step| !step.is_bookkeeping())
}

impl KeptStep {
    fn of(kinds: &KindTable, step: &Step) -> Self {
        Self {
            address: step.address.clone(),
            verb: step.verb(),
            fields: shown(step.fields()),
            auxiliary: step.auxiliary,
            fingerprint: Fingerprint::of(kinds, step),
        }
    }

    /// Whether what people read of this step is what a step does. The fingerprint stands for all of that, but people do
    /// not read fingerprints: what they agreed to must be what is done.
    fn agrees_with(&self, step: &Step) -> bool {
        let said = |step: &Self| {
            let what = (step.address.clone(), step.verb, step.auxiliary);
            (what, fingerprint::lasting(&step.fields))
        };
        let fresh = Self {
            address: step.address.clone(),
            verb: step.verb(),
            fields: shown(step.fields()),
            auxiliary: step.auxiliary,
            fingerprint: self.fingerprint,
        };
        said(self) == said(&fresh)
    }
}

fn shown(fields: &[FieldChange]) -> Vec<FieldChange> {
    fields.iter().map(FieldChange::shown).collect()
}

impl CatalogPair {
    /// Why a plan for these catalogs is none for those; `None` where it is one.
    ///
    /// Servers count beside ids: two clusters that were restored from one backup have catalogs of the same id.
    #[must_use]
    pub fn objection_to(&self, those: &Self) -> Option<String> {
        let fits = self.source.is_same(&those.source) && self.target.is_same(&those.target);
        if fits {
            return None;
        }
        if self.source.is_same(&those.target) && self.target.is_same(&those.source) {
            return Some("the plan was made for the other direction: source and target are swapped".into());
        }
        Some(format!(
            "the plan was made for other catalogs: {} -> {}, not {} -> {}",
            self.source, self.target, those.source, those.target
        ))
    }
}

impl CatalogRef {
    fn is_same(&self, other: &Self) -> bool {
        (&self.server, &self.id) == (&other.server, &other.id)
    }
}

impl std::fmt::Display for CatalogRef {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}/{} ({})", self.server, self.org, self.catalog, self.id)
    }
}

impl From<&Refusal> for KeptRefusal {
    fn from(refusal: &Refusal) -> Self {
        Self { limit: refusal.limit.to_owned(), message: refusal.message.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::{
        change::{PlannedState, Removal},
        model::{
            Document, Handle, Inventory, Side,
            invented::{KINDS, kind},
        },
        plan::{Action, Approved, Policy, Refused},
    };

    fn deletion(club: &str) -> Step {
        let delete = Removal {
            target: Handle::new(club),
            before: Document::new(serde_json::Map::new(), None),
            seen: PlannedState::default(),
            hanging: BTreeSet::new(),
            cascade: Vec::new(),
            original: None,
        };
        Step {
            address: Address::new(kind("clubs"), club),
            action: Action::Delete(delete),
            needs: Vec::new(),
            after: Vec::new(),
            displaces: None,
            auxiliary: false,
            approves: false,
            note: None,
        }
    }

    fn plan(clubs: &[&str]) -> Plan {
        let nothing = |side| Inventory::new(side, &KINDS, "", Vec::new(), Vec::new());
        let (source, target) = (nothing(Side::Source), nothing(Side::Target));
        Plan {
            steps: clubs.iter().map(|club| deletion(club)).collect(),
            ..crate::engine::plan::plan(&source, &target, &Policy::default())
        }
    }

    fn kept(clubs: &[&str]) -> KeptPlan {
        let place =
            |id: &str| CatalogRef { server: String::new(), org: String::new(), catalog: String::new(), id: id.into() };
        KeptPlan {
            made_at: Timestamp::UNIX_EPOCH,
            between: CatalogPair { source: place("one"), target: place("two") },
            refusals: Vec::new(),
            steps: steps_of(&plan(clubs)),
        }
    }

    #[test]
    fn only_what_was_kept_is_accepted() {
        let accepted = |clubs: &[&str], seen: &[&str]| {
            let refused = Refused { plan: plan(clubs), refusals: Vec::new() };
            Approved::accepted(Box::new(refused), &kept(seen)).is_ok()
        };
        assert!(accepted(&["a", "b"], &["b", "a"]));
        assert!(accepted(&["a"], &["a", "b"]));
        assert!(!accepted(&["a", "b"], &["a"]));
        assert!(!accepted(&["a"], &[]));
    }
}
