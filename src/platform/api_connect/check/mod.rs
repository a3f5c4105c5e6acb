//! The check: whether two catalogs can be replicated, and how to mend what stands in the way. A run begins with a part
//! of it; the command `check` looks closer.

pub(super) mod connection;
pub(super) mod inspect;
pub(super) mod mark_trust;
pub(super) mod preflight;
pub(super) mod prerequisites;
pub(super) mod reverse;
