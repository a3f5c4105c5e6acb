//! What two catalogs hold, in terms that no platform owns. Pure data: no I/O, no wire types, nothing that can fail.

pub mod address;
pub mod document;
pub mod file;
pub mod gap;
#[cfg(test)]
pub(crate) mod invented;
pub mod inventory;
pub mod kind;
pub mod mark;
pub mod not_taken;
pub mod pattern;
pub mod release;
pub mod resource;
pub mod seal;
pub mod secret;

pub use address::{Address, Handle};
pub use document::Document;
pub use file::{File, Files};
pub use gap::{Gap, GapList, Row};
pub use inventory::{Idx, Inventory, Side};
pub use kind::{Kind, KindId, KindTable};
pub use mark::{Mark, MarkOrigin};
pub use pattern::Patterns;
pub use release::Release;
pub use resource::{Creator, Name, Resource};
pub use seal::{MarkKeys, Seal};
pub use secret::Secret;
