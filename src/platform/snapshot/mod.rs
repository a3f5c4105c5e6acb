//! Snapshots: a catalog kept in a file, as a platform beside the servers (snapshot.md).

mod capture;
mod catalog;
mod convert;
pub mod file;
mod keys;
mod own_ids;
mod read_only;
mod scope;

pub use capture::{Captured, capture};
pub use catalog::Snapshot;
pub use keys::{encryption, opening_keys};
pub use own_ids::KnownByOwnIds;
pub use read_only::ReadOnly;
