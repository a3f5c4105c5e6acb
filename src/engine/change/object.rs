//! What the writing of one object needs: its creation, its change, its approval, its removal.

use std::collections::BTreeSet;

use super::{FieldChange, MetadataWrite, PlannedState};
use crate::engine::model::{Address, Document, Files, Handle, KindId};

/// What the making of an object needs.
#[derive(Debug)]
pub struct NewObject {
    /// What it lives under, by the source's address.
    pub parent: Option<Address>,
    /// What it shall be; references are addresses of the source.
    pub document: Document,
    /// Its metadata.
    pub metadata: MetadataWrite,
    /// Whether the server makes it along with its parent or with what carries it, so that it has only to be found and
    /// completed.
    pub comes_along: bool,
    /// What becomes of the child that the server makes along with it.
    pub brings: ChildMade,
    /// The documents that it is made from.
    pub package: Option<Bundle>,
}

/// Documents that are written together: a thing's own, and those of the things that it carries.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Its own.
    pub own: Files,
    /// Those of what it carries, by the source's addresses, in order.
    pub carried: Vec<(Address, Files)>,
    /// Digests of all documents that they take the place of, where these are known.
    pub replaces: Option<BTreeSet<[u8; 32]>>,
}

/// What becomes of the child that a server makes along with an object.
#[derive(Debug)]
pub enum ChildMade {
    /// There is none, or it may stay as it is.
    Whatever,
    /// The source has none: it is removed at once.
    Nothing,
    /// It becomes this one.
    Child(Box<(Address, Document)>),
}

/// What the change of an object needs.
#[derive(Debug)]
pub struct Change {
    /// The object; none where a step of the same plan makes it.
    pub target: Option<Handle>,
    /// What it lives under, by the source's address.
    pub parent: Option<Address>,
    /// What it was planned against.
    pub before: Document,
    /// What else that was; none where a step of the same plan makes it.
    pub seen: Option<Box<PlannedState>>,
    /// What it shall be; references are addresses of the source.
    pub after: Document,
    /// What differs, for people.
    pub fields: Vec<FieldChange>,
    /// The whole metadata map to write, where it changes.
    pub metadata: Option<MetadataWrite>,
    /// What is written with a note of what the target does not take of it; none where it gets no such note.
    pub beside_note: Option<Box<MetadataWrite>>,
    /// The documents to write, where one of them changes.
    pub package: Option<Bundle>,
}

/// What the approval of an object needs.
#[derive(Debug)]
pub struct ApprovalRequest {
    /// The object.
    pub target: Handle,
    /// What it was planned against.
    pub before: Document,
    /// What it shall be then; references are addresses of the source.
    pub after: Document,
    /// What the approval changes, for people.
    pub fields: Vec<FieldChange>,
}

/// What the removal of an object needs.
#[derive(Debug)]
pub struct Removal {
    /// The object.
    pub target: Handle,
    /// What it was planned against.
    pub before: Document,
    /// What else that was.
    pub seen: PlannedState,
    /// What hung on it then, and goes with it.
    pub hanging: BTreeSet<(KindId, Handle)>,
    /// What the server removes along with it.
    pub cascade: Vec<Address>,
    /// Where the source would have its original: only a source that says it is gone confirms the deletion.
    pub original: Option<Handle>,
}
