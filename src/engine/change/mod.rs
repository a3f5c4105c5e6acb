//! What crosses the port to a catalog that is written: new objects, changes, removals, and what a second look must show
//! before each of them.

pub mod field;
mod metadata;
mod object;
mod planned_state;
mod precondition;
pub mod shown;

pub use field::FieldChange;
pub use metadata::{MetadataWrite, Missing};
pub use object::{Approve, Brings, Create, Delete, Package, Update};
pub use planned_state::{Noted, Seen};
pub use precondition::Expected;
