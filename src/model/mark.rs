//! Marks: what the tool writes into an object's metadata so that the next run knows it again.

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
pub const RESERVED: [&str; 6] = [
    SOURCE_ID,
    SOURCE_CATALOG,
    SOURCE_MISSING_SINCE,
    SOURCE_HINT,
    SOURCE_SEAL,
    SOURCE_NOT_TAKEN,
];

/// Which source object an object was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The source object's id.
    pub id: Box<str>,
    /// The source catalog's id; absent on objects that the vendor's own tool made.
    pub catalog: Option<Box<str>>,
}

impl Mark {
    /// Whether the mark was made by a sync from this source catalog, or by the vendor's tool.
    #[must_use]
    pub fn is_of(&self, source_catalog: &str) -> bool {
        self.catalog
            .as_deref()
            .is_none_or(|catalog| catalog == source_catalog)
    }
}
