//! Writing an object of any kind: creating, changing, approving and removing it, with its metadata as far as the server
//! takes it, and with a look at the object before a write that failed is sent again.

pub(super) mod adopt_existing;
pub(super) mod approval;
pub(super) mod creation;
pub(super) mod fewer_metadata;
pub(super) mod metadata;
pub(super) mod not_taken;
pub(super) mod patch;
pub(super) mod recheck;
