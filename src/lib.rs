//! Config Sync for API management catalogs: collect two catalogs, plan the difference, approve it, apply it, report.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop right there"))]

pub mod config;
pub mod http;
pub mod sandbox;
