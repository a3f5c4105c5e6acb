//! Config Sync for API management catalogs: collect two catalogs, plan the difference, approve it, apply it, report.
//!
//! ```text
//! settings ─► Platform::connect ─┬─► source: dyn Reader ─► collect ─► Inventory ─┐
//!                                │                                               ├─► plan ─► rules ─► confirm ─► limits ─► apply ─► Report
//!                                └─► target: dyn Writer ─► collect ─► Inventory ─┘
//! ```
//!
//! # Invariants
//!
//! 1. `engine::model`, `change` and `plan` do no I/O, are not async and cannot fail. Same inventories, same plan, byte for byte.
//! 2. The source is a [`engine::catalog::Reader`]: writing to it does not compile. There is no dry-run flag below [`cli`].
//! 3. [`engine::apply`] takes [`engine::plan::Approved`], and only [`engine::plan::limits`] makes one.
//! 4. A gap never leads to a deletion in its branch; a gap in the source leads to no change there.
//! 5. A handle ([`engine::model::Handle`], a server's own id) never leaves its catalog, except as an ownership mark.
//! 6. A second run right after a complete one plans nothing and writes nothing.
//! 7. Imports run one way: `model <- change <- catalog, plan <- collect, confirm, apply, plan_file <- report <- sync <- commands`;
//!    [`engine`] imports none of [`config`], [`http`], [`platform`], [`sandbox`] (`tests/it/architecture.rs`).
//! 8. [`engine`], [`http`] and [`commands`] hold no word of a platform (`tests/it/architecture.rs`); the variables of the first
//!    platform still stand in [`config`].
//! 9. Every request goes through one client ([`http`]). Whether a write is sent again is decided there and in
//!    `platform/write_once.rs`, nowhere else.
//! 10. Only `main.rs` touches the process. Secrets have no `Display` and no `Serialize`; their `Debug` is `***`.

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
