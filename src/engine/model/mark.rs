//! Marks: what the tool writes into an object's metadata so that the next run knows it again.

use std::collections::BTreeSet;

/// The metadata key with the source object's id. The vendor's own tool writes it too.
pub const SOURCE_ID: &str = "source_id";
/// The metadata key with the source catalog's id.
pub const SOURCE_CATALOG: &str = "source_catalog";
/// The metadata key with the time since which the source object has been missing.
pub const SOURCE_MISSING_SINCE: &str = "source_missing_since";
/// The metadata key with what the source looked like when the object was last written.
pub const SOURCE_HINT: &str = "source_hint";
/// The metadata key with the seal of the others.
pub const SOURCE_SEAL: &str = "source_seal";
/// The metadata key with what the target did not take of the source object.
pub const SOURCE_NOT_TAKEN: &str = "source_not_taken";
/// Keys that are the tool's own and are never copied from a source.
pub const RESERVED: [&str; 6] =
    [SOURCE_ID, SOURCE_CATALOG, SOURCE_MISSING_SINCE, SOURCE_HINT, SOURCE_SEAL, SOURCE_NOT_TAKEN];

/// Which source object an object was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The source object's id.
    pub id: Box<str>,
    /// The source catalog's id; absent on objects that the vendor's own tool made.
    pub catalog: Option<Box<str>>,
}

/// Which sync a mark is of, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkOrigin {
    /// It names this source's catalog.
    Own,
    /// It names a catalog whose marks the operator says are this source's too: it was rebuilt or replaced.
    Before,
    /// It names no catalog: the vendor's tool made it, from whatever source.
    Vendor,
    /// It names another catalog.
    Other,
}

impl Mark {
    /// Whether it names this catalog or, as those of the vendor's tool, none.
    #[must_use]
    pub fn is_of(&self, catalog: &str) -> bool {
        self.catalog.as_deref().is_none_or(|named| named == catalog)
    }

    /// Which sync it is of, as seen from a sync from this catalog.
    #[must_use]
    pub fn origin(&self, catalog: &str, before: &BTreeSet<Box<str>>) -> MarkOrigin {
        match self.catalog.as_deref() {
            None => MarkOrigin::Vendor,
            Some(named) if named == catalog => MarkOrigin::Own,
            Some(named) if before.contains(named) => MarkOrigin::Before,
            Some(_) => MarkOrigin::Other,
        }
    }
}
