//! A plan and its parts.

use std::collections::{BTreeMap, BTreeSet};

use super::{OnlyOnTarget, Remark};
use crate::engine::{
    change::{ApprovalRequest, Bundle, Change, FieldChange, Missing, NewObject, Removal},
    model::{Address, Gap, Handle, KindId, KindTable, document::METADATA, mark::SOURCE_HINT},
};

/// Everything that makes the target like the source, and what was left out and why.
#[derive(Debug)]
pub struct Plan {
    /// The kinds that the plan speaks of.
    pub kinds: &'static KindTable,
    /// The kinds that this run does not replicate.
    pub excluded: BTreeSet<KindId>,
    /// The steps, each after those that it needs.
    pub steps: Vec<Step>,
    /// The changes that are not done, with the reasons.
    pub withheld: Vec<Withheld>,
    /// The lists and rows that could not be read.
    pub gaps: Vec<Gap>,
    /// Counts by kind.
    pub tallies: BTreeMap<KindId, Tally>,
    /// Where the target has what the steps point at, by the source's addresses.
    pub present: Vec<(Address, Handle)>,
    /// Marks on the target that name this source's catalog, and how many of them lead somewhere.
    pub marks: MarkCount,
    /// Remarks for people to see to.
    pub remarks: Vec<Remark>,
    /// The source's objects of the kinds of which something new is made, by id: nothing that answers to one of these is
    /// another's.
    pub originals: BTreeMap<(KindId, Box<str>), Address>,
    /// An object that can be written on trial, where there is doubt whether both sides are one catalog.
    pub trial: Option<(Address, Handle)>,
    /// The objects that only the target has.
    pub only_on_target: Vec<OnlyOnTarget>,
}

/// Marks on the target, by whether they lead to an object of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarkCount {
    /// Marks that tell something of the source, because the lists that would show their originals are whole.
    pub seen: usize,
    /// Those whose source object was listed, or has another one in its place.
    pub resolved: usize,
}

/// The objects of a kind, counted by what becomes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// In scope on the source.
    pub source: usize,
    /// In scope on the target.
    pub target: usize,
    /// Paired, and nothing to do.
    pub unchanged: usize,
    /// Only on the target, and not the tool's: left alone.
    pub only_on_target: usize,
    /// Those on the target that the tool is answerable for: marked, paired, or to be deleted.
    pub managed: usize,
    /// Those on the target that bear a mark of this source or of the vendor's tool.
    pub marked: usize,
}

/// A step's number in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

impl StepId {
    /// The place in the plan's list of steps.
    #[must_use]
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// Steps with their numbers, in order.
pub fn numbered(steps: &[Step]) -> impl Iterator<Item = (StepId, &Step)> {
    (0u32..).map(StepId).zip(steps)
}

/// One change of one object on the target.
#[derive(Debug)]
pub struct Step {
    /// The object, as it is called on the target when the run is done.
    pub address: Address,
    /// The change that it makes.
    pub action: Action,
    /// Steps that must be done first.
    pub needs: Vec<StepId>,
    /// Steps that must be over first, whatever came of them.
    pub after: Vec<StepId>,
    /// A step that must go first after all if the server refuses this one as a duplicate.
    pub displaces: Option<StepId>,
    /// It only prepares or completes another step and is no change of its own.
    pub auxiliary: bool,
    /// The object is approved at once where it waits for an approval then.
    pub approves: bool,
    /// A note for the operator.
    pub note: Option<String>,
}

/// The change that a step makes.
#[derive(Debug)]
pub enum Action {
    /// Makes an object.
    Create(NewObject),
    /// Changes an object.
    Update(Change),
    /// Lets an object go on that waits for an approval.
    Approve(ApprovalRequest),
    /// Removes an object and all below it.
    Delete(Removal),
}

/// The report's names of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Something new.
    Create,
    /// Something different.
    Update,
    /// Something gone.
    Delete,
}

impl Verb {
    /// The report's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Step {
    /// A step that does nothing but note what the source was like, for the next run, is bookkeeping: no change of the
    /// object, and nothing is missing where it is not done.
    #[must_use]
    pub fn is_bookkeeping(&self) -> bool {
        match &self.action {
            Action::Update(update) => update.package.is_none() && is_hint_alone(&update.fields),
            _ => false,
        }
    }

    /// The report's name of the step.
    #[must_use]
    pub fn verb(&self) -> Verb {
        match self.action {
            Action::Create(_) => Verb::Create,
            Action::Update(_) | Action::Approve(_) => Verb::Update,
            Action::Delete(_) => Verb::Delete,
        }
    }

    /// The source is asked for what the step takes to be gone from it, where it takes something so. Without a handle
    /// there is nothing to ask for.
    #[must_use]
    pub fn takes_to_be_gone(&self) -> Option<Option<&Handle>> {
        match &self.action {
            Action::Create(_) | Action::Approve(_) => None,
            Action::Update(update) => match &update.metadata.as_ref()?.missing {
                Missing::Since { original, .. } => Some(original.as_ref()),
                Missing::Unsaid | Missing::Found => None,
            },
            Action::Delete(delete) => Some(delete.original.as_ref()),
        }
    }

