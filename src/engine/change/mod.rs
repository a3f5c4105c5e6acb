//! What crosses the port to a catalog that is written: new objects, changes, removals, and what a second look must show
//! before each of them.

pub mod field;
mod metadata;
mod object;
mod planned_state;
mod precondition;
pub mod shown;

pub use field::{FieldChange, FieldReport};
pub use metadata::{MetadataWrite, Missing};
pub use object::{ApprovalRequest, Bundle, Change, ChildMade, NewObject, Removal};
pub use planned_state::{Notes, PlannedState};
pub use precondition::Precondition;
