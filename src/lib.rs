//! Config Sync for API management catalogs: collect two catalogs, plan the difference, approve it, apply it, report.
//!
//! ```text
//! environment -> Config -> connect -+-> source: Reader -> collect -> Inventory -+
//!                                   |                                           +-> plan -> confirm -> approve -> apply -> Report
//!                                   +-> target: Writer -> collect -> Inventory -+
//! ```
//!
//! # Invariants
//!
//! 1. `model` and `plan` do no I/O, are not async, know no wire types, and cannot fail. Same inventories, same plan.
//! 2. The source is a [`engine::catalog::Reader`]; code that writes to it does not compile.
//! 3. [`engine::apply`] takes [`engine::plan::Approved`], and only [`engine::plan::approve`](mod@engine::plan::approve) makes one. There is no dry-run flag
//!    below `cli`.
//! 4. A gap in an inventory never leads to a deletion in its branch; a gap in the source leads to no change there.
//! 5. Server ids ([`engine::model::Handle`]) never leave the catalog that issued them, except as a mark.
//! 6. A second run right after a complete one plans nothing and writes nothing.
//! 7. Only `main.rs` touches the process: arguments, environment, signals, exit code.
//! 8. Secrets have no `Display` and no `Serialize`; their `Debug` is `***`.
//! 9. Nothing outside [`platform`] and its façade in [`sandbox`] names a platform.
//! 10. Every request goes through one client ([`http`]).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop right there"))]

pub mod cli;
pub mod commands;
pub mod config;
pub mod engine;
pub mod http;
pub mod logging;
pub mod outfile;
pub mod platform;
pub mod sandbox;
pub mod visible;
