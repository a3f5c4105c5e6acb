//! Objects, lists and paths as they travel between the server and this program, whatever kind they are of.

pub(super) mod hint_age;
pub(super) mod masks;
pub(super) mod multipart;
pub(super) mod object;
pub(super) mod paging;
pub(super) mod routes;
pub(super) mod splice;