    /// The documents that the step writes.
    #[must_use]
    pub fn package(&self) -> Option<&Bundle> {
        match &self.action {
            Action::Create(create) => create.package.as_ref(),
            Action::Update(update) => update.package.as_ref(),
            Action::Approve(_) | Action::Delete(_) => None,
        }
    }

    /// The differences, for people. Empty for creations and deletions.
    #[must_use]
    pub fn fields(&self) -> &[FieldChange] {
        match &self.action {
            Action::Update(update) => &update.fields,
            Action::Approve(approve) => &approve.fields,
            _ => &[],
        }
    }
}

/// Something that is not done.
#[derive(Debug, Clone)]
pub struct Withheld {
    /// The object.
    pub address: Address,
    /// The change that would have been made.
    pub verb: Verb,
    /// The fields that would have changed.
    pub fields: Vec<FieldChange>,
    /// Why it is not done.
    pub cause: Cause,
}

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Two objects could be the same, and nobody has said whether they are.
    Conflict(String),
    /// The target, or the source, lacks something that it needs.
    Missing(String),
    /// A list could not be proven complete.
    Gap(String),
    /// It waits for an approval on the source, so it stays at home.
    PendingOnSource,
    /// It is in a state on the source in which it stays at home.
    StaysAtHome(String),
    /// It waits for an approval on the target.
    PendingOnTarget,
    /// Something that the operator named stands in for what cannot be there.
    Fallback(String),
    /// Deletions are only to be reported.
    DeletePolicy,
    /// It is deleted only when it has been missing for longer; until when it is kept.
    InGrace(String),
    /// Deleting it would take along what was born on the target.
    HoldsOwn(String),
    /// A unique value that it claims belongs to something that stays.
    Claimed(String),
    /// Whom it is for is out of scope, and nothing on the target stands for that.
    OutOfScope(String),
    /// The target stores something else than it was sent, in this reason's words.
    NotTaken(String),
    /// The secret cannot be read on the source.
    SecretUnreadable {
        /// What would let the source show it.
        mend: &'static str,
    },
    /// The source was captured without secrets, and it has one.
    SecretLeftOut,
    /// It is carried, but for fewer than on the source.
    Narrowed {
        /// Without whom.
        text: String,
        /// The run is incomplete with it.
        incomplete: bool,
    },
    /// A safety limit forbids it.
    Limit(String),
    /// An object that it hangs on is withheld.
    Follows {
        /// The address of that.
        top: String,
        /// The run is incomplete with it.
        incomplete: bool,
    },
}

impl Cause {
    /// That the target did not take these fields.
    #[must_use]
    pub fn not_taken(changes: &[FieldChange]) -> Self {
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        Self::NotTaken(format!("the target did not take {}", paths.join(", ")))
    }

    /// A run with this is incomplete (exit status 3).
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::PendingOnSource
            | Self::StaysAtHome(_)
            | Self::DeletePolicy
            | Self::Fallback(_)
            | Self::OutOfScope(_)
            | Self::InGrace(_) => false,
            Self::Follows { incomplete, .. } | Self::Narrowed { incomplete, .. } => *incomplete,
            _ => true,
        }
    }

    /// The reason, for people.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Conflict(text)
            | Self::Missing(text)
            | Self::Gap(text)
            | Self::HoldsOwn(text)
            | Self::Limit(text)
            | Self::Fallback(text)
            | Self::StaysAtHome(text)
            | Self::NotTaken(text)
            | Self::OutOfScope(text)
            | Self::Narrowed { text, .. }
            | Self::Claimed(text) => text.clone(),
            Self::PendingOnSource => "waits for approval on the source".into(),
            Self::PendingOnTarget => "waits for approval on the target: approve its task there".into(),
            Self::InGrace(until) => format!("is missing from the source: kept until {until} (DELETE_GRACE)"),
            Self::DeletePolicy => "DELETE_POLICY=report: the deletion is only reported".into(),
            Self::SecretLeftOut => {
                "the snapshot was captured without secrets (--without-secrets), so it cannot be made from it: capture the \
                 source with them"
                    .into()
            }
            Self::SecretUnreadable { mend } => {
                format!("the source shows neither the secret nor its hash: the client id is carried, the secret is not; {mend}")
            }
            Self::Follows { top, .. } => format!("hangs on {top}, which is withheld"),
        }
    }
}

/// Nothing differs but a hint.
pub(crate) fn is_hint_alone(fields: &[FieldChange]) -> bool {
    let is_hint = |change: &FieldChange| {
        let key = change.path.strip_prefix('/').and_then(|it| it.split_once('/'));
        key == Some((METADATA, SOURCE_HINT))
    };
    !fields.is_empty() && fields.iter().all(is_hint)
}
