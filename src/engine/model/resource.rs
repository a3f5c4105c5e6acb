//! A thing in a catalog.

use super::{Document, Files, Handle, KindId, Mark, Seal};

/// A thing as a catalog lists it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its kind.
    pub kind: KindId,
    /// Its server's name for it.
    pub handle: Handle,
    /// Its own part of its address.
    pub name: Name,
    /// What pairs it by natural key where that is not the name, e.g. the folded name where case does not count.
    pub key: Option<Box<str>>,
    /// Which source object it was made from, if any.
    pub mark: Option<Mark>,
    /// What its mark's writer noted about the source then (`source_hint`).
    pub hint: Option<Box<str>>,
    /// Since when its original has been missing from the source, where a run has noted that, in milliseconds since 1970.
    pub missing_since: Option<i64>,
    /// What the target did not take of it when it was last written, as that was noted (`source_not_taken`).
    pub not_taken: Option<Box<str>>,
    /// What the seal of its mark and notes is worth.
    pub seal: Seal,
    /// Who made it, as far as its server says so.
    pub maker: Creator,
    /// What stands for the part of it that a list does not show; unequal states mean a read is due.
    pub state: Option<Box<str>>,
    /// Whether a part of it has still to be read.
    pub unread: bool,
    /// Whether it waits for an approval.
    pub pending: bool,
    /// Why it cannot be carried, where its platform says so. It counts, and stays where it is.
    pub uncarried: Option<Box<str>>,
    /// When its server says it was made, in milliseconds since 1970. Orders things, says nothing more.
    pub created_at: i64,
    /// Ids of the children that it claims to have, where it says so.
    pub claims: Option<Box<[Box<str>]>>,
    /// The mark of the parent along with which it says to have been made, and not to have become anything since. That
    /// counts as its own mark where its parent bears it.
    pub born_of: Option<Box<str>>,
    /// What is compared and written.
    pub document: Document,
    /// Documents that are carried whole; none as long as it is unread.
    pub files: Files,
}

/// Who made a thing, as far as its server says so (`created_by`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Creator {
    /// The server does not say.
    #[default]
    Unknown,
    /// This user, of whom nothing is known yet.
    Somebody(Handle),
    /// The login of this run.
    OwnLogin,
    /// A user of a registry that the catalog has for its consumers.
    Consumer,
    /// Anybody else.
    Other,
}

/// A resource's own part of its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// The encoded part itself.
    Plain(Box<str>),
    /// The address of another resource, and what follows it.
    Of {
        /// The other resource's kind.
        kind: KindId,
        /// The other resource.
        handle: Handle,
        /// What follows after a `/`, encoded.
        rest: Option<Box<str>>,
    },
}

impl Name {
    /// The text, empty where the name still hangs on another resource.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Of { .. } => "",
        }
    }
}

impl Resource {
    /// A thing of which nothing is known but where it is, what it is called and what it holds: it bears no mark, is in no
    /// state and has nothing left to read.
    #[must_use]
    pub fn new(kind: KindId, handle: Handle, name: Name, document: Document) -> Self {
        Self {
            kind,
            handle,
            name,
            key: None,
            mark: None,
            hint: None,
            missing_since: None,
            not_taken: None,
            seal: Seal::Absent,
            maker: Creator::Unknown,
            state: None,
            unread: false,
            pending: false,
            uncarried: None,
            created_at: 0,
            claims: None,
            born_of: None,
            document,
            files: Files::default(),
        }
    }

    /// What pairs this by natural key under its parent.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_else(|| self.name.text())
    }

    /// The mark that it bears, or would bear by its birth.
    #[must_use]
    pub fn claimed_mark(&self) -> Option<Mark> {
        self.mark.clone().or_else(|| self.mark_of_birth())
    }

    /// The mark that its birth gives it.
    #[must_use]
    pub fn mark_of_birth(&self) -> Option<Mark> {
        let id = self.born_of.clone()?;
        Some(Mark { id, catalog: None })
    }

    /// Whether it bears a mark of this source, or of the vendor's tool.
    #[must_use]
    pub fn is_copy_from(&self, source_catalog: &str) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.is_of(source_catalog))
    }

    /// Whether what a copy's writer noted about this original still holds, so that the unread parts are equal.
    #[must_use]
    pub fn is_as_noted_on(&self, copy: &Self) -> bool {
        let (Some(state), Some(hint)) = (self.state.as_deref(), copy.hint.as_deref()) else {
            return false;
        };
        hint == state || copy.state.as_deref().is_some_and(|own| hint == joined_states(state, own))
    }
}

/// The hint that stands for the states of both an original and its copy.
#[must_use]
pub fn joined_states(original: &str, copy: &str) -> String {
    format!("{original}.{copy}")
}
