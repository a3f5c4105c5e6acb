//! The engine: compares two catalogs, plans the difference and applies it. It knows no platform, no HTTP and no environment
//! variable.

pub mod apply;
pub mod catalog;
pub mod change;
pub mod collect;
pub mod confirm;
pub mod model;
pub mod plan;
pub mod plan_file;
pub mod report;
pub mod sync;
pub mod time_limit;
pub mod trial;
