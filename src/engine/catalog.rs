//! The port to a catalog: what every platform can be asked, and what reading one means.

use std::{collections::BTreeMap, error::Error, fmt};

use async_trait::async_trait;

use crate::engine::{
    change::{Change, FieldChange, NewObject, Removal},
    model::{Address, Document, Handle, KindId, KindTable, Mark, Release, Resource},
};

/// A catalog that can be read. The source of a run is never anything more.
#[async_trait]
pub trait Reader: Send + Sync {
    /// The kinds of this platform.
    fn kinds(&self) -> &'static KindTable;

    /// Which catalog this is, for marks and for telling two apart.
    fn id(&self) -> &str;

    /// Lists a kind: all of the catalog, or what stands under one parent.
    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError>;

    /// Reads what a list does not show, and gives the whole resource; its references stay the addresses that they are.
    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError>;

    /// Asks for one object. `None` only if the server itself says that there is none.
    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError>;

    /// Which release the server is of, where it tells.
    async fn release(&self) -> Option<Release> {
        None
    }

    /// How many requests have been made so far.
    fn requests(&self) -> Requests;
}

/// A catalog that can be written.
#[async_trait]
pub trait Writer: Reader {
    /// Makes an object, or finds and completes the one that its parent brought along.
    async fn create(&self, address: &Address, create: &NewObject, places: &Places<'_>)
    -> Result<Created, CatalogError>;

    /// Changes the object that `target` names.
    ///
    /// # Errors
    /// `Changed` where it failed at first, and others had changed the object when it was looked at again.
    async fn update(
        &self,
        address: &Address,
        target: &Handle,
        update: &Change,
        places: &Places<'_>,
    ) -> Result<Updated, CatalogError>;

    /// Gives the approval that an object waits for, once, and what it shall have then. An object that waits for none is
    /// approved already.
    ///
    /// # Errors
    /// What went wrong otherwise than by a refusal, which is [`Approval::Waiting`].
    async fn approve(
        &self,
        address: &Address,
        object: &Handle,
        document: &Document,
        places: &Places<'_>,
    ) -> Result<Approval, CatalogError>;

    /// What hangs on an object and would go with it, as far as that can be read at small cost.
    async fn hanging(&self, resource: &Resource) -> Result<Vec<(KindId, Handle)>, CatalogError>;

    /// Removes an object that was looked at just now. One that is already gone is no error.
    ///
    /// # Errors
    /// `Changed` where it failed at first, and others had changed the object when it was looked at again.
    async fn delete(&self, address: &Address, delete: &Removal) -> Result<(), CatalogError>;
}

/// What a list showed.
#[derive(Debug, Default)]
pub struct Listing {
    /// The resources.
    pub resources: Vec<Resource>,
    /// Resources of other kinds that came along, e.g. the people behind members.
    pub mentioned: Vec<Resource>,
    /// Why the list cannot be taken for complete.
    pub doubt: Option<String>,
    /// Rows that lack what their kind needs.
    pub unusable: Vec<UnusableRow>,
}

/// A row of a list that lacks what its kind needs.
#[derive(Debug)]
pub struct UnusableRow {
    /// What it stands under, as far as it says so.
    pub under: Option<Handle>,
    /// Its own id, where it has one.
    pub id: Option<String>,
    /// Which source object it was made from, if it says so.
    pub mark: Option<Mark>,
    /// What it lacks.
    pub lack: String,
}

/// What came of a creation.
#[derive(Debug)]
pub struct Created {
    /// The target's name for the new object.
    pub handle: Handle,
    /// Whether it waits for an approval.
    pub pending: bool,
    /// What the operator should know, e.g. that the server keeps no marks.
    pub remark: Option<String>,
    /// What the server stores otherwise than it was sent.
    pub not_taken: Vec<FieldChange>,
}

impl Created {
    /// A new object of which there is nothing else to say.
    #[must_use]
    pub fn of(handle: Handle) -> Self {
        Self { handle, pending: false, remark: None, not_taken: Vec::new() }
    }
}

/// What came of a change.
#[derive(Debug, Default)]
pub struct Updated {
    /// The object's new handle, where the server has made another object of it.
    pub moved: Option<Handle>,
    /// Whether the change waits for an approval.
    pub pending: bool,
    /// What the server stores otherwise than it was sent.
    pub not_taken: Vec<FieldChange>,
}

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// The object waits no more.
    Given,
    /// It still waits, for this reason.
    Waiting(String),
}

/// Where on the target the things are that a step points at, by the source's addresses.
pub trait TargetLookup: Send + Sync {
    /// The target's name for what answers to this address of the source.
    fn handle(&self, kind: KindId, path: &str) -> Option<Handle>;

    /// What the source calls its object with this id, if it still has one. What answers to that is not free for another.
    fn original(&self, _kind: KindId, _id: &str) -> Option<Address> {
        None
    }

    /// Another object of the source whose address differs from this one in case alone.
    fn namesake(&self, _address: &Address) -> Option<Address> {
        None
    }
}

/// Where on the target the things are that a step points at.
pub type Places<'a> = dyn TargetLookup + 'a;

/// Why a catalog did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The server refused, or could not be reached.
    #[error("{0}")]
    Request(RequestFailure),
    /// The server refuses a duplicate.
    #[error("{0}")]
    Duplicate(RequestFailure),
    /// What is in the way belongs to somebody else, who keeps it.
    #[error("{0}")]
    Taken(String),
    /// The server lacks something that is needed; what, and what to do.
    #[error("{0}")]
    MissingOnTarget(String),
    /// The server said something that makes no sense.
    #[error("{0}")]
    Malformed(String),
    /// The object is no longer what was planned against.
    #[error("{0}")]
    Changed(String),
    /// It was not waited for any longer.
    #[error("{0}")]
    GivenUp(String),
}

impl CatalogError {
    /// An object that others changed since it was planned, in fields of these names.
    #[must_use]
    pub fn changed(fields: &[String]) -> Self {
        Self::Changed(format!(
            "it has changed on the target since it was planned ({}), so it is left alone; the next run looks again",
            fields.join(", ")
        ))
    }

    /// An object on which others have hung something since it was planned to be removed: how many of which kinds.
    #[must_use]
    pub fn grown(kinds: &KindTable, new: &[KindId]) -> Self {
        let mut counts: BTreeMap<KindId, usize> = BTreeMap::new();
        for kind in new {
            *counts.entry(*kind).or_default() += 1;
        }
        let name = |kind: KindId| kinds.row(kind).name;
        let counted = counts.into_iter().map(|(kind, n)| format!("{} {n}", name(kind)));
        Self::Changed(format!(
            "something has been added to it on the target since it was planned ({}) and would go with it, so it is left \
             alone; the next run looks again",
            counted.collect::<Vec<_>>().join(", ")
        ))
    }

    /// An object that no list showed, and that is not what was to be made in this field.
    #[must_use]
    pub fn unlisted(field: &str) -> Self {
        Self::Changed(format!(
            "it is on the target already, where no list showed it, and differs in {field}; the next run looks again"
        ))
    }

    /// An object that others removed since it was planned.
    #[must_use]
    pub fn vanished() -> Self {
        Self::Changed(
            "it has vanished from the target since it was planned, or, if it was made just now, the target does not show it yet; \
             the next run looks again"
                .into(),
        )
    }
}

/// A request that failed for good, in its platform's own terms: its text tells all of it.
#[derive(Debug)]
pub struct RequestFailure {
    error: Box<dyn Error + Send + Sync>,
    /// Whether nobody answered in time.
    pub is_unanswered: bool,
}

impl RequestFailure {
    /// A failure that its platform's code can branch on.
    pub fn new(error: impl Error + Send + Sync + 'static, is_unanswered: bool) -> Self {
        Self { error: Box::new(error), is_unanswered }
    }

    /// The failure as its platform knows it, for that platform's own code.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }
}

impl fmt::Display for RequestFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(out)
    }
}

/// How many requests a side was sent. A login is neither a read nor a write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// Reads, each counted once however often it was sent.
    pub reads: u64,
    /// Writes, each counted once however often it was sent.
    pub writes: u64,
    /// Reads and writes that were sent again, for whatever reason.
    pub retries: u64,
    /// Answers that asked for patience.
    pub throttled: u64,
}
